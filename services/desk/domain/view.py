"""A case as people see it: where it stands, who has to do with it, and when it is due."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.events.blocking import Blocking
from schemas.events.case_file import FiledPart
from schemas.events.ending import ClosedBefore
from schemas.events.rating import Rating
from schemas.events.requests import PendingRequest
from schemas.lifecycle import CaseState
from schemas.plan import Plan
from schemas.plan.handling_clock import HandlingClock
from schemas.standing import COUNTED, has_to_do
from schemas.vocabulary import (
    INTAKE,
    NOTIFIER,
    ROUTER,
    Channel,
    PartStatus,
    Role,
    Satisfaction,
    Tier,
    Urgency,
)
from services.assessment.position import Position, cell_of

GOING_ON = COUNTED - {PartStatus.DONE}

_UNASSIGNED = frozenset({CaseState.REGISTERED, CaseState.RETURNED, CaseState.REOPENED})
_NUMBERS = {INTAKE: "intake_seq", ROUTER: "router_seq", NOTIFIER: "own_seq"}


@dataclass(slots=True, kw_only=True)
class View:
    """What is shown of a case. Nothing but `evolve` changes it.

    `department` and `person` lead it, absent while nobody does. `due_by` is when the handling clock
    runs out, absent while that stands. `watcher` is who of the supervision has the move by name,
    `dispatch_by` until when the router has to name who is next, while it is its move, `blocked` the
    part that the lead waits for. `overdue_at` is since when it was late, as a fact that stays.
    `closed_before` is how it was closed, while it is open again. `hands` are the persons who
    handled it, `requests` wait to be decided, `ratings` are what reporters said of every closing.
    `joined` counts the reports and cases that joined, `took_in` those of them that are cases,
    `lines` those of the story. The last three are the numbers of the last events of each producer
    that are in it.
    """

    case_id: UUID
    state: CaseState
    level: int
    urgency: Urgency
    category: str
    class_code: str
    title_en: str
    title_zh: str
    source: str
    source_id: str
    channel: Channel
    place: dict[str, Any]
    description: str
    exercise: bool
    triage: bool = False
    supervised_for: str | None = None
    watcher: str | None = None
    reported_at: datetime
    registered_at: datetime
    round: int = 0
    final: bool = False
    assignment_id: UUID | None = None
    department: str | None = None
    person: str | None = None
    tier: Tier | None = None
    sign_by: datetime | None = None
    accepted_at: datetime | None = None
    clock: HandlingClock | None = None
    due_by: datetime | None = None
    check_by: datetime | None = None
    triage_by: datetime | None = None
    dispatch_by: datetime | None = None
    blocked: Blocking | None = None
    suspended_until: datetime | None = None
    overdue_at: datetime | None = None
    exempt_at: datetime | None = None
    promised_by: datetime | None = None
    closed_at: datetime | None = None
    closed_result: str | None = None
    closed_before: ClosedBefore | None = None
    merged_into: UUID | None = None
    failures: int = 0
    returns: int = 0
    joined: int = 0
    took_in: int = 0
    hands: tuple[str, ...] = ()
    requests: tuple[PendingRequest, ...] = ()
    ratings: tuple[Rating, ...] = ()
    parts: dict[UUID, FiledPart] = field(default_factory=dict)
    lines: int = 0
    intake_seq: int = 0
    router_seq: int = 0
    own_seq: int = 0

    def last_of(self, producer: str) -> int:
        """Return the number of a producer's last event that is in it."""
        number: int = getattr(self, _NUMBERS[producer])
        return number

    def note(self, producer: str, sequence: int) -> None:
        """Keep the number of a producer's event; one outside its numbering has 0."""
        setattr(self, _NUMBERS[producer], max(sequence, self.last_of(producer)))

    @property
    def grid(self) -> str | None:
        """The grid it is in, if that was said."""
        return self.place.get("grid")

    @property
    def cell(self) -> int | None:
        """The cell of the earth it is in, if its point is known."""
        point = self.place.get("point")
        return None if point is None else cell_of(Position(point["lat"], point["lon"]))

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts that it is found by."""
        at = self.place
        said = (self.title_zh, self.title_en, self.description, self.source_id)
        return (*said, at.get("address") or "", at.get("grid") or "")

    @property
    def decide_by(self) -> datetime | None:
        """Until when the first of the requests that wait is to be decided."""
        return min((one.decide_by for one in self.requests), default=None)

    @property
    def dissatisfied_at(self) -> datetime | None:
        """When the last of those who reported said that they are dissatisfied."""
        said = (r.at for r in self.ratings if r.satisfaction is Satisfaction.DISSATISFIED)
        return max(said, default=None)

    @property
    def decider(self) -> str | None:
        """Who of the supervision was told by name that a request waits, on the highest level."""
        told = [one for one in self.requests if one.watcher is not None]
        return max(told, key=lambda one: one.level).watcher if told else None

    @property
    def awaits_assignment(self) -> bool:
        """Whether the router has to name who is next."""
        if self.state in _UNASSIGNED:
            return True
        lead = None if self.assignment_id is None else self.parts.get(self.assignment_id)
        return lead is not None and lead.status is PartStatus.EXPIRED

    def note_dispatch(self, plan: Plan, *, at: datetime) -> None:
        """Let the router's time begin when it becomes its move, and end when it is no more."""
        if not self.awaits_assignment:
            self.dispatch_by = None
        elif self.dispatch_by is None:
            self.dispatch_by = at + plan.limits.dispatch

    def become(self, assignment_id: UUID, status: PartStatus, *, at: datetime) -> None:
        """Let a part come to a status; of one that nobody told of there is nothing to change."""
        part = self.parts.get(assignment_id)
        if part is None or part.status is status:
            return
        told: dict[str, Any] = {
            "status": status,
            "ended_at": None if status in GOING_ON else at,
        }
        if status is PartStatus.ACCEPTED:
            told["accepted_at"] = at
        self.change(assignment_id, **told)

    def change(self, assignment_id: UUID, **told: Any) -> None:
        """Change what is known of a part, if anything is."""
        if assignment_id in self.parts:
            self.parts[assignment_id] = self.parts[assignment_id].model_copy(update=told)

    def part_of(self, department: str) -> FiledPart | None:
        """Return the part that a department has now, the lead's and the latest first."""
        own = (p for p in self.parts.values() if p.department == department)
        live = (p for p in own if p.status in COUNTED)
        return max(live, key=lambda p: (p.role is Role.LEAD, p.offered_at), default=None)

    def held_by(self, part: FiledPart) -> None:
        """Let the department of this part lead the case."""
        self.assignment_id, self.department = part.assignment_id, part.department
        self.person, self.tier = part.person, part.tier

    def held_by_nobody(self) -> None:
        """Take the case from its lead, until the router names the next."""
        self.assignment_id = self.department = self.person = self.tier = None
        self.sign_by = self.check_by = self.blocked = None

    def count_by(self, plan: Plan) -> None:
        """Let the time of the handling clock pass as the plan says for who leads."""
        if self.clock is not None:
            counting = plan.counting(self.clock.unit, department=self.department)
            self.clock = self.clock.counted_by(counting)

    def run_clock(self, clock: HandlingClock, *, at: datetime) -> None:
        """Let a handling clock go on, unless a part is waited for; due is what was told."""
        if self.blocked is not None:
            self.clock = clock
            return
        self.clock = clock.running(at)
        if clock.since is None or self.due_by is None:
            self.due_by = self.clock.due_by

    def go_on(self, *, at: datetime) -> None:
        """Let the handling clock go on once nothing lets it rest."""
        if self.clock is not None and self.blocked is None and self.suspended_until is None:
            self.run_clock(self.clock, at=at)

    def stop_clock(self, *, at: datetime) -> None:
        """Let the handling clock stand; an overrun that nobody told of yet is kept."""
        if self.clock is not None:
            self.note_overrun(at=at)
            self.clock, self.due_by = self.clock.stopped(at), None

    def note_overrun(self, *, at: datetime) -> None:
        """Keep that the limit is over, as of when it ran out."""
        if self.overdue_at is None and self.due_by is not None and self.due_by <= at:
            self.overdue_at = self.due_by

    def parties(self) -> Iterator[tuple[str, str | None]]:
        """Yield each department that has to do with the case, and its person."""
        if self.department is not None:
            yield self.department, self.person
        for part in self.parts.values():
            if has_to_do(part.status, ended_at=part.ended_at, closed_at=self.closed_at):
                yield part.department, part.person
