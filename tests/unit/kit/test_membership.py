"""What a member is assigned of a topic that it does not see."""

import re

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.subscription_state import SubscriptionState

from services.kit.kafka.membership import Subscriptions

SEEN, UNSEEN = TopicPartition("cases", 0), TopicPartition("answers", 0)


def assign(state: SubscriptionState) -> set[TopicPartition]:
    state.subscribe_pattern(re.compile("."), listener=None)
    state.subscribe_from_pattern({SEEN.topic})
    state.assign_from_subscribed({SEEN, UNSEEN})
    return set(state.assigned_partitions())


class TestSubscriptions:
    async def test_pass_over_it(self) -> None:
        assert assign(Subscriptions()) == {SEEN}

    async def test_of_aiokafka_alone_end_its_coordinator(self) -> None:
        with pytest.raises(AssertionError, match="unsubscribed topic"):
            assign(SubscriptionState())
