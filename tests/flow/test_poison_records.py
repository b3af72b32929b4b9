"""Records a broker takes and a careless consumer dies of: they must get through."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

from aiokafka import AIOKafkaProducer
from faststream.kafka import KafkaBroker
from prometheus_client import CollectorRegistry

from schemas.topics import Topic, shared_topics
from services.kit.cluster import administered, ensure_topics, specs_of
from services.kit.dead_letters import letter, listed
from services.kit.metrics import StageMetrics
from services.kit.producer import Publisher
from services.kit.records import Fault, Record, Rejected
from services.kit.stage import Stage
from services.kit.subscriber import RawCodec, Subscription, subscribe

ALMOST_A_MEGABYTE = 1_048_400
PATIENCE_SECONDS = 30


async def created(bootstrap: str, topic: Topic, *, name: str) -> None:
    """Create a topic with the settings of a declared one, under a name of its own."""
    (spec,) = specs_of([topic], partitions=1, replication=1)
    async with administered(bootstrap) as admin:
        await ensure_topics(admin, [replace(spec, name=name)])


class Ear:
    """Stands for a stage: hears every record, and is told of what stops it."""

    def __init__(self, topic: str) -> None:
        self.name = self.primary_topic = topic
        self.heard: list[Record] = []
        self.fatal: list[BaseException] = []

    async def process(self, records: Sequence[Record]) -> None:
        self.heard += records

    def handed_out(self) -> None:
        """Note nothing."""

    def revoked(self) -> None:
        """Note nothing."""

    def assigned(self, partitions: set[int]) -> None:
        """Note nothing."""

    async def hears(self, bootstrap: str, *, count: int) -> None:
        """Return when so many records came through the real subscriber."""
        broker = KafkaBroker(bootstrap, codec=RawCodec(), logger=None)
        subscription = Subscription(group=f"ear-{self.name}", topics=(self.name,))
        subscribe(
            broker,
            cast("Stage[Any]", self),
            subscription,
            metrics=StageMetrics(CollectorRegistry()),
            fatal=self.fatal.append,
        )
        await broker.start()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while len(self.heard) < count:  # noqa: ASYNC110 - records have no event
                    await asyncio.sleep(0.05)
        finally:
            await broker.stop()


class TestHeader:
    async def test_that_is_null_or_no_text_reaches_the_stage(self, kafka: str) -> None:
        ear = Ear("poison.headers.v1")
        await created(kafka, shared_topics()[0], name=ear.name)
        producer = AIOKafkaProducer(bootstrap_servers=kafka)
        await producer.start()
        for header in (b"\xff", None, b"good"):
            await producer.send_and_wait(ear.name, b"{}", headers=[("ce_type", header)])
        await producer.stop()
        await ear.hears(kafka, count=3)
        assert [dict(r.headers)["ce_type"] for r in ear.heard] == [b"\xff", b"", b"good"]
        assert ear.fatal == []


class TestLargestRecord:
    async def test_fits_the_dead_letters_with_the_reasons_against_it(self, kafka: str) -> None:
        declared = next(t for t in shared_topics() if t.compacted)
        topic = "poison.dead-letters.v1"
        await created(kafka, declared, name=topic)
        record = Record(
            topic="incident-reports.v1",
            partition=0,
            offset=1,
            key=None,
            value=b"x" * ALMOST_A_MEGABYTE,
            headers=(),
            timestamp_ms=0,
        )
        rejected = Rejected("too_large", (Fault("value", "is too large"),) * 20)
        publisher = Publisher(kafka, client_id="poison")
        await publisher.start()
        now = datetime(2026, 5, 1, tzinfo=UTC)
        await publisher.publish([letter(record, rejected, topic=topic, now=now)])
        await publisher.stop()
        (found,) = await listed(kafka, topic=topic)
        assert found.value == record.value
        assert found.code == "too_large"
