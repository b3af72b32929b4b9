"""A service knows who may come in when it starts, and hears of it while it runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import pytest

from schemas.events.people import KeyRecorded, event_of_state
from schemas.topics import PEOPLE, shared_topics
from services.access.actor import Actor
from services.access.following import Following
from services.access.register import Register, Unproven
from services.access.tokens import hmac_of, new_token
from services.kit.kafka.publisher import Publisher
from services.kit.kafka.topics import administered, ensure_topics, specs_of
from services.kit.records import Message, message_of
from tests.support.command import until
from tests.support.keys import BEGAN, SECRET, key

pytestmark = pytest.mark.kafka

LATER = BEGAN + timedelta(days=1)


@pytest.fixture
async def publisher(kafka: str) -> AsyncIterator[Publisher]:
    topics = [topic for topic in shared_topics() if topic.name == PEOPLE]
    async with administered(kafka) as admin:
        await ensure_topics(admin, specs_of(topics, partitions=4, replication=1))
    made = Publisher(kafka, client_id="the desk")
    await made.start()
    yield made
    await made.stop()


@asynccontextmanager
async def following(kafka: str) -> AsyncIterator[Register]:
    register = Register([SECRET.encode()])
    found = Following(PEOPLE, register.take, kafka=kafka)
    await found.start()
    try:
        assert found.missing() == {}
        yield register
    finally:
        await found.stop()


def own_key(id_: str) -> tuple[str, KeyRecorded]:
    token = new_token()
    return token, key(token, id=id_, token_hmac=hmac_of(token, SECRET.encode()))


async def tell(publisher: Publisher, *states: KeyRecorded) -> None:
    events = [event_of_state(state, service="desk") for state in states]
    await publisher.publish(message_of(event, topic=PEOPLE) for event in events)


async def is_known(register: Register, token: str) -> bool:
    return isinstance(register.actor_of(token, now=LATER), Actor)


class TestFollowing:
    async def test_knows_at_its_start_whatever_stands_there(
        self, kafka: str, publisher: Publisher
    ) -> None:
        keys = [own_key(f"oldkey{number:04}") for number in range(600)]
        await tell(publisher, *(state for _, state in keys))
        async with following(kafka) as register:
            assert all([await is_known(register, token) for token, _ in keys])

    async def test_hears_what_is_told_later(self, kafka: str, publisher: Publisher) -> None:
        token, state = own_key("laterkey")
        async with following(kafka) as register:
            assert not await is_known(register, token)
            await tell(publisher, state)
            await until(partial(is_known, register, token), told="the key")
            await tell(publisher, state.model_copy(update={"version": 2, "revoked_at": BEGAN}))

            async def is_revoked() -> bool:
                return register.actor_of(token, now=LATER) is Unproven.REVOKED

            await until(is_revoked, told="its end")

    async def test_gets_on_whatever_else_stands_there(
        self, kafka: str, publisher: Publisher
    ) -> None:
        token, state = own_key("soundkey")
        odd = [Message(PEOPLE, "key/odd", b"\xff" * 100, ()), Message(PEOPLE, "x", None, ())]
        await publisher.publish(odd)
        await tell(publisher, state)
        async with following(kafka) as register:
            assert await is_known(register, token)
