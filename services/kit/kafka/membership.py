"""Static members that come back, and topics that are missing or were made meanwhile.

The broker gives a static member that is back within its session the lanes it had, without a
rebalance, whatever topics it subscribes to by now: it compares the assignor's name only (Kafka 4,
`updateStaticMemberThenRebalanceOrCompleteJoin`). A topic of a department that was new to the
restarted process would be nobody's, and its answers unread for ever. All topics of a stage share
their partition numbers, so a member can tell, and asks for a rebalance.

The other way round, what it had may be of a topic that it does not see yet, because the broker is
just starting too. aiokafka (0.14) ends its coordinator for good by an assertion then; here such a
partition is left out, and taken as soon as the topic is seen.
"""

import asyncio
import logging
import math
import os
import time
from collections import deque
from collections.abc import Iterable
from typing import Any

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer import consumer as consumers
from aiokafka.consumer.subscription_state import SubscriptionState
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberMetadata
from aiokafka.producer import producer as producers
from typing_extensions import override

from services.kit.kafka.bounds import ASKED_AGAIN_SECONDS, ASKED_AT_ONCE, ASKED_PAUSE_SECONDS

logger = logging.getLogger(__name__)


class RenewingRange(RangePartitionAssignor):  # type: ignore[misc] # aiokafka has no types
    """The range assignor, for members whose wish to join again is never taken for a repetition.

    A broker answers a member that joins again as it is with what the member has; this one is
    another each time.
    """

    @classmethod
    @override
    def metadata(cls, topics: Iterable[str]) -> ConsumerProtocolMemberMetadata:
        return ConsumerProtocolMemberMetadata(cls.version, list(topics), os.urandom(8))


class Subscriptions(SubscriptionState):  # type: ignore[misc] # aiokafka has no types
    """Subscriptions that pass over what is assigned of topics they do not know."""

    @override
    def assign_from_subscribed(self, assignment: Iterable[TopicPartition]) -> None:
        """Take what is assigned of the topics that are subscribed to."""
        known = {tp for tp in assignment if tp.topic in self.subscription.topics}
        super().assign_from_subscribed(known)


class PatientClient(AIOKafkaClient):  # type: ignore[misc] # aiokafka has no types
    """A client that asks which topics and leaders there are a few times a second, no more.

    While a topic is missing or has no leader, aiokafka (0.14) asks again as soon as it is answered:
    thousands of requests a minute, and a line of the log for each.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what aiokafka's client takes."""
        super().__init__(*args, **kwargs)
        self._asked = deque([-math.inf] * ASKED_AT_ONCE, maxlen=ASKED_AT_ONCE)

    @override
    async def _metadata_update(self, cluster_metadata: Any, topics: Any) -> Any:
        """Ask, when the last questions are some time ago: the first ones follow at once."""
        if cluster_metadata is self.cluster:
            left = self._asked[0] + ASKED_AT_ONCE * ASKED_PAUSE_SECONDS - time.monotonic()
            await asyncio.sleep(max(0.0, left))
            self._asked.append(time.monotonic())
        return await super()._metadata_update(cluster_metadata, topics)


def expect_unknown_topics() -> None:
    """Let every consumer and producer made from now on in this process bear with missing topics."""
    consumers.SubscriptionState = Subscriptions
    consumers.AIOKafkaClient = producers.AIOKafkaClient = PatientClient


class Membership:
    """Watches that a consumer has its share of every topic it subscribes to."""

    def __init__(self, primary_topic: str) -> None:
        """Take the topic whose partitions say which numbers a member has of all others."""
        self._primary_topic = primary_topic
        self._asked_at = -math.inf

    def watch(self, consumer: Any) -> bool:  # noqa: ANN401 - aiokafka has no types
        """Ask for a rebalance when partitions are missing; tells whether it did."""
        missing = sorted(topics_missed(consumer, primary_topic=self._primary_topic))
        if not missing or time.monotonic() - self._asked_at < ASKED_AGAIN_SECONDS:
            return False
        self._asked_at = time.monotonic()
        logger.warning("topics are nobody's, sharing them anew", extra={"topics": missing})
        consumer._coordinator.request_rejoin()  # noqa: SLF001 - there is no public way (0.14)
        return True


def topics_missed(consumer: Any, *, primary_topic: str) -> set[str]:  # noqa: ANN401 - aiokafka has no types
    """Return the topics of which a consumer lacks a partition whose number it has of the primary.

    Topics with another number of partitions say nothing.
    """
    owned: dict[str, set[int]] = {}
    for tp in consumer.assignment():
        owned.setdefault(tp.topic, set()).add(tp.partition)
    lanes = consumer.partitions_for_topic(primary_topic)
    ours = owned.get(primary_topic, set())
    return {
        topic
        for topic in consumer.subscription()
        if consumer.partitions_for_topic(topic) == lanes and not ours <= owned.get(topic, set())
    }
