"""What follows a record closely is not left behind by a fetch on its way, and may share one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from services.kit.kafka.patches.fetching import ask_for_all_partitions, wait_for_records

pytestmark = pytest.mark.kafka

TOPIC = "fetching.v1"
LONGER_THAN_A_TEST_MS = 120_000
AT_WORK_SECONDS = 0.1
"""While a stage is at work the next records come, and wait in the consumer."""


@asynccontextmanager
async def _opened(kafka: str, *, pause: float) -> AsyncIterator[tuple[Any, Any]]:
    """Yield a consumer that fetches as a service's does, and a producer."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=LONGER_THAN_A_TEST_MS,
        request_timeout_ms=2 * LONGER_THAN_A_TEST_MS,
    )
    await consumer.start()
    producer = AIOKafkaProducer(bootstrap_servers=kafka, enable_idempotence=True)
    await producer.start()
    try:
        ask_for_all_partitions(consumer, rest=lambda _: asyncio.sleep(pause))
        consumer.assign([TopicPartition(TOPIC, 0), TopicPartition(TOPIC, 1)])
        await consumer.seek_to_end()
        yield consumer, producer
    finally:
        await producer.stop()
        await consumer.stop()


async def _topic(kafka: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(TOPIC, num_partitions=2, replication_factor=1)])
    finally:
        await admin.close()


async def _next(consumer: AIOKafkaConsumer) -> list[bytes]:
    while True:
        found = await consumer.getmany(timeout_ms=200)
        if found:
            return [record.value for records in found.values() for record in records]


class TestConsumerThatAsksForAllPartitions:
    async def test_hears_at_once_what_follows_on_the_same_partition(self, kafka: str) -> None:
        await _topic(kafka)
        async with _opened(kafka, pause=0.0) as (consumer, producer):
            heard: list[bytes] = []
            for number in range(3):
                await producer.send_and_wait(TOPIC, str(number).encode(), partition=0)
                await asyncio.sleep(AT_WORK_SECONDS)
                async with asyncio.timeout(LONGER_THAN_A_TEST_MS / 4_000):
                    heard += await _next(consumer)
            assert heard == [b"0", b"1", b"2"]

    async def test_hears_together_what_came_within_a_pause(self, kafka: str) -> None:
        await _topic(kafka)
        async with _opened(kafka, pause=2.0) as (consumer, producer):
            await producer.send_and_wait(TOPIC, b"first", partition=0)
            assert await _next(consumer) == [b"first"]
            for number in range(3):
                await producer.send_and_wait(TOPIC, str(number).encode(), partition=0)
            assert await _next(consumer) == [b"0", b"1", b"2"]


class TestPoll:
    async def test_ends_when_there_is_a_record(self, kafka: str) -> None:
        await _topic(kafka)
        async with _opened(kafka, pause=0.0) as (consumer, producer):
            wait_for_records(consumer)
            poll = asyncio.create_task(consumer.getmany(timeout_ms=1))
            done, _ = await asyncio.wait([poll], timeout=0.3)
            assert not done
            await producer.send_and_wait(TOPIC, b"at last", partition=1)
            (records,) = (await poll).values()
            assert [record.value for record in records] == [b"at last"]
