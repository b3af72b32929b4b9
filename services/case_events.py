"""What one service tells another about a case on `cases.v1`: read and checked in one way by all."""

from collections.abc import Collection, Mapping
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from pydantic import TypeAdapter

from schemas.cloudevents import event_source, event_type
from schemas.events.base import CaseFact, source_of
from schemas.vocabulary import derived_id
from services.kit.records import Fault, Incoming, Record, Rejected
from services.kit.stage.dead_letters import replay_of
from services.kit.stage.decoding import cloud_event, strict_json, validated

F = TypeVar("F", bound=CaseFact)


class Told(NamedTuple, Generic[F]):
    """An event that a service, the `producer`, told as its n-th of a case; `data` is its JSON.

    A `replayed` one was put aside before: its number may be passed, and it had no effect.
    """

    fact: F
    producer: str
    sequence: int
    data: bytes
    replayed: bool = False

    @property
    def case_id(self) -> UUID:
        """The case it is about."""
        return self.fact.case_id


def check_turn(sequence: int, *, last: int, most: int) -> None:
    """Refuse the number of an event that cannot be true, when its producer's last one was `last`.

    `most` is how many events of a case the producer tells at the most between two that are read.
    Taken, such a number would make repeats of all that it says of the case afterwards. Raises
    `Rejected`.
    """
    if sequence > last + most:
        told = f"is {sequence}, far ahead of its turn, {last + 1}"
        raise Rejected("ahead_of_turn", (Fault("ce_sequence", told),))


class CaseEvents(Generic[F]):
    """The kinds of event that a service reads, each by its type: who tells it, and its model."""

    def __init__(
        self,
        reader: str,
        kinds: Mapping[str, tuple[str, type[F]]],
        *,
        loose: Collection[str] = (),
        keyed: bool = False,
    ) -> None:
        """Take the reading service and what it reads.

        Of the `loose` types it keeps no last number: the inbox tells their repeats, or, where they
        are `keyed`, what it keeps of each by its id does.
        """
        self._reader = reader
        self._kinds = {
            type_: (producer, source_of(producer), TypeAdapter[F](model))
            for type_, (producer, model) in kinds.items()
        }
        self._loose = frozenset(loose)
        self._keyed = keyed

    def read(self, record: Record) -> Incoming[Told[F]] | None:
        """Return the event of a record, None when it is of no such kind.

        Raises `Rejected` when it comes from another service, under another key than its case,
        without its number, or is not sound.
        """
        type_ = event_type(record.headers)
        kind = self._kinds.get(type_)
        if kind is None:
            return None
        producer, source, adapter = kind
        if event_source(record.headers) != source:
            raise Rejected("unknown_source", (Fault("ce_source", f"is not the {producer}"),))
        event = cloud_event(record)
        fact = validated(adapter, strict_json(event.data))
        case = str(fact.case_id)
        if event.key != case:
            raise Rejected("wrong_key", (Fault("key", f"must be the case_id: {case}"),))
        in_turn = type_ not in self._loose
        if in_turn and not event.sequence:
            raise Rejected("not_numbered", (Fault("ce_sequence", "is missing"),))
        letter = replay_of(record, service=self._reader) if in_turn else None
        return Incoming(
            id=event.id if letter is None else derived_id("replay", letter),
            event=Told(fact, producer, event.sequence, event.data, replayed=letter is not None),
            record=record,
            known_by_state=letter is None if in_turn else self._keyed,
            home=case,
        )
