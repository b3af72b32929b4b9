"""A lane's new owner does not publish what the one before left."""

from typing import Any

from services.kit.stage import outbox
from tests.faults.bad_builds.swapping import swap


def spoil() -> None:
    """Find nothing left."""

    async def nothing(_conn: object, **_told: Any) -> list[outbox.Chunk]:
        return []

    swap(outbox, "leftovers", nothing)
