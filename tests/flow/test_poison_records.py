"""Records a broker takes and a careless consumer dies of: they must get through."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.consumer import fetcher
from confluent_kafka import Producer
from faststream.kafka import KafkaBroker
from prometheus_client import CollectorRegistry

from schemas.topics import Topic, dead_letters, shared_topics
from services.kit.kafka import standing
from services.kit.kafka.bounds import MAX_UNPACKED
from services.kit.kafka.catching_up import CatchUp
from services.kit.kafka.frames import expect_foreign_frames
from services.kit.kafka.publisher import Publisher
from services.kit.kafka.topics import administered, ensure_topics, specs_of
from services.kit.metrics import StageMetrics
from services.kit.records import Fault, Record, Rejected
from services.kit.stage.dead_letters import letter
from services.kit.stage.letter_topic import listed
from services.kit.stage.raw_batches import RawCodec
from services.kit.stage.stage import Stage
from services.kit.stage.subscriber import Feed, Subscription, subscribe
from tests.support.frames import GZIP, frame, record, send_frames

ALMOST_A_MEGABYTE = 1_048_400
PATIENCE_SECONDS = 30


async def created(bootstrap: str, topic: Topic, *, name: str) -> None:
    """Create a topic with the settings of a declared one, under a name of its own."""
    (spec,) = specs_of([topic], partitions=1, replication=1)
    async with administered(bootstrap) as admin:
        await ensure_topics(admin, [replace(spec, name=name)])


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110 - records have no event
            await asyncio.sleep(0.05)


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
        async with self.listening(bootstrap):
            await _until(lambda: len(self.heard) >= count)

    @asynccontextmanager
    async def listening(self, bootstrap: str) -> AsyncIterator[Feed]:
        """Listen through the real subscriber for as long as the block runs."""
        broker = KafkaBroker(bootstrap, codec=RawCodec(), logger=None)
        subscription = Subscription(group=f"ear-{self.name}", topics=(self.name,))
        feed = subscribe(
            broker,
            cast("Stage[Any]", self),
            subscription,
            metrics=StageMetrics(CollectorRegistry()),
            fatal=self.fatal.append,
        )
        await broker.start()
        try:
            yield feed
        finally:
            await broker.stop()


@pytest.fixture
def _foreign(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read as the services do, for as long as a test runs."""
    monkeypatch.setattr(fetcher, "MemoryRecords", fetcher.MemoryRecords)
    monkeypatch.setattr(fetcher, "PartitionRecords", fetcher.PartitionRecords)
    expect_foreign_frames()


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


@pytest.mark.usefixtures("_foreign")
class TestFrame:
    async def test_that_a_broker_lets_in_does_not_stop_its_lane(self, kafka: str) -> None:
        ear = Ear("poison.frames.v1")
        await created(kafka, shared_topics()[0], name=ear.name)
        answers = await send_frames(
            kafka,
            ear.name,
            frame(record(0, b"name", headers=[(b"\xff", b"")]), count=1),
            frame(record(0, b"twice") + record(0, b"the same"), count=2),
            frame(gzip.compress(bytes(MAX_UNPACKED) + record(0), 1), count=1, codec=GZIP),
            frame(gzip.compress(record(0, bytes(MAX_UNPACKED)), 1), count=1, codec=GZIP),
            frame(gzip.compress(record(0, b"good")) + b"?", count=1, codec=GZIP),
        )
        assert answers == ["NoError", "NoError", "UnknownError", "NoError", "NoError"]
        await ear.hears(kafka, count=5)
        why = [r.unreadable and r.unreadable.code for r in ear.heard]
        assert why == [None, None, None, "too_large", None]
        assert [r.value for r in ear.heard[:3]] == [b"name", b"twice", b"the same"]
        assert [r.offset for r in ear.heard] == [0, 1, 2, 3, 4]
        assert ear.heard[4].value == b"good"

    @pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
    async def test_of_every_codec_of_another_client_is_read(self, kafka: str, codec: str) -> None:
        ear = Ear(f"poison.{codec}.v1")
        await created(kafka, shared_topics()[0], name=ear.name)
        foreign = Producer(
            {"bootstrap.servers": kafka, "compression.type": codec, "linger.ms": 100}
        )
        for number in range(20):
            foreign.produce(ear.name, b"much the same " * 50 + str(number).encode())
        assert foreign.flush(PATIENCE_SECONDS) == 0
        await ear.hears(kafka, count=20)
        assert [(r.value or b"").rpartition(b" ")[2] for r in ear.heard] == [
            str(number).encode() for number in range(20)
        ]


@pytest.mark.usefixtures("_foreign")
class TestTransaction:
    async def test_that_is_aborted_was_never_said(self, kafka: str) -> None:
        ear = Ear("poison.transactions.v1")
        await created(kafka, shared_topics()[0], name=ear.name)
        foreign = Producer({"bootstrap.servers": kafka, "transactional.id": "poison"})
        foreign.init_transactions(PATIENCE_SECONDS)
        for value, end in (
            (b"taken back", foreign.abort_transaction),
            (b"meant", foreign.commit_transaction),
            (b"taken back, too", foreign.abort_transaction),
        ):
            foreign.begin_transaction()
            foreign.produce(ear.name, value)
            foreign.flush(PATIENCE_SECONDS)
            end(PATIENCE_SECONDS)
        async with ear.listening(kafka) as feed:
            await _until(lambda: len(ear.heard) > 0)
            await _until(lambda: feed.behind() == {ear.name: 0})
        assert [r.value for r in ear.heard] == [b"meant"]

    async def test_that_is_left_open_is_told_and_holds_nothing_but_its_lane(
        self, kafka: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(standing, "STUCK_SECONDS", 0.1)
        ear = Ear("poison.open.v1")
        await created(kafka, shared_topics()[0], name=ear.name)
        foreign = Producer({"bootstrap.servers": kafka, "transactional.id": "poison.open"})
        foreign.init_transactions(PATIENCE_SECONDS)
        foreign.begin_transaction()
        foreign.produce(ear.name, b"not yet")
        foreign.flush(PATIENCE_SECONDS)

        async with ear.listening(kafka) as feed:

            def told() -> dict[str, str]:
                feed.standing.look(feed.consumer)
                return feed.standing.told()

            await _until(lambda: told() != {})
            assert told() == {
                f"{ear.name}/0": "stands at offset 0 of 1: a transaction is open there"
            }
            assert CatchUp().is_done(feed.consumer)
            foreign.commit_transaction(PATIENCE_SECONDS)
            await _until(lambda: told() == {})
        assert [r.value for r in ear.heard] == [b"not yet"]


class TestLargestRecord:
    async def test_fits_the_dead_letters_with_the_reasons_against_it(self, kafka: str) -> None:
        declared = next(t for t in shared_topics() if t.name == dead_letters("intake"))
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
        try:
            await publisher.publish([letter(record, rejected, topic=topic, now=now)])
        finally:
            await publisher.stop()
        (found,) = await listed(kafka, topic=topic)
        assert found.value == record.value
        assert found.code == "too_large"
