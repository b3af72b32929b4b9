"""The clocks of a case besides the handling limit: each stage that it passes, and its reporters'.

They are read off the case after each event of its story, as the handling clock is. A clock has as
many stretches as it ran without a break, which add up to what it counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from schemas.events.base import CaseFact, in_utc
from schemas.events.case import CaseProgressed, CaseRegistered
from schemas.events.clocks import RESIDENT
from schemas.lifecycle import CaseState
from schemas.plan import Plan
from schemas.plan.limits import limit_of
from schemas.plan.working_time import CONTINUOUS, Counting
from schemas.vocabulary import INTAKE, REPORTERS, ROUTER, SUPERVISION
from services.notifier.domain.case import CaseFile
from services.notifier.domain.colours import Colour, colour_of


@dataclass(slots=True, kw_only=True)
class Stretch:
    """A time in which something ran on; `began` and `ended` are the lines of the story why.

    `until` and `ended` are None while it goes on.
    """

    since: datetime
    began: int
    until: datetime | None = None
    ended: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A clock that runs now: which one, of what, whose, until when, and how its time passes.

    Two are the same clock if they are of the same, whoever has to do it.
    """

    clock: str
    of: object
    who: str
    person: str | None = None
    due_by: datetime
    counting: Counting = field(default=CONTINUOUS, compare=False, repr=False)


@dataclass(slots=True, kw_only=True)
class Stage:
    """A clock from its beginning on: as it ran last, and its stretches."""

    running: Running
    stretches: list[Stretch] = field(default_factory=list)

    @property
    def goes_on(self) -> bool:
        """Tell whether it runs."""
        return self.stretches[-1].until is None

    @property
    def limit(self) -> timedelta:
        """How much time there was in all, until it was due."""
        return self.running.counting.between(self.stretches[0].since, self.running.due_by)

    def used(self, now: datetime) -> timedelta:
        """Return how much time it has counted."""
        between = self.running.counting.between
        spans = (between(one.since, one.until or now) for one in self.stretches)
        return sum((max(span, timedelta()) for span in spans), timedelta())

    def is_late(self, now: datetime) -> bool:
        """Tell whether it ran, or runs, longer than until it was due."""
        return self.running.due_by < (self.stretches[-1].until or now)

    def colour(self, now: datetime, *, remind_at: float) -> Colour:
        """Return how near its end it is, or was."""
        return colour_of(self.used(now), self.limit, remind_at=remind_at)


@dataclass(slots=True)
class Stages:
    """The clocks of a case in the order they began; `contacted` had contact with who reported."""

    all: list[Stage] = field(default_factory=list)
    contacted: set[object] = field(default_factory=set)
    openings: int = 0

    def note(self, file: CaseFile, fact: CaseFact, *, line: int, plan: Plan) -> None:
        """Begin and end clocks as the case stands after a line of its story."""
        at = in_utc(fact.at)
        if isinstance(fact, CaseRegistered):
            self.all.append(_acceptance(fact, line=line, plan=plan))
        if isinstance(fact, CaseProgressed):
            self.contacted.add(fact.assignment_id)
        goes_on = {(one.clock, one.of): one for one in self._running(file, at, plan)}
        for stage in self.all:
            if stage.goes_on:
                same = goes_on.pop((stage.running.clock, stage.running.of), None)
                if same is None:
                    stage.stretches[-1].until, stage.stretches[-1].ended = at, line
                elif same.clock != "closing":  # whose time is counted from its beginning
                    stage.running = same
        self.all += [
            Stage(running=one, stretches=[Stretch(since=at, began=line)])
            for one in goes_on.values()
        ]

    def _running(self, file: CaseFile, at: datetime, plan: Plan) -> Iterator[Running]:
        case = file.case
        if case.dispatch_by is not None:
            yield Running(
                clock="dispatch", of=case.dispatch_by, who=ROUTER, due_by=case.dispatch_by
            )
        if case.check_by is not None and case.state is CaseState.INSPECTING:
            who = case.watcher
            yield Running(
                clock="check", of=case.failures, who=SUPERVISION, person=who, due_by=case.check_by
            )
        if case.state is CaseState.PENDING_CLOSURE:
            until = at + plan.limits.closing
            yield Running(clock="closing", of=case.failures, who=SUPERVISION, due_by=until)
        yield from self._of_lead(file, plan)
        yield from _resident(file, plan)

    def _of_lead(self, file: CaseFile, plan: Plan) -> Iterator[Running]:
        case = file.case
        if case.assignment_id is None or case.department is None:
            return
        who, person, of = case.department, case.person, case.assignment_id
        if case.state is CaseState.ASSIGNED and case.sign_by is not None:
            yield Running(clock="sign", of=of, who=who, person=person, due_by=case.sign_by)
        untouched = case.state is CaseState.ACCEPTED and of not in self.contacted
        if untouched and case.accepted_at is not None:
            until = in_utc(case.accepted_at) + plan.limits.first_contact
            yield Running(clock="first_contact", of=of, who=who, person=person, due_by=until)


def _acceptance(fact: CaseRegistered, *, line: int, plan: Plan) -> Stage:
    """Return the time from the report to its registration; a report from later took none."""
    at = in_utc(fact.at)
    since = min(in_utc(fact.reported_at), at)
    until = since + plan.limits.acceptance
    running = Running(clock="acceptance", of=fact.case_id, who=INTAKE, due_by=until)
    over = Stretch(since=since, began=line, until=at, ended=line)
    return Stage(running=running, stretches=[over])


def _resident(file: CaseFile, plan: Plan) -> Iterator[Running]:
    """Yield the clock of who reported; it begins anew when the case is opened again."""
    case = file.case
    if case.closed_at is not None or case.promised_by is None or case.promise is None:
        return
    counting = plan.counting(limit_of(case.promise).unit)
    yield Running(
        clock=RESIDENT, of=RESIDENT, who=REPORTERS, due_by=case.promised_by, counting=counting
    )
