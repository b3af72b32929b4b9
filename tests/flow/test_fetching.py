"""A record that follows another one closely is not left behind by the fetch on its way."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from services.kit.fetching import ask_for_all_partitions

pytestmark = pytest.mark.kafka

TOPIC = "fetching.v1"
LONGER_THAN_A_TEST_MS = 120_000
AT_WORK_SECONDS = 0.1
"""While a stage is at work the next records come, and wait in the consumer."""


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
        consumer = AIOKafkaConsumer(
            bootstrap_servers=kafka,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=LONGER_THAN_A_TEST_MS,
            request_timeout_ms=2 * LONGER_THAN_A_TEST_MS,
        )
        await consumer.start()
        consumer.assign([TopicPartition(TOPIC, 0), TopicPartition(TOPIC, 1)])
        ask_for_all_partitions(consumer)
        producer = AIOKafkaProducer(bootstrap_servers=kafka, enable_idempotence=True)
        await producer.start()
        try:
            heard: list[bytes] = []
            for number in range(3):
                await producer.send_and_wait(TOPIC, str(number).encode(), partition=0)
                await asyncio.sleep(AT_WORK_SECONDS)
                async with asyncio.timeout(LONGER_THAN_A_TEST_MS / 4_000):
                    heard += await _next(consumer)
            assert heard == [b"0", b"1", b"2"]
        finally:
            await producer.stop()
            await consumer.stop()
