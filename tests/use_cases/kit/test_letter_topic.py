"""The newest dead letters of a topic on a real broker, read from its end; and through the door."""

from collections.abc import AsyncIterator
from itertools import count

import pytest

from schemas.dead_letters import LettersView
from services.kit.kafka.publisher import Publisher
from services.kit.kafka.topics import TopicSpec, administered, create_topics
from services.kit.records import Message
from services.kit.stage.bounds import MOST_LETTERS
from services.kit.stage.letter_topic import LetterTopic, listed
from services.kit.stage.replaying import OwnLetters
from services.letters_door import letters_router
from tests.support.command import everything
from tests.support.letters import put_aside
from tests.support.web import app_of, talking_to

_NUMBERS = count()


@pytest.fixture
async def topic(kafka: str) -> LetterTopic:
    """Return a topic of letters that nobody else has."""
    name = f"letters-{next(_NUMBERS)}.v1"
    configs = {"cleanup.policy": "compact", "max.message.bytes": str(2 * 1024 * 1024)}
    specs = [
        TopicSpec(name=one, partitions=3, replication=1, configs=configs)
        for one in (name, of(name))
    ]
    async with administered(kafka) as admin:
        await create_topics(admin, specs)
    return LetterTopic(name, kafka=kafka)


def of(topic: str) -> str:
    """Return the topic whose records are put aside there."""
    return f"records-of-{topic}"


@pytest.fixture
async def publisher(kafka: str) -> AsyncIterator[Publisher]:
    found = Publisher(kafka, client_id="test")
    await found.start()
    yield found
    await found.stop()


def letters(topic: LetterTopic, *, first: int, last: int, size: int = 10) -> list[Message]:
    """Return letters, a later one for each later offset."""
    made = (
        put_aside(of(topic.name), by="router", offset=number, value=b"x" * size)
        for number in range(first, last)
    )
    return [
        one._replace(topic=topic.name, headers=at(number, one))
        for number, one in enumerate(made, start=first)
    ]


def at(number: int, message: Message) -> tuple[tuple[str, bytes], ...]:
    """Return a letter's headers as one that was put aside at that second."""
    when = f"2026-01-05T03:{number // 60:02}:{number % 60:02}+00:00".encode()
    return tuple((n, when if n == "tongxin_rejected_at" else c) for n, c in message.headers)


def off(messages: list[Message]) -> list[Message]:
    return [Message(one.topic, one.key, None, ()) for one in messages]


class TestNewest:
    async def test_are_those_that_stand_the_last_one_first(
        self, topic: LetterTopic, publisher: Publisher
    ) -> None:
        assert (await topic.newest()).letters == []
        old = letters(topic, first=0, last=40)
        await publisher.publish([*old, *off(old[:30])])

        found = await topic.newest()

        assert [one.name for one in found.letters] == [one.key for one in reversed(old[30:])]
        assert not found.some_older
        assert await topic.find(old[0].key) is None
        there = await topic.find(old[39].key)
        assert there in await listed(topic._kafka, topic=topic.name)

    async def test_are_no_more_than_a_page_shows(
        self, topic: LetterTopic, publisher: Publisher
    ) -> None:
        many = letters(topic, first=0, last=MOST_LETTERS + 100)
        await publisher.publish(many)

        found = await topic.newest()

        assert [one.name for one in found.letters] == [
            one.key for one in reversed(many[-MOST_LETTERS:])
        ]
        assert found.some_older
        assert await topic.find(many[0].key) is not None

    async def test_are_few_where_they_are_large(
        self, topic: LetterTopic, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.kit.stage.letter_topic.MOST_LETTERS_BYTES", 3_000)
        many = letters(topic, first=0, last=30, size=1_000)
        await publisher.publish(many)

        found = await topic.newest()

        assert 0 < len(found.letters) < len(many)
        assert found.some_older

    async def test_are_all_that_somebody_wrote_there(
        self, topic: LetterTopic, publisher: Publisher
    ) -> None:
        odd = (("tongxin_faults", b"[" * 9_000), ("tongxin_topic", b"\xff"), ("x", b""))
        name = b"\xff\x00".decode("utf-8", "surrogateescape")
        strange = [Message(topic.name, name, b"\xff", odd), Message(topic.name, "", b"", ())]
        await publisher.publish(strange)

        assert {one.name for one in (await topic.newest()).letters} == {name, ""}
        assert (await topic.find(name)) is not None


class TestDoor:
    async def test_lists_and_replays_what_stands_on_the_log(
        self, topic: LetterTopic, publisher: Publisher, kafka: str
    ) -> None:
        [one] = letters(topic, first=0, last=1)
        await publisher.publish([one])
        own = OwnLetters(topic=topic, publisher=publisher, keys=None, is_ours=of(topic.name).__eq__)
        async with talking_to(app_of(letters_router(own, service="router"))) as client:
            told = LettersView.model_validate_json((await client.get("/dead-letters")).content)
            answers = [
                await client.post("/dead-letters/replay", json={"name": one.key}) for _ in range(2)
            ]
            left = (await client.get("/dead-letters")).json()

        assert [letter.name for letter in told.letters] == [one.key]
        assert [answer.status_code for answer in answers] == [200, 404]
        assert left == {"letters": [], "some_older": False}
        [again] = await everything(kafka, of(topic.name))
        assert (again.key, again.value, again.headers[0]) == (b"k", b"x" * 10, ("x", b"1"))
