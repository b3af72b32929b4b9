"""`case-files.v1`: the whole file of a case, which the next one of the same key replaces.

A reader that has a file goes on with the events of `cases.v1` whose number is higher than the
file's number of their producer. No value: the file was taken away, and so should every copy of it.
"""

from datetime import datetime
from typing import Annotated, ClassVar, Final, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from schemas.events.acting import Person
from schemas.events.assignment import Wanted
from schemas.events.base import (
    MOST_LISTED,
    MOST_ROUNDS,
    Body,
    CaseFact,
    Code,
    Instant,
    Level,
    LimitText,
    Text,
    in_utc,
    storable,
)
from schemas.events.blocking import Blocking
from schemas.events.case import Evidence, Reporter
from schemas.events.ending import ClosedBefore
from schemas.events.incident import Description, Links, People, Place
from schemas.events.rating import MOST_RATINGS, Rating
from schemas.events.requests import PendingRequest
from schemas.events.set_aside import MOST_SET_ASIDE, ClockSetAside, Counted, Spent
from schemas.lifecycle import CaseState
from schemas.plan.handling_clock import HandlingClock
from schemas.plan.limits import LimitUnit
from schemas.vocabulary import Channel, PartStatus, RequestKind, Role, Tier, Urgency

MOST_BYTES: Final = 900_000
"""Of a file's JSON: a broker takes records of 1 MiB by default."""

Many = Field(default=(), max_length=MOST_BYTES)
EventText = Annotated[str, StringConstraints(max_length=MOST_BYTES), AfterValidator(storable)]


class FiledClock(Body):
    """The handling clock: its limit, what was used before `since`; it stands without `since`.

    Both are in the time of the limit's `unit`, for WH and WD working time by the plan's calendar.
    Each of the `extensions` adds the limit once more.
    """

    limit_seconds: Spent
    used_seconds: Spent
    since: Instant | None = None
    unit: LimitUnit = LimitUnit.URGENT_HOUR
    extensions: Counted = 0
    due_by: Instant | None = None

    @classmethod
    def of(cls, clock: HandlingClock, *, due_by: datetime | None) -> Self:
        """Return what is told of a clock."""
        return cls(**clock.in_seconds(), since=clock.since, due_by=due_by)

    def as_clock(self) -> HandlingClock:
        """Return the clock, as yet without the days that its limit counts."""
        return HandlingClock.told(
            limit_seconds=self.limit_seconds,
            used_seconds=self.used_seconds,
            since=None if self.since is None else in_utc(self.since),
            unit=self.unit,
            extensions=self.extensions,
        )


class FiledPart(Body):
    """One department's part in the case; of one that was asked for, why it is `wanted`.

    A co-handler's is to be signed for until `sign_by`, as it was told last; one that was asked
    again has expired after `expires_at`.
    """

    assignment_id: UUID
    department: Code
    tier: Tier
    role: Role
    person: Text | None = None
    status: PartStatus
    offered_at: Instant
    sign_by: Instant | None = None
    accepted_at: Instant | None = None
    ended_at: Instant | None = None
    asked_again_at: Instant | None = None
    expires_at: Instant | None = None
    due_by: Instant | None = None
    wanted: Wanted | None = None
    result: Text | None = None
    evidence: tuple[Evidence, ...] = Field(default=(), max_length=MOST_LISTED)


class FiledFollower(Body):
    """A report that joined the case, why it is the same thing, and what it says."""

    merged_id: UUID
    source: Code
    source_id: Text
    channel: Channel
    joined_at: Instant
    why: Text
    description: Description = ""
    media: Links = ()
    people: People | None = None


class FiledLine(Body):
    """One line of the story; `data` is the JSON of the event, or of the note, that it tells of."""

    number: Counted
    at: Instant
    type: Text
    actor: Code
    party: Text
    text_en: EventText
    text_zh: EventText
    data: EventText


class CaseFiled(CaseFact):
    """The whole file of a case as it stood at `at`.

    Published when a case ends, again when something is added to an ended one, and when somebody
    asks for it. `requests` wait to be decided, `spent` were, for good; `hands` handled the case.
    `overdue_at` is when its limit ran out first; `overrun_told_at` is when that was told, while no
    time was given again. `set_aside` are the clocks of departments that had the case before.
    `closed_before` is how it was closed, while it is open again.
    `merged_into` is the case that it was merged into by hand, `took_in` those merged into it.
    `joined` counts the reports and cases that joined, as far as the story tells of them; one of the
    `followers` may have been merged into it a moment ago, by a lane of its own.
    `ratings` are what reporters said of how satisfied they are, of every closing.
    `intake_seq`, `router_seq` and `own_seq` are the numbers of the last events of each
    producer that are in it. `left_out` names what had no room, of a file that would be too large:
    `story`, `parts.evidence`, `followers`, `parts`.
    """

    type: ClassVar[str] = "case.filed"

    state: CaseState
    level: Level
    reporter: Reporter
    reported_at: Instant
    registered_at: Instant
    category: Code
    title_en: Text
    title_zh: Text
    urgency: Urgency
    place: Place
    description: Text = ""
    exercise: bool
    triage: bool
    supervised_for: Person | None = None
    watcher: Text | None = None
    round: Annotated[int, Field(ge=0, le=MOST_ROUNDS)]
    final: bool
    assignment_id: UUID | None = None
    department: Code | None = None
    person: Text | None = None
    tier: Tier | None = None
    closing_rule: Text
    evidence: tuple[Code, ...] = Field(default=(), max_length=MOST_LISTED)
    must_check: bool
    clock: FiledClock | None = None
    set_aside: tuple[ClockSetAside, ...] = Field(default=(), max_length=MOST_SET_ASIDE)
    assigned_at: Instant | None = None
    accepted_at: Instant | None = None
    sign_by: Instant | None = None
    check_by: Instant | None = None
    triage_by: Instant | None = None
    blocked: Blocking | None = None
    reminded_at: Instant | None = None
    overdue_at: Instant | None = None
    overrun_told_at: Instant | None = None
    failures: Counted
    returns: Counted
    closed_at: Instant | None = None
    closed_result: Text | None = None
    suspended_until: Instant | None = None
    exempt_at: Instant | None = None
    requests: tuple[PendingRequest, ...] = Field(default=(), max_length=MOST_LISTED)
    spent: tuple[RequestKind, ...] = Field(default=(), max_length=MOST_LISTED)
    hands: tuple[Text, ...] = Field(default=(), max_length=MOST_LISTED)
    dispatch_by: Instant | None = None
    promise: LimitText | None = None
    promised_at: Instant | None = None
    promised_by: Instant | None = None
    promise_missed_at: Instant | None = None
    closed_before: ClosedBefore | None = None
    merged_into: UUID | None = None
    took_in: tuple[UUID, ...] = Many
    joined: Counted | None = None
    ratings: tuple[Rating, ...] = Field(default=(), max_length=MOST_RATINGS)
    intake_seq: Counted
    router_seq: Counted
    own_seq: Counted
    parts: tuple[FiledPart, ...] = Many
    followers: tuple[FiledFollower, ...] = Many
    story: tuple[FiledLine, ...] = Many
    left_out: tuple[Code, ...] = Field(default=(), max_length=4)
