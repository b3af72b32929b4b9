"""A topic of dead letters in memory, letters on it, and what services say of theirs."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
from aiokafka.errors import KafkaConnectionError
from typing_extensions import override

from schemas.topics import CASES, INCIDENT_REPORTS, dead_letters
from schemas.vocabulary import DESK
from services.kit.records import Fault, Message, Record, Rejected
from services.kit.sealing.keys import KeyFile
from services.kit.stage.dead_letters import DeadLetter, letter, opened
from services.kit.stage.letter_topic import LetterTopic, Newest
from services.kit.stage.replaying import OwnLetters

PUT_ASIDE: Final = datetime(2026, 1, 5, 3, 20, tzinfo=UTC)


class LettersInMemory(LetterTopic):
    """A service's letters, and a log that keeps what is published; `is_away` says it is not there.

    What takes a letter off is taken as it comes; to be published again it is as the topic has it.
    """

    def __init__(self, service: str) -> None:
        super().__init__(dead_letters(service), kafka="127.0.0.1:9")
        self.messages: list[Message] = []
        self.is_away = False

    @property
    def published(self) -> list[Message]:
        """What is on other topics than that of the letters."""
        return [message for message in self.messages if message.topic != self.name]

    async def publish(self, messages: Iterable[Message]) -> None:
        self._ask()
        self.messages.extend(messages)

    def add(self, message: Message) -> str:
        """Let a letter stand there; returns its name."""
        self.messages.append(message)
        return message.key

    @override
    async def newest(self, *, keys: KeyFile | None = None) -> Newest:
        self._ask()
        return Newest([*reversed(self._standing(keys).values())], some_older=False)

    @override
    async def find(self, name: str, *, keys: KeyFile | None = None) -> DeadLetter | None:
        self._ask()
        return self._standing(keys).get(name)

    def _standing(self, keys: KeyFile | None) -> dict[str, DeadLetter]:
        last = {one.key_bytes or b"": one for one in self.messages if one.topic == self.name}
        found = (
            opened(key, one.value, one.headers, keys=keys)
            for key, one in last.items()
            if one.value is not None
        )
        return {one.name: one for one in found}

    def _ask(self) -> None:
        if self.is_away:
            raise KafkaConnectionError


def own_letters(topic: LettersInMemory, *, keys: KeyFile | None = None) -> OwnLetters:
    """Return letters of a service that writes reports and cases; of the desk, which writes none."""
    written = {INCIDENT_REPORTS, CASES} if topic.name != dead_letters(DESK) else set()
    return OwnLetters(topic=topic, publisher=topic, keys=keys, is_ours=written.__contains__)


def put_aside(
    topic: str = CASES,
    *,
    by: str,
    offset: int = 7,
    value: bytes | None = b"{",
    code: str = "not_json",
    faults: tuple[Fault, ...] = (),
    keys: KeyFile | None = None,
) -> Message:
    """Return the letter that a service puts a record aside with."""
    record = Record(
        topic=topic,
        partition=3,
        offset=offset,
        key=b"k",
        value=value,
        headers=(("x", b"1"),),
        timestamp_ms=1_000,
    )
    ring = None if keys is None else keys.ring
    why = Rejected(code, faults)
    return letter(record, why, topic=dead_letters(by), now=PUT_ASIDE, ring=ring)


def told(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Return what a service says of a letter, with these differences."""
    found: dict[str, Any] = {
        "name": f"cases.v1/{number % 12}/{4_000 + number}/9d2f41a{number % 10}",
        "topic": "cases.v1",
        "code": "not_json",
        "rejected_at": (PUT_ASIDE - timedelta(minutes=7 * number)).isoformat(),
        "size": 1_340 + number,
        "why_not": None,
    }
    return found | changes


def letters_told(request: httpx.Request) -> httpx.Response:
    """Answer as a house does whose notifier is away; what is wanted of a letter is done.

    Of one it is not: whoever asks of it hears nothing.
    """
    if request.url.host == "notifier":
        msg = "Connection refused"
        raise httpx.ConnectError(msg)
    if request.method == "POST":
        return httpx.Response(200, json=told())
    both = told(1, code="unknown_type")
    if request.url.host == "router":
        return httpx.Response(200, json={"letters": [both], "some_older": False})
    place = "incident-reports.v1"
    found = [
        both | {"code": "illegal_transition"},
        told(2, name=f"{place}/1/22/04c7be13", topic=place, code="invalid", size=134),
        told(3, name=f"{place}/1/9/aa07be13", topic=place, code="x" * 60, why_not="sealed"),
        told(4, name=f"{place}/2/8/7c00be13", code="unreadable_frame", why_not="no_record"),
        told(5, code="empty", size=None, rejected_at=None),
    ]
    return httpx.Response(200, json={"letters": found, "some_older": True})
