"""What somebody at the desk says of a case: into the log, in the name that was proven.

The desk decides nothing about a case. It says who speaks, of which case and when, and holds back
what somebody in these roles cannot say at all, or would not say had they seen what is shown now.
"""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar
from uuid import UUID

from pydantic import TypeAdapter

from schemas.cloudevents import CloudEvent
from schemas.vocabulary import derived_id
from services.access.actor import Actor
from services.desk.domain.changes import Change, Shown, surprising
from services.desk.domain.view import View
from services.kit.clock import Clock
from services.kit.http.door import Publishes
from services.kit.records import Fault, message_of
from services.kit.stage.decoding import validated

Looks = Callable[[Actor, UUID, int | None], Awaitable[Shown | None]]
"""Finds where a case stands that somebody may see, and its story beyond a line's number."""

SEEN: Final = "seen"
OURS: Final = ("acting", "case_id", "at")
"""Fields of whatever is said that the desk says: who, of which case, when."""

T = TypeVar("T")


class Bar(StrEnum):
    """Why somebody may not say what they say."""

    NOT_YOUR_WORD = "not_your_word"
    NOT_YOUR_COMMAND = "not_your_command"
    NO_PARTY = "no_party"
    NOT_YOUR_PARTY = "not_your_party"
    NO_PART = "no_part"
    NOT_ITS_ASSIGNMENT = "not_its_assignment"
    FOR_THE_LEAD = "for_the_lead"
    OWN_DEPARTMENT = "own_department"


class MayNot(Exception):
    """Nobody in these roles, or of these parties, says that: `bar` is why, told of a `party`."""

    def __init__(self, told: str, bar: Bar, *, party: str = "") -> None:
        """Take the sentence that programs read, and what pages say instead."""
        super().__init__(told)
        self.bar = bar
        self.party = party


class UnknownCase(LookupError):
    """There is no such case, or it is none of theirs: which of both is not told."""


class MovedOn(Exception):
    """The case is not where it was seen: `changes` since then, `lines` of its story by now."""

    def __init__(self, changes: Sequence[Change], *, lines: int) -> None:
        """Keep what happened."""
        super().__init__(f"{len(changes)} changes since it was seen")
        self.changes = changes
        self.lines = lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What taking somebody's word needs."""

    publisher: Publishes
    clock: Clock
    looks: Looks


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody says of a case; all with one `key` and one body are one."""

    case_id: UUID
    fields: Mapping[str, Any]
    body: bytes
    key: str | None

    def faults(self, *ours: str) -> list[Fault]:
        """Return what is wrong with it beside what it says; `ours` are more fields of the desk."""
        found = [
            Fault(name, "is said by the desk: leave it out")
            for name in (*OURS, *ours)
            if name in self.fields
        ]
        seen = self.fields.get(SEEN)
        if seen is not None and (type(seen) is not int or seen < 1):
            found.append(Fault(SEEN, "must be the number of a line of the story"))
        return found

    def said(
        self, adapter: TypeAdapter[T], *scope: str, own_id: str, actor: Actor, at: datetime
    ) -> T:
        """Return what is said, in the name of who says it; `scope` says what has one id.

        Raises `Rejected`.
        """
        # A used key with something else to say is another word: as a repeat it would be lost.
        once = at.isoformat() if self.key is None else self.key
        kind, *further = scope
        id_ = derived_id(kind, self.case_id, actor.id, *further, once, self.body)
        told = {
            **self.fields,
            own_id: str(id_),
            "case_id": str(self.case_id),
            "at": at.isoformat(),
            "acting": actor.acting.model_dump(mode="json"),
        }
        return validated(adapter, json.dumps(told).encode())


async def view_of(wanted: Wanted, *, actor: Actor, door: Saying) -> View:
    """Return the case as it is shown. Raises `UnknownCase`, and `MovedOn`."""
    found = await door.looks(actor, wanted.case_id, wanted.fields.get(SEEN))
    if found is None:
        raise UnknownCase(wanted.case_id)
    if changes := [*surprising(actor.id, found.since)]:
        raise MovedOn(changes, lines=found.view.lines)
    return found.view


async def bring(event: CloudEvent, *, topic: str, door: Saying) -> None:
    """Put what is said into the log; all replicas have it when this returns."""
    await bring_all([event], topic=topic, publisher=door.publisher)


async def bring_all(events: Iterable[CloudEvent], *, topic: str, publisher: Publishes) -> None:
    """Put what is said of several cases into the log; all replicas have it when this returns."""
    await publisher.publish([message_of(event, topic=topic) for event in events])
