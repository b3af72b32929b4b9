"""A static member that comes back to other topics than it left gets its share of them."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer import consumer as consumers
from aiokafka.consumer.subscription_state import SubscriptionState
from aiokafka.errors import UnknownTopicOrPartitionError
from aiokafka.producer import producer as producers

from services.kit.kafka.membership import (
    Membership,
    PatientClient,
    RenewingRange,
    expect_unknown_topics,
    topics_missed,
)

pytestmark = pytest.mark.kafka

PARTITIONS = 4
SESSION_MS = 30_000


class Town:
    """Topics and a group of their own, on the run's broker."""

    def __init__(self, kafka: str) -> None:
        self.kafka = kafka
        self.prefix = f"membership-{uuid4().hex[:8]}"

    def topic(self, name: str) -> str:
        return f"{self.prefix}.{name}"

    async def make(self, *names: str) -> None:
        topics = [
            NewTopic(self.topic(name), num_partitions=PARTITIONS, replication_factor=1)
            for name in names
        ]
        admin = AIOKafkaAdminClient(bootstrap_servers=self.kafka)
        await admin.start()
        try:
            await admin.create_topics(topics)
        finally:
            await admin.close()

    @asynccontextmanager
    async def member(self, instance: str, *, sees: str = "") -> AsyncIterator[AIOKafkaConsumer]:
        """Yield a static member that never looks for new topics by itself, and does not leave.

        It sees the topics whose names begin so, all of the town unless told.
        """
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.kafka,
            group_id=self.prefix,
            group_instance_id=instance,
            partition_assignment_strategy=(RenewingRange,),
            session_timeout_ms=SESSION_MS,
            metadata_max_age_ms=600_000,
        )
        consumer.subscribe(pattern=f"^{re.escape(self.topic(sees) if sees else self.prefix)}")
        await consumer.start()
        try:
            yield consumer
        finally:
            await consumer.stop()

    def all_of(self, *names: str) -> set[TopicPartition]:
        return {TopicPartition(self.topic(n), p) for n in names for p in range(PARTITIONS)}


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - consumers tell nobody
            await asyncio.sleep(0.05)


class TestStaticMember:
    async def test_that_is_back_asks_for_a_topic_made_meanwhile(self, kafka: str) -> None:
        town = Town(kafka)
        primary = town.topic("cases")
        membership = Membership(primary)
        await town.make("cases")
        async with town.member("one") as member:
            await _until(lambda: member.assignment() == town.all_of("cases"))
            assert not membership.watch(member)
        await town.make("answers")
        async with town.member("one") as member:
            await _until(lambda: topics_missed(member, primary_topic=primary) != set())
            assert topics_missed(member, primary_topic=primary) == {town.topic("answers")}
            assert membership.watch(member)
            await _until(lambda: member.assignment() == town.all_of("cases", "answers"))
            assert not membership.watch(member)

    @pytest.mark.parametrize(("stays", "comes_back"), [("one", "two"), ("two", "one")])
    async def test_that_is_back_asks_whoever_leads(
        self, kafka: str, stays: str, comes_back: str
    ) -> None:
        town = Town(kafka)
        primary = town.topic("cases")
        membership = Membership(primary)
        await town.make("cases")
        async with town.member(stays) as other:
            async with town.member(comes_back) as member:
                await _until(
                    lambda: (
                        other.assignment() | member.assignment() == town.all_of("cases")
                        and len(member.assignment()) == PARTITIONS // 2
                    )
                )
            await town.make("answers")
            async with town.member(comes_back) as member:
                await _until(lambda: membership.watch(member))
                await _until(
                    lambda: (
                        other.assignment() | member.assignment() == town.all_of("cases", "answers")
                        and len(member.assignment()) == PARTITIONS
                    )
                )

    async def test_that_is_back_before_it_sees_a_topic_takes_the_others(
        self, kafka: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        town = Town(kafka)
        await town.make("cases", "answers")
        async with town.member("one") as member:
            await _until(lambda: member.assignment() == town.all_of("cases", "answers"))
        monkeypatch.setattr(consumers, "SubscriptionState", SubscriptionState)
        monkeypatch.setattr(consumers, "AIOKafkaClient", AIOKafkaClient)
        monkeypatch.setattr(producers, "AIOKafkaClient", AIOKafkaClient)
        expect_unknown_topics()
        async with town.member("one", sees="cases") as member:
            await _until(lambda: member.assignment() == town.all_of("cases"))
        async with town.member("one") as member:
            await _until(lambda: member.assignment() == town.all_of("cases", "answers"))


class TestMissingTopic:
    async def test_is_asked_for_a_few_times_a_second(
        self, kafka: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        client = PatientClient(bootstrap_servers=kafka, request_timeout_ms=2_000)
        await client.bootstrap()
        try:
            client.add_topic(f"membership-{uuid4().hex[:8]}")
            began = asyncio.get_running_loop().time()
            for _ in range(12):
                await client.force_metadata_update()
            seconds = asyncio.get_running_loop().time() - began
        finally:
            await client.close()
        told = [r for r in caplog.records if "not found in cluster metadata" in r.getMessage()]
        assert seconds >= 1.5
        assert len(told) <= 14

    async def test_fails_whoever_waits_for_it_in_its_time(self, kafka: str) -> None:
        client = PatientClient(bootstrap_servers=kafka, request_timeout_ms=1_000)
        await client.bootstrap()
        try:
            with pytest.raises(UnknownTopicOrPartitionError):
                await client._wait_on_metadata(f"membership-{uuid4().hex[:8]}")
        finally:
            await client.close()
