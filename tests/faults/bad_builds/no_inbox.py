"""Nothing is remembered as seen: what comes again is processed again."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from services.kit.stage import inbox
from tests.faults.bad_builds.swapping import swap


def spoil() -> None:
    """Call everything new."""

    async def all_new(_conn: object, *, event_ids: Collection[UUID], **_told: Any) -> set[UUID]:
        return set(event_ids)

    swap(inbox, "first_time", all_new)
