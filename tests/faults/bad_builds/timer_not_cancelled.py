"""What closes a case leaves its timers, and a timer does not look whether it still stands."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.stage import timers
from services.notifier.domain import lateness
from services.notifier.domain.case import Case
from tests.faults.bad_builds.swapping import swap


def spoil() -> None:
    """Cancel only what fires, and let all that fires have its effect."""
    cancel, claim = timers.cancel_all, timers.claim_due
    firing = False

    async def claimed(conn: AsyncConnection, **told: Any) -> list[timers.Deadline]:
        nonlocal firing
        firing = True
        try:
            return await claim(conn, **told)
        finally:
            firing = False

    async def cancelled(conn: AsyncConnection, **told: Any) -> None:
        if firing:
            await cancel(conn, **told)

    def stands(case: Case, share: float, **_told: object) -> bool:
        return case.clock is not None and share > 0

    swap(timers, "claim_due", claimed)
    swap(timers, "cancel_all", cancelled)
    swap(lateness, "has_used", stands)
