"""A dead letter put back once, or taken off; and why one cannot be."""

import asyncio

import pytest

from schemas.dead_letters import WhyNot
from schemas.topics import CASES, NOTICES, dead_letters
from services.kit.records import FRAME, Fault, Message
from services.kit.stage.replaying import NoSuchLetter, NotReplayed
from tests.support.intake import KEYS
from tests.support.letters import LettersInMemory, own_letters, put_aside


async def replayed(topic: LettersInMemory, name: str, *others: str) -> None:
    await own_letters(topic).replay(name, service="router", others=others)


class TestReplay:
    async def test_publishes_the_record_as_it_was_then_takes_the_letter_off(self) -> None:
        topic = LettersInMemory("router")
        name = topic.add(put_aside(by="router"))

        await replayed(topic, name, "notifier")

        _, again, off = topic.messages
        assert (again.topic, again.key, again.value) == (CASES, "k", b"{")
        told = f"notifier router {name}".encode()
        assert again.headers == (("x", b"1"), ("tongxin_replayed", told))
        assert off == Message(dead_letters("router"), name, None, ())

    async def test_is_refused_a_second_time(self) -> None:
        topic = LettersInMemory("router")
        name = topic.add(put_aside(by="router"))

        letters = own_letters(topic)
        asked = (letters.replay(name, service="router", others=()) for _ in range(3))
        came = await asyncio.gather(*asked, return_exceptions=True)

        assert [isinstance(one, NoSuchLetter) for one in came] == [False, True, True]
        assert len(topic.published) == 1

    @pytest.mark.parametrize(
        ("message", "why"),
        [
            (put_aside(by="router", keys=KEYS), WhyNot.SEALED),
            (put_aside(by="router", faults=(Fault(FRAME, "x"),)), WhyNot.NO_RECORD),
            (put_aside(NOTICES, by="router"), WhyNot.NOT_OURS),
        ],
    )
    async def test_says_why_it_cannot_be(self, message: Message, why: WhyNot) -> None:
        topic = LettersInMemory("router")
        name = topic.add(message)

        with pytest.raises(NotReplayed) as refused:
            await replayed(topic, name)

        assert refused.value.why is why
        assert topic.messages == [message]

    async def test_opens_what_its_service_sealed(self) -> None:
        topic = LettersInMemory("router")
        name = topic.add(put_aside(by="router", keys=KEYS))

        await own_letters(topic, keys=KEYS).replay(name, service="router", others=())

        assert [message.value for message in topic.published] == [b"{"]


class TestDismissal:
    async def test_takes_the_letter_off_and_publishes_nothing_else(self) -> None:
        topic = LettersInMemory("router")
        name = topic.add(put_aside(NOTICES, by="router"))

        await own_letters(topic).dismiss(name)

        assert topic.published == []
        assert (await own_letters(topic).newest()).letters == []
        with pytest.raises(NoSuchLetter):
            await own_letters(topic).dismiss(name)
