"""A case as the notifier follows it: its standing, its parts, its story."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.events.blocking import Blocking
from schemas.events.ending import ClosedBefore
from schemas.events.rating import Rating
from schemas.events.requests import PendingRequest
from schemas.events.set_aside import ClockSetAside
from schemas.lifecycle import Actor, CaseEvent, CaseState, next_state
from schemas.plan import Plan
from schemas.plan.calendar import WORKING_UNITS
from schemas.plan.handling_clock import HandlingClock
from schemas.standing import has_to_do
from schemas.vocabulary import MAX_LEVEL, Channel, PartStatus, RequestKind, Tier, Urgency
from services.notifier.domain.clocks import TimerKind
from services.notifier.domain.part import Part

SHORT = 300
"""Characters of what others said, where only its beginning is told."""

_UNASSIGNED = frozenset({CaseState.REGISTERED, CaseState.RETURNED, CaseState.REOPENED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a report that joined says: its words, photos, and how many people it is about.

    `urgency` is how urgent it is by the plan, `danger` the word of danger to life in it.
    """

    description: str = ""
    media: tuple[str, ...] = ()
    people: int | None = None
    urgency: Urgency | None = None
    danger: str | None = None

    @property
    def is_something(self) -> bool:
        """Tell whether there is anything to pass on."""
        return bool(self.description.strip() or self.media or self.people)

    @property
    def short(self) -> str:
        """The beginning of its words."""
        text = self.description.strip()
        return text if len(text) <= SHORT else f"{text[:SHORT]}…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """How urgent a report that joined says the case is, by a word of danger or without."""

    urgency: Urgency
    merged_id: UUID
    danger: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """Somebody whose report joined the case, why it is the same thing, and what it says."""

    merged_id: UUID
    case_id: UUID
    source: str
    source_id: str
    channel: str
    joined_at: datetime
    why: str
    said: Statement = Statement()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Where it is and what was said about it: kept for readers, no rule asks."""

    place: dict[str, Any]
    description: str


