"""The desk's timed work."""

from services.desk.use_cases.lasting import forget_what_is_over
from services.kit.clock import Clock
from services.kit.process.runtime import Sweep
from services.kit.sql.database import Database


def forgetting(database: Database, *, clock: Clock) -> Sweep:
    """Return the sweep that forgets sessions, links and failures that count no more."""

    async def sweep() -> None:
        await forget_what_is_over(database, now=clock())

    return sweep
