"""What cannot be read is passed over, and nobody hears of it."""

from typing import Any

from services.kit.stage.batch import Batch
from tests.faults.bad_builds.swapping import swap


def spoil() -> None:
    """Put nothing aside."""

    def forgotten(_self: Batch[Any], *_what: object, **_where: object) -> None:
        return None

    swap(Batch, "put_aside", forgotten)
