"""Offsets are acknowledged beside the work: late, never lost, and never in the way of a rewind."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError

from services.kit.kafka.offsets import AckedLater, Acknowledger

HERE, THERE = TopicPartition("cases.v1", 0), TopicPartition("cases.v1", 1)


@dataclass
class Consumer:
    """A consumer that owns partitions; `faults` are raised by the next commits."""

    owned: set[TopicPartition] = field(default_factory=lambda: {HERE, THERE})
    committed: list[dict[TopicPartition, int]] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)
    sought: list[tuple[TopicPartition, int]] = field(default_factory=list)
    took_some: asyncio.Event = field(default_factory=asyncio.Event)

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        await asyncio.sleep(0)
        if self.faults:
            raise self.faults.pop()
        self.committed.append(offsets)
        self.took_some.set()

    def assignment(self) -> set[TopicPartition]:
        return self.owned

    def seek(self, partition: TopicPartition, offset: int) -> None:
        if partition not in self.owned:
            raise IllegalStateError(str(partition))
        self.sought.append((partition, offset))


def fatal(bug: BaseException) -> None:
    pytest.fail(str(bug))


def record(partition: TopicPartition, offset: int) -> Any:  # noqa: ANN401 - aiokafka has no types
    return ConsumerRecord(
        topic=partition.topic,
        partition=partition.partition,
        offset=offset,
        timestamp=0,
        timestamp_type=0,
        key=None,
        value=None,
        checksum=None,
        serialized_key_size=0,
        serialized_value_size=0,
        headers=(),
    )


@pytest.fixture
def consumer() -> Consumer:
    return Consumer()


class TestAcknowledger:
    async def test_commits_what_follows_the_last_record_of_each_partition(
        self, consumer: Consumer
    ) -> None:
        acknowledger = Acknowledger(fatal)
        acknowledger.note(consumer, [record(HERE, 4), record(HERE, 5), record(THERE, 9)])
        await acknowledger.flush()
        assert consumer.committed == [{HERE: 6, THERE: 10}]

    async def test_commits_several_batches_at_once_after_a_pause(self, consumer: Consumer) -> None:
        acknowledger = Acknowledger(fatal)
        for offset in range(3):
            acknowledger.note(consumer, [record(HERE, offset)])
        await consumer.took_some.wait()
        assert consumer.committed == [{HERE: 3}]

    async def test_tries_again_what_was_not_taken_and_is_still_its_own(
        self, consumer: Consumer
    ) -> None:
        acknowledger = Acknowledger(fatal)
        consumer.faults.append(CommitFailedError("rebalanced"))
        acknowledger.note(consumer, [record(HERE, 4), record(THERE, 9)])
        consumer.owned = {HERE}
        await consumer.took_some.wait()
        assert consumer.committed == [{HERE: 5}]

    async def test_waits_for_nothing_once_the_consumer_is_about_to_stop(
        self, consumer: Consumer
    ) -> None:
        acknowledger = Acknowledger(fatal)
        acknowledger.note(consumer, [record(HERE, 1)])
        await acknowledger.stop_waiting()
        await AckedLater(acknowledger, consumer, [record(HERE, 2)]).commit()
        assert consumer.committed == [{HERE: 2}, {HERE: 3}]

    async def test_stops_the_process_when_committing_itself_is_broken(
        self, consumer: Consumer
    ) -> None:
        heard = asyncio.get_running_loop().create_future()
        acknowledger = Acknowledger(heard.set_result)
        consumer.faults.append(RuntimeError("the handler is closed"))
        acknowledger.note(consumer, [record(HERE, 1)])
        assert str(await heard) == "the handler is closed"


class TestRewind:
    def test_passes_over_a_partition_that_another_process_reads_by_now(
        self, consumer: Consumer
    ) -> None:
        consumer.owned = {THERE}
        message = AckedLater(Acknowledger(fatal), consumer, [record(HERE, 4), record(THERE, 9)])
        message.seek(HERE, 4)
        message.seek(THERE, 9)
        assert consumer.sought == [(THERE, 9)]
