"""Dead letters put back: their records published again, or their letters taken off the list."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from schemas.dead_letters import WhyNot
from services.kit.http.door import Publishes
from services.kit.sealing.keys import KeyFile
from services.kit.stage.dead_letters import DeadLetter, replayed, taken_off
from services.kit.stage.letter_topic import LetterTopic, Newest


class NotReplayed(Exception):
    """The record of a dead letter cannot be published again; `why` is the kind of reason."""

    def __init__(self, letter: DeadLetter, why: WhyNot) -> None:
        """Name the letter."""
        super().__init__(f"{letter.name}: {why}")
        self.why = why


class NoSuchLetter(Exception):
    """There is no such letter, or not any more; the message is the name."""


def why_not(letter: DeadLetter) -> WhyNot | None:
    """Return why nobody can publish the record of a letter again; None where somebody can."""
    if letter.is_sealed:
        return WhyNot.SEALED
    return WhyNot.NO_RECORD if letter.is_frame else None


async def put_back(
    letter: DeadLetter, *, to: Iterable[str], off: Iterable[str], publisher: Publishes
) -> None:
    """Publish a letter's record again, then take the letter off these topics of letters.

    It is a replay to these services. A failure between the two leaves the letter on the list.
    """
    await publisher.publish([replayed(letter, by=to)])
    await publisher.publish([taken_off(letter, dead_letter_topic=topic) for topic in off])


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLetters:
    """The dead letters of one service, and what it does with them, one after the other.

    `keys` open those that are sealed; `is_ours` tells of a topic whether it both reads and writes
    it.
    """

    topic: LetterTopic
    publisher: Publishes
    keys: KeyFile | None
    is_ours: Callable[[str], bool]
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def newest(self) -> Newest:
        """Return the newest of them. Raises KafkaError and OSError."""
        return await self.topic.newest(keys=self.keys)

    def why_not(self, letter: DeadLetter) -> WhyNot | None:
        """Return why a letter's record cannot be published again here; None where it can."""
        return why_not(letter) or (None if self.is_ours(letter.topic) else WhyNot.NOT_OURS)

    async def replay(self, name: str, *, service: str, others: Iterable[str]) -> DeadLetter:
        """Publish a letter's record again on its own topic, then take the letter off the list.

        It is a replay to this service, and to `others` who put the same record aside. Raises
        `NoSuchLetter`, `NotReplayed`, KafkaError and OSError.
        """
        async with self._lock:
            letter = await self._found(name)
            if why := self.why_not(letter):
                raise NotReplayed(letter, why)
            to, off = sorted({service, *others}), [self.topic.name]
            await put_back(letter, to=to, off=off, publisher=self.publisher)
        return letter

    async def dismiss(self, name: str) -> DeadLetter:
        """Take a letter off the list; its record is gone. Raises as `replay` does."""
        async with self._lock:
            letter = await self._found(name)
            gone = taken_off(letter, dead_letter_topic=self.topic.name)
            await self.publisher.publish([gone])
        return letter

    async def _found(self, name: str) -> DeadLetter:
        letter = await self.topic.find(name, keys=self.keys)
        if letter is None:
            raise NoSuchLetter(name)
        return letter
