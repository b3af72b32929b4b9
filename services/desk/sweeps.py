"""The desk's timed work."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from schemas import topics
from schemas.plan import Plan
from schemas.topics import KEY_USES
from services.access.following import Following
from services.access.register import Register
from services.desk.bounds import (
    BULK_CHOSEN_FOR,
    BULK_KEPT_FOR,
    FORGOTTEN_AT_ONCE,
    SAVE_USES_SECONDS,
    TELL_SECONDS,
)
from services.desk.metrics import DeskMetrics
from services.desk.store import bulks, story, views
from services.desk.use_cases.counting_for_all import count_for_all
from services.desk.use_cases.key_uses import KeyUses
from services.desk.use_cases.lasting import forget_what_is_over
from services.desk.use_cases.telling import Kind, Telling
from services.kit.clock import Clock
from services.kit.process.folding import BROKER
from services.kit.process.runtime import Runtime, Sweep
from services.kit.sql.database import Database
from services.kit.sql.retention import forget
from services.kit.stage.subscriber import Feed


def forgetting(database: Database, *, clock: Clock) -> Sweep:
    """Return the sweep that forgets sessions, links and failures that count no more."""

    async def sweep() -> None:
        await forget_what_is_over(database, now=clock())

    return sweep


def forgetting_bulks(database: Database, *, clock: Clock) -> Sweep:
    """Return the sweep that forgets choices of cases, and commands for many of long ago."""

    async def sweep() -> None:
        now = clock()
        prune = partial(
            bulks.forget_bulks,
            chosen_before=now - BULK_CHOSEN_FOR,
            before=now - BULK_KEPT_FOR,
            most=FORGOTTEN_AT_ONCE,
        )
        await forget(database, prune, portion=FORGOTTEN_AT_ONCE)

    return sweep


def counting_for_all(database: Database, *, plan: Callable[[], Plan], clock: Clock) -> Sweep:
    """Return the sweep that counts what everybody may know, where the plan shows it."""

    async def sweep() -> None:
        await count_for_all(database, plan(), now=clock())

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


def keep_uses(runtime: Runtime, register: Register) -> None:
    """Let the runtime keep when keys of this register were used last, as every service tells."""
    uses = KeyUses(register, runtime.database, clock=runtime.clock)
    following = Following(KEY_USES, uses.take, kafka=runtime.settings.brokers)
    runtime.beside.append(following)
    runtime.every(SAVE_USES_SECONDS, uses.save)


class Watch:
    """Notes for each lane of this process until which instant all that was told is shown."""

    def __init__(
        self,
        database: Database,
        feed: Feed,
        *,
        seen: Callable[[], Mapping[int, datetime]],
        metrics: DeskMetrics,
        clock: Clock,
    ) -> None:
        """Take what is read, and where the last thing that was shown of each lane is found."""
        self._database = database
        self._feed = feed
        self._seen = seen
        self._metrics = metrics
        self._clock = clock

    async def look(self) -> None:
        """Note it: now, where nothing waits to be read; else the instant of what was shown last."""
        now = self._clock()
        lanes = self._lanes(now)
        if lanes:
            async with self._database.write() as conn:
                await views.save_seen(conn, lanes)
        async with self._database.read() as conn:
            self._metrics.show_lag(await story.as_of(conn), now=now)

    def _lanes(self, now: datetime) -> dict[int, datetime]:
        consumer = self._feed.consumer
        if consumer is None:
            return {}
        owned = {tp.partition for tp in consumer.assignment() if tp.topic == topics.CASES}
        if not any(self._feed.behind().values()):
            return dict.fromkeys(owned, now)
        seen = self._seen()
        return {lane: seen[lane] for lane in owned & seen.keys()}