@dataclass(slots=True, kw_only=True)
class Case:
    """Where a case stands. Nothing but `evolve` changes it, and `state` only through `move`.

    `triage` tells that nobody could categorise it: a person has to say what it is, until
    `triage_by`. `supervised_for` is who wants to know of it, until that is lifted. `watcher` is who
    of the supervision has the move, by name, if one was told.
    `assignment_id`, `department` and `person` are the lead's, absent while nobody holds the case.
    `set_aside` are the clocks of departments that had the case before, the last one's last.
    `due_by` is when the handling clock runs out, as it was told when that began to run.
    `dispatch_by` is until when the router has to name who is next, while it is its move.
    `promised_by` is by when it is to be closed, as its reporters were told: `promise` is the limit,
    as the standard writes it, counted from `promised_at`; `promise_missed_at` is when it was told
    that this date has passed.
    `blocked` is the part that the lead waits for; the clock rests as long.
    `closed_before` is how it was closed, while it is open again.
    `merged_into` is the case that it was merged into by hand, `took_in` are those that it told of
    as merged into it. `joined` counts the reports and cases that joined, `raised` is the most
    pressing of what they said.
    `requests` wait to be decided, `spent` are those that were, for good; `hands` are the persons
    who handled the case, none of whom may close it by force. An overrun does not count once it is
    exempt. `ratings` are what reporters said of every closing.
    `overdue_at` is when its limit ran out first, and stays; `overrun_told_at` when it was told that
    the limit is over, absent while there is time left, or some was given again.
    `intake_seq`, `router_seq` are the last numbers seen of those services, `own_seq` the last told.
    """

    case_id: UUID
    partition: int
    state: CaseState
    level: int
    urgency: Urgency
    category: str
    title_en: str
    title_zh: str
    source: str
    source_id: str
    channel: Channel
    exercise: bool
    triage: bool = False
    supervised_for: str | None = None
    watcher: str | None = None
    reported_at: datetime
    registered_at: datetime
    assignment_id: UUID | None = None
    department: str | None = None
    person: str | None = None
    tier: Tier | None = None
    round: int = 0
    final: bool = False
    closing: str = "lead"
    evidence: list[str] = field(default_factory=list)
    must_check: bool = True
    clock: HandlingClock | None = None
    set_aside: tuple[ClockSetAside, ...] = ()
    due_by: datetime | None = None
    assigned_at: datetime | None = None
    accepted_at: datetime | None = None
    sign_by: datetime | None = None
    check_by: datetime | None = None
    triage_by: datetime | None = None
    blocked: Blocking | None = None
    reminded_at: datetime | None = None
    overdue_at: datetime | None = None
    overrun_told_at: datetime | None = None
    failures: int = 0
    returns: int = 0
    closed_at: datetime | None = None
    closed_result: str | None = None
    dispatch_by: datetime | None = None
    promise: str | None = None
    promised_at: datetime | None = None
    promised_by: datetime | None = None
    promise_missed_at: datetime | None = None
    joined: int = 0
    closed_before: ClosedBefore | None = None
    merged_into: UUID | None = None
    took_in: list[str] = field(default_factory=list)
    raised: Raised | None = None
    suspended_until: datetime | None = None
    exempt_at: datetime | None = None
    requests: tuple[PendingRequest, ...] = ()
    spent: tuple[RequestKind, ...] = ()
    hands: tuple[str, ...] = ()
    ratings: tuple[Rating, ...] = ()
    intake_seq: int = 0
    router_seq: int = 0
    own_seq: int = 0
    lines: int = 0

    def move(self, event: CaseEvent, *, actor: Actor) -> None:
        """Go where the table leads; raises `IllegalTransition` and changes nothing otherwise."""
        self.state = next_state(self.state, event, actor=actor)

    def told_after(self, cause: str, *, line: int) -> str:
        """Return a cause with the last number told before it and the line that tells of it.

        What has no number of its own says so in which order a batch decided; nothing else does.
        """
        return f"{cause}/{self.own_seq}/{line}"

    def take_back_offer(self) -> None:
        """Let another assignment come where nobody has signed for this one yet."""
        if self.state is CaseState.ASSIGNED:
            self.state = CaseState.REGISTERED
            self.held_by_nobody()

    def held_by(self, part: Part) -> None:
        """Let the department of this part lead the case."""
        self.assignment_id, self.department = part.assignment_id, part.department
        self.person, self.tier = part.person, part.tier

    def held_by_nobody(self) -> None:
        """Take the case from its lead, until the router names the next."""
        self.assignment_id = self.department = self.person = self.tier = None
        self.sign_by = self.check_by = self.blocked = None

    def left_seconds(self, now: datetime) -> float | None:
        """Return what is left of the handling clock; None before there is one."""
        return None if self.clock is None else self.clock.left(now).total_seconds()

    @property
    def has_somebody_else(self) -> bool:
        """Whether another can be asked when nobody signs: the next person, or a level above.

        A staffed department on the top level has neither.
        """
        return self.person is not None or self.level < MAX_LEVEL

    def told_marks(self) -> set[TimerKind]:
        """Return the marks of the handling clock that somebody was told of."""
        is_over = self.overrun_told_at is not None
        marks = {TimerKind.REMIND: is_over or self.reminded_at is not None}
        marks |= {TimerKind.OVERDUE: is_over, TimerKind.OVERDUE_FAR: self.level == MAX_LEVEL}
        return {kind for kind, told in marks.items() if told}

    def is_overrun(self, now: datetime) -> bool:
        """Tell whether the limit is over, and nobody was told yet."""
        return self.overrun_told_at is None and self.due_by is not None and self.due_by <= now

    def count_by(self, plan: Plan, *, department: str | None) -> None:
        """Let the time of the handling clock pass as the plan says for a department."""
        if self.clock is not None and self.clock.unit in WORKING_UNITS:
            counting = plan.counting(self.clock.unit, department=department)
            self.clock = replace(self.clock, counting=counting)

    def run_clock(self, clock: HandlingClock, *, now: datetime) -> None:
        """Let a handling clock go on, unless a part is waited for; due is what was told."""
        if self.blocked is not None:
            self.clock = clock
            return
        self.clock = clock.running(now)
        if clock.since is None or self.due_by is None:
            self.due_by = self.clock.due_by

    def go_on(self, *, now: datetime) -> None:
        """Let the handling clock go on once nothing lets it rest."""
        if self.clock is not None and self.blocked is None and self.suspended_until is None:
            self.run_clock(self.clock, now=now)

    def stop_clock(self, *, now: datetime) -> None:
        """Let the handling clock stand."""
        if self.clock is not None:
            self.clock, self.due_by = self.clock.stopped(now), None


@dataclass(slots=True, kw_only=True)
class CaseFile:
    """A case with all its parts; of one that was just registered its scene as well.

    `is_corrected` tells that it is another one than was registered, `moved_to` is where it really
    is, as JSON, if that was corrected. `into` is the case that a command names to merge it into,
    as it is now, or the primary of a report that was named; `merged_here` are the cases that are
    merged into it. Both are known where a decision asks for them. `seldom` is what was saved of
    what few cases have.
    """

    case: Case
    parts: dict[UUID, Part] = field(default_factory=dict)
    scene: Scene | None = None
    is_corrected: bool = False
    moved_to: dict[str, Any] | None = None
    into: Case | UUID | None = None
    merged_here: tuple[Case, ...] = ()
    seldom: tuple[object, ...] = ()

    @property
    def lead(self) -> Part | None:
        """The part of whoever leads the case now."""
        held = self.case.assignment_id
        return None if held is None else self.parts.get(held)

    @property
    def concerned(self) -> list[str]:
        """The departments that have to do with the case."""
        closed_at = self.case.closed_at
        return [
            part.department
            for part in self.parts.values()
            if has_to_do(part.status, ended_at=part.ended_at, closed_at=closed_at)
        ]

    @property
    def awaits_assignment(self) -> bool:
        """Whether the router was told something after which it names who is next."""
        if self.case.state in _UNASSIGNED:
            return True
        return self.lead is not None and self.lead.status is PartStatus.EXPIRED
