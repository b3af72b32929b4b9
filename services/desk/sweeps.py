"""The desk's timed work."""

from collections.abc import Sequence

from services.access.register import Register
from services.desk.bounds import TELL_SECONDS
from services.desk.use_cases.lasting import forget_what_is_over
from services.desk.use_cases.telling import Kind, Telling
from services.kit.clock import Clock
from services.kit.process.folding import BROKER
from services.kit.process.runtime import Runtime, Sweep
from services.kit.sql.database import Database


def forgetting(database: Database, *, clock: Clock) -> Sweep:
    """Return the sweep that forgets sessions, links and failures that count no more."""

    async def sweep() -> None:
        await forget_what_is_over(database, now=clock())

    return sweep


def tell_who_may(runtime: Runtime, register: Register, kinds: Sequence[Kind]) -> None:
    """Let the runtime tell what is not told of these kinds, as long as it runs."""
    telling = Telling(runtime.database, runtime.publisher, kinds)
    compared = False

    async def tell() -> None:
        nonlocal compared
        if BROKER in runtime.reachability.away():
            return
        if not compared:
            await telling.compare(register)
            compared = True
        await telling.tell()

    runtime.every(TELL_SECONDS, tell)
