"""One in five timers that are due is taken from the table, and nothing comes of it."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.stage import timers
from tests.faults.bad_builds.swapping import swap

_EVERY = 5


def spoil() -> None:
    """Claim every timer that is due, and hand on four of five."""
    claim = timers.claim_due

    async def claimed(conn: AsyncConnection, **told: Any) -> list[timers.Deadline]:
        due = await claim(conn, **told)
        return [deadline for deadline in due if deadline.subject.int % _EVERY]

    swap(timers, "claim_due", claimed)
