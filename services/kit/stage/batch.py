"""What a service and its stage hand each other: a batch to decide on, and a reader that does."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.records import Incoming, Message, Record, Rejected
from services.kit.sealing.keys import KeyFile
from services.kit.stage import dead_letters, timers
from services.kit.stage.said_before import SaidBefore
from services.kit.stage.timers import Deadline

E = TypeVar("E")


@dataclass(slots=True)
class Batch(Generic[E]):
    """What a service decides on in one transaction, and what it wants published.

    `held` are the lanes that the transaction holds; empty for any. `owns_all` tells whether the
    process owns every lane of the stage, `keeps_all` whether it must when the batch is written.
    With `letter_keys` dead letters are sealed. `is_past` says that it was decided before, and that
    `incoming` stands in the order in which it then had its effects.
    """

    conn: AsyncConnection
    now: datetime
    stage: str
    incoming: list[Incoming[E]] = field(default_factory=list)
    due: list[Deadline] = field(default_factory=list)
    outputs: dict[int, list[Message]] = field(default_factory=dict)
    letters: list[Message] = field(default_factory=list)
    refused: set[UUID] = field(default_factory=set)
    dead_letter_topic: str = ""
    letter_keys: KeyFile | None = None
    timers_set: list[Deadline] = field(default_factory=list)
    held: frozenset[int] = frozenset()
    owns_all: bool = False
    keeps_all: bool = False
    is_past: bool = False
    said_before: SaidBefore = field(default_factory=SaidBefore)

    def next_number(self, key: UUID, *, last: int, kind: str) -> int:
        """Return the number of the key's next event, of type `kind`, when `last` was the last."""
        return self.said_before.next_number(key, last=last, kind=kind)

    def is_alone(self) -> bool:
        """Tell whether no other process works at this stage, nor may until the batch is written.

        Whoever takes a lane meanwhile makes the write fail, and the batch is decided again.
        """
        self.keeps_all = self.owns_all
        return self.owns_all

    async def set_timers(self, deadlines: Collection[Deadline]) -> None:
        """Set these timers; one of the same subject and kind is moved."""
        await timers.set_all(self.conn, stage=self.stage, deadlines=deadlines)
        self.timers_set.extend(deadlines)

    def emit(self, message: Message, *, partition: int) -> None:
        """Publish a message after the commit, in the order of the calls within a lane.

        One of a lane that is not held goes with another: a message is never lost for its place.
        """
        if self.held and partition not in self.held:
            partition = min(self.held)
        self.outputs.setdefault(partition, []).append(message)

    def reject(self, incoming: Incoming[E], rejected: Rejected) -> None:
        """Turn an event that can never be processed into a dead letter.

        It is not remembered as seen, so that it is taken when it is replayed.
        """
        self.refused.add(incoming.id)
        self.put_aside(incoming.record, rejected, partition=incoming.partition)

    def put_aside(self, record: Record, rejected: Rejected, *, partition: int) -> None:
        """Turn a record that is no event at all into a dead letter, told by this lane."""
        ring = None if self.letter_keys is None else self.letter_keys.ring
        letter = dead_letters.letter(
            record, rejected, topic=self.dead_letter_topic, now=self.now, ring=ring
        )
        self.letters.append(letter)
        self.emit(letter, partition=partition)


class Reader(Protocol[E]):
    """What a service plugs into the stage."""

    def decode(self, record: Record) -> Incoming[E] | None:
        """Return the event of a record, None when it is none of this stage's business.

        Raises `Rejected` when the record can never be processed.
        """

    async def decide(self, batch: Batch[E]) -> None:
        """Load, decide and save for a batch of new events or due timers, and emit what follows."""
