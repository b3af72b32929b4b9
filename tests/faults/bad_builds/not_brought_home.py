"""A record on another partition than its case's is passed over."""

from services.kit.stage import moved
from tests.faults.bad_builds.swapping import swap


def spoil() -> None:
    """Hand nothing over."""

    async def forgotten(_conn: object, **_what: object) -> None:
        return None

    swap(moved, "hand_over", forgotten)
