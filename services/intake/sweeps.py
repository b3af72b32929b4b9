"""Intake's timed work."""

from services.intake.use_cases.submissions import forget_keys
from services.kit.clock import Clock
from services.kit.process.runtime import Sweep
from services.kit.sql.database import Database


def forgetting(database: Database, *, clock: Clock) -> Sweep:
    """Return the sweep that forgets idempotency keys that are a day old."""

    async def sweep() -> None:
        await forget_keys(database, now=clock())

    return sweep
