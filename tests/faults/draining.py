"""Waiting until the house is quiet after the faults: nothing unread, nothing due."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import httpx
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from sqlalchemy import func, select

from schemas.topics import SERVICES
from services.kit.clock import system_clock
from services.kit.database import Database, open_database
from services.kit.database_faults import DatabaseAway
from services.kit.plumbing import OutboxChunk, Timer
from services.kit.tables import table_of
from tests.faults.history import Sample
from tests.faults.load.asked import done_file
from tests.faults.stand import Stand, until

GROUPS: Final = {
    "intake": ("tongxin.intake", "tongxin.intake.closures"),
    "router": ("tongxin.router",),
    "notifier": ("tongxin.notifier",),
}
_TOPICS: Final = {
    "tongxin.intake": lambda topic: topic == "incident-reports.v1",
    "tongxin.intake.closures": lambda topic: topic == "cases.v1",
    "tongxin.router": lambda topic: topic == "cases.v1",
    "tongxin.notifier": lambda topic: topic == "cases.v1" or topic.startswith("feedback."),
}
_QUIET_SECONDS: Final = 1.0
_POLL_SECONDS: Final = 0.25
_LATE: Final = 30.0
_OVERDUE: Final = 2.0
"""Seconds of ours for which a timer may be due in a house that is quiet."""


@dataclass(slots=True)
class Gauge:
    """Looks from outside at how far each service is."""

    stand: Stand
    databases: dict[str, Database]
    consumer: Any
    admin: AIOKafkaAdminClient

    @classmethod
    async def opened(cls, stand: Stand) -> "Gauge":
        """Connect past every proxy."""
        consumer = AIOKafkaConsumer(*stand.topics, bootstrap_servers=stand.kafka)
        admin = AIOKafkaAdminClient(bootstrap_servers=stand.kafka)
        try:
            await consumer.start()
            await admin.start()
        except BaseException:
            await consumer.stop()
            await admin.close()
            raise
        databases = {s: open_database(stand.place.urls[s]) for s in SERVICES}
        return cls(stand, databases, consumer, admin)

    async def close(self) -> None:
        """Disconnect."""
        await self.consumer.stop()
        await self.admin.close()
        for database in self.databases.values():
            await database.close()

    async def ends(self) -> dict[Any, int]:
        """Return where every partition ends."""
        found: dict[Any, int] = await self.consumer.end_offsets(self.consumer.assignment())
        return found

    async def sample(
        self, service: str, ends: dict[Any, int], *, due: datetime | None = None
    ) -> Sample:
        """Return how one service is doing; timers due before `due`, or now, are overdue."""
        lag = 0
        for group in GROUPS[service]:
            committed = await self.admin.list_consumer_group_offsets(group)
            for tp, end in ends.items():
                if end and _TOPICS[group](tp.topic):
                    known = committed.get(tp)
                    lag += max(0, end - (0 if known is None else max(0, known.offset)))
        unpublished, overdue = await self._rows(service, due or self.stand.clock())
        names = self.stand.processes_of(service)
        ready = [await self.stand.is_ready(name) for name in names if self.stand.crew.pid(name)]
        return Sample(
            at=system_clock(),
            service=service,
            ready=bool(ready) and all(ready),
            lag=lag,
            unpublished=unpublished,
            overdue_timers=overdue,
        )

    async def _rows(self, service: str, now: datetime) -> tuple[int, int]:
        chunk, timer = table_of(OutboxChunk), table_of(Timer)
        waiting = select(func.count()).select_from(chunk).where(chunk.c.published_at.is_(None))
        due = select(func.count()).select_from(timer).where(timer.c.due_at < now)
        async with self.databases[service].read() as conn:
            return int(await conn.scalar(waiting) or 0), int(await conn.scalar(due) or 0)


async def sampled(stand: Stand, *, every: float = 0.5) -> None:
    """Write down again and again how the services are doing, as far as they can be asked."""
    while True:
        await asyncio.sleep(every)
        try:
            await _sample(stand, every=every)
        except (KafkaError, DatabaseAway):
            continue  # a part is down; the gap in the timeline says so


async def _sample(stand: Stand, *, every: float) -> None:
    gauge = await Gauge.opened(stand)
    try:
        while True:
            ends = await gauge.ends()
            for service in SERVICES:
                stand.recorder.sample(await gauge.sample(service, ends))
            await asyncio.sleep(every)
    finally:
        await gauge.close()


async def worked_off(stand: Stand, *, sent_within: float, within: float) -> bool:
    """Wait until every report is sent, and then for what `drained` waits for."""
    await until(
        done_file(stand.recorder.folder).exists,
        within=sent_within,
        told=lambda: "not everything could be sent",
    )
    return await drained(stand, within=within)


async def drained(stand: Stand, *, within: float) -> bool:
    """Wait until nothing moves and nothing is left; tells whether that came in time."""
    gauge = await Gauge.opened(stand)
    loop = asyncio.get_running_loop()
    deadline, quiet_since = loop.time() + within, loop.time()
    last: dict[Any, int] = {}
    try:
        while loop.time() < deadline:
            ends = await gauge.ends()
            due = stand.clock() - timedelta(seconds=_OVERDUE * stand.setting.factor)
            samples = [await gauge.sample(service, ends, due=due) for service in SERVICES]
            idle = all(map(_is_idle, samples)) and await _all_is_sent(stand)
            if ends != last or not idle:
                last, quiet_since = ends, loop.time()
            if loop.time() - quiet_since >= _QUIET_SECONDS:
                stand.quiet_ends = ends
                return True
            await asyncio.sleep(_POLL_SECONDS)
        return False
    finally:
        await gauge.close()


def _is_idle(sample: Sample) -> bool:
    return sample.ready and not sample.lag and not sample.overdue_timers


async def _all_is_sent(stand: Stand) -> bool:
    """Tell whether no process waits for a broker to confirm what it sent."""
    for name in filter(stand.crew.pid, stand.ports):
        try:
            ages = await stand.metric(name, "tongxin_outbox_lag_seconds")
        except httpx.HTTPError:
            return False
        if any(sample.value for sample in ages.samples):
            return False
    return True


async def closing_samples(stand: Stand, *, at: datetime, ready: bool) -> None:
    """Write down what the stopped services left over at the drain's end."""
    line = stand.clock_line
    due = line.origin + (at - line.started) * line.factor - timedelta(seconds=_LATE * line.factor)
    gauge = await Gauge.opened(stand)
    try:
        ends = stand.quiet_ends or await gauge.ends()
        for service in SERVICES:
            sample = await gauge.sample(service, ends, due=due)
            stand.recorder.sample(sample.model_copy(update={"ready": ready}))
    finally:
        await gauge.close()
