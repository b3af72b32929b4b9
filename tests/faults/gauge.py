"""Looking from outside at how far the services are: what is unread, unpublished, overdue."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Self

import httpx
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from sqlalchemy import func, select

from schemas.topics import SERVICES
from services.demo.stagehand import ear
from services.kit.clock import system_clock
from services.kit.kafka.patches.fetching import position_of
from services.kit.sql.database import Database, open_database
from services.kit.sql.declaring import table_of
from services.kit.stage.tables import OutboxChunk, Timer
from tests.faults.checker.grace import FIRES
from tests.faults.history import Sample
from tests.faults.stand import Stand

GROUPS: Final = {
    "intake": ("tongxin.intake", "tongxin.intake.closures"),
    "router": ("tongxin.router",),
    "notifier": ("tongxin.notifier", "tongxin.notifier.telling"),
    "desk": ("tongxin.desk",),
}
_TOPICS: Final[dict[str, Callable[[str], bool]]] = {
    "tongxin.intake": lambda topic: topic == "incident-reports.v1",
    "tongxin.intake.closures": lambda topic: topic == "cases.v1",
    "tongxin.router": lambda topic: topic == "cases.v1",
    "tongxin.notifier": lambda topic: (
        topic in {"cases.v1", "commands.v1"} or topic.startswith("feedback.")
    ),
    "tongxin.notifier.telling": lambda topic: topic == "notices.v1",
    "tongxin.desk": lambda topic: (
        topic in {"cases.v1", "case-files.v1", "notices.v1", "feedback-refusals.v1"}
        or topic.startswith("assignments.")
    ),
}
"""What each group reads. Of what nobody here reads it is enough that the brokers have it all."""
_FIRING: Final = "notifier.cases"
"""The stage whose deadlines are judged."""
_READ_MS: Final = 200
_OVERDUE: Final = 2.0
"""Seconds of ours for which a timer may be due in a house that keeps up with its clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The house as it was `at` a moment of ours, if nothing came onto a topic while it was asked.

    The services are asked one after the other, which takes its time on a busy machine. So `at` is
    before the first question, and `still` says that every topic that is read ended after the last
    answer where it had ended then. `confirmed` is whether the brokers have all that was sent to
    them. Neither is asked, and both are false, as long as somebody is at work.
    """

    at: datetime
    ends: dict[Any, int]
    samples: list[Sample]
    still: bool
    confirmed: bool

    @property
    def idle(self) -> bool:
        """Whether there was nothing to do at that moment, for anybody."""
        return self.still and self.confirmed and all(map(_is_idle, self.samples))

    @property
    def moved(self) -> object:
        """What differs between two looks whenever somebody got on with something."""
        return self.ends, [(sample.ready, sample.lag) for sample in self.samples]


def _is_idle(sample: Sample) -> bool:
    return sample.ready and not sample.lag and not sample.overdue_timers


@dataclass(slots=True)
class Gauge:
    """Asks the broker and the databases, past every proxy, and the processes over HTTP."""

    stand: Stand
    databases: dict[str, Database]
    consumer: Any
    admin: AIOKafkaAdminClient
    given: dict[TopicPartition, int] = field(default_factory=dict)

    @classmethod
    async def opened(cls, stand: Stand) -> Self:
        """Connect."""
        read = [t for t in stand.topics if any(reads(t) for reads in _TOPICS.values())]
        consumer = await ear(stand.kafka, read, wait_ms=_READ_MS)
        admin = AIOKafkaAdminClient(bootstrap_servers=stand.kafka)
        try:
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

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def look(self) -> Look:
        """Return how the whole house is doing; the history keeps it."""
        at = system_clock()
        # Of a clock that stands still, all that is due is overdue.
        slack = 0.0 if self.stand.clock.line.stopped else _OVERDUE * self.stand.setting.factor
        due = self.stand.clock.now() - timedelta(seconds=slack)
        ends = await self.ends()
        samples = [await self.sample(service, ends, due=due) for service in SERVICES]
        for sample in samples:
            self.stand.recorder.sample(sample)
        at_work = not all(map(_is_idle, samples))
        confirmed = not at_work and await self._all_is_confirmed()
        still = confirmed and await self.ends() == ends
        return Look(at=at, ends=ends, samples=samples, still=still, confirmed=confirmed)

    async def ends(self) -> dict[Any, int]:
        """Return where every partition ends for a reader: after the last record that he is given.

        What follows it may say how transactions ended, or be of one that was aborted. Nobody who
        commits what he has done commits that, so it is no use to wait for it.
        """
        ends = await self.consumer.end_offsets(self.consumer.assignment())
        while behind := [tp for tp, end in ends.items() if self._position(tp) < end]:
            for tp, records in (await self.consumer.getmany(*behind, timeout_ms=_READ_MS)).items():
                self.given[tp] = records[-1].offset + 1
        return {tp: self.given.get(tp, 0) for tp in ends}

    def _position(self, tp: TopicPartition) -> int:
        return position_of(self.consumer, tp) or 0

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
        unpublished, overdue = await self._rows(service, due or self.stand.clock.now())
        names = self.stand.processes_of(service)
        ready = [await self.stand.is_ready(name) for name in names if self.stand.crew.pid(name)]
        return Sample(
            at=system_clock(),
            service=service,
            ready=bool(ready) and all(ready),
            lag=lag,
            unpublished=unpublished,
            overdue_timers=overdue,
            idle_rounds=await self._idle_rounds() if service == FIRES else {},
        )

    async def _idle_rounds(self) -> dict[str, int]:
        """Return how often each process that fires deadlines found nothing to do."""
        found = {}
        for name in filter(self.stand.crew.pid, self.stand.processes_of(FIRES)):
            with suppress(httpx.HTTPError):
                counted = await self.stand.metric(name, "tongxin_stage_idle_rounds")
                found[name] = sum(
                    int(sample.value)
                    for sample in counted.samples
                    if sample.name.endswith("_total") and sample.labels["stage"] == _FIRING
                )
        return found

    async def _rows(self, service: str, now: datetime) -> tuple[int, int]:
        chunk, timer = table_of(OutboxChunk), table_of(Timer)
        waiting = select(func.count()).select_from(chunk).where(chunk.c.published_at.is_(None))
        due = select(func.count()).select_from(timer).where(timer.c.due_at < now)
        async with self.databases[service].read() as conn:
            return int(await conn.scalar(waiting) or 0), int(await conn.scalar(due) or 0)

    async def _all_is_confirmed(self) -> bool:
        """Tell whether no process waits for a broker to confirm what it sent."""
        for name in filter(self.stand.crew.pid, self.stand.ports):
            try:
                ages = await self.stand.metric(name, "tongxin_outbox_lag_seconds")
            except httpx.HTTPError:
                return False
            if any(sample.value for sample in ages.samples):
                return False
        return True
