"""The ledger of a case: who had to move from when to when, and what each limit counted, by stretch.

It is the case's story, folded once more by the same `evolve` that made the case what it is; so a
rule or a fact cannot be in the one and not in the other. What a clock had counted, and when it was
due, stands in the lines that moved it: the plan of now may have other days than that of then.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from schemas.events.assignment import CaseAssigned
from schemas.events.base import CaseFact, in_utc
from schemas.events.case import CaseRegistered
from schemas.events.case_file import FiledClock
from schemas.events.clocks import CaseUrgencyRaised
from schemas.events.requests import CaseExtended, PendingRequest
from schemas.lifecycle import Actor, CaseState
from schemas.plan import Plan
from schemas.plan.handling_clock import HandlingClock
from schemas.standing import Turn, whose_turn
from services.notifier.domain.beginning import file_of
from services.notifier.domain.case import Case, CaseFile
from services.notifier.domain.colours import Colour, colour_of
from services.notifier.domain.evolve import evolve
from services.notifier.domain.facts import Happened
from services.notifier.domain.stages import Stages, Stretch

_NOWHERE: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the story that is an event: its number, what happened, and who caused it.

    `clock` is the handling clock after it, as it was counted then; None where nobody kept it.
    """

    number: int
    fact: CaseFact
    actor: Actor
    clock: FiledClock | None = None


@dataclass(slots=True, kw_only=True)
class Move(Stretch):
    """A time in which it was one party's move, and until when it had to be made."""

    turn: Turn

    def is_late(self, now: datetime) -> bool:
        """Tell whether the move was made, or waits, after its end."""
        return self.turn.is_late(self.until or now)


@dataclass(slots=True, kw_only=True)
class Run(Stretch):
    """A time in which a handling clock ran: what it had counted before, and by its end."""

    used_before: timedelta
    used_after: timedelta | None = None


@dataclass(slots=True, kw_only=True)
class Rest(Stretch):
    """A time in which a handling clock stood; the line that began it says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """The limit was added to its end once more: when, by which line, and both ends."""

    at: datetime
    line: int
    before: datetime
    after: datetime


@dataclass(slots=True, kw_only=True)
class Asked(Stretch):
    """A request that waited, until when it was to be decided, and the fact that ended it."""

    pending: PendingRequest
    outcome: str | None = None

    def is_late(self, now: datetime) -> bool:
        """Tell whether it was decided, or waits, after its time."""
        return self.pending.decide_by < (self.until or now)


@dataclass(slots=True, kw_only=True)
class Account:
    """The handling clock of one department: its limit, as the standard writes it, and its runs.

    Between two runs it rests. Each addition made the limit longer.
    """

    department: str
    person: str | None
    limit_text: str
    clock: HandlingClock
    due_by: datetime | None = None
    runs: list[Run] = field(default_factory=list)
    rests: list[Rest] = field(default_factory=list)
    additions: list[Addition] = field(default_factory=list)

    def used(self, now: datetime) -> timedelta:
        """Return what the clock has counted."""
        return self.clock.elapsed(now)

    def colour(self, now: datetime, *, remind_at: float) -> Colour:
        """Return how near its end the limit is; one that was told to be over stays so."""
        if self.due_by is not None and self.due_by < now:
            return Colour.RED
        return colour_of(self.used(now), self.clock.whole, remind_at=remind_at)


@dataclass(slots=True)
class Ledger:
    """Whose move it was at each instant from registration to closing, and every handling clock.

    `current` is the account whose clock is the case's. Besides, what was asked for and waited for
    somebody to decide, and the clocks of the stages that the case passed. `file` is the case as it
    stands.
    """

    moves: list[Move] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    current: Account | None = None
    requests: list[Asked] = field(default_factory=list)
    stages: Stages = field(default_factory=Stages)
    file: CaseFile | None = None


def ledger_of(story: Iterable[Line], *, plan: Plan) -> Ledger:
    """Return the ledger that the events of a case's story, in their order, come to."""
    ledger, file = Ledger(), None
    for line in story:
        if isinstance(line.fact, CaseRegistered):
            file = file_of(line.fact, partition=_NOWHERE)
        if file is not None:
            _live(file, line, plan)
            at = in_utc(line.fact.at)
            _note_move(ledger, file.case, line, at)
            _note_clock(ledger, file.case, line, at)
            _note_requests(ledger, file.case, line, at)
            ledger.stages.note(file, line.fact, line=line.number, plan=plan)
    ledger.file = file
    return ledger


def _live(file: CaseFile, line: Line, plan: Plan) -> None:
    if isinstance(line.fact, CaseAssigned) and file.case.state is CaseState.ASSIGNED:
        # Who had it until now stays known: its clock is set aside.
        file.case.state = CaseState.REGISTERED
    evolve(file, Happened(fact=line.fact, actor=line.actor), plan)
    if line.clock is not None and file.case.clock is not None:
        # As it was counted when the line was written, by the days of then.
        file.case.clock = line.clock.as_clock().counted_by(file.case.clock.counting)
        file.case.due_by = None if line.clock.due_by is None else in_utc(line.clock.due_by)


def _note_move(ledger: Ledger, case: Case, line: Line, at: datetime) -> None:
    turn, last = whose_turn(case), ledger.moves[-1] if ledger.moves else None
    if last is not None and last.until is None:
        if turn is not None and replace(turn, until=None) == replace(last.turn, until=None):
            last.turn = turn
            return
        last.until, last.ended = at, line.number
    if turn is not None:
        ledger.moves.append(Move(since=at, began=line.number, turn=turn))


def _note_clock(ledger: Ledger, case: Case, line: Line, at: datetime) -> None:
    clock = case.clock
    if clock is None:
        return
    account = ledger.current = _account(ledger, case, clock, line, at)
    if account is not None:
        account.person = case.person or account.person
        _note_run(account, clock, line, at)
        account.due_by = case.due_by
        if isinstance(line.fact, CaseExtended):
            fact = line.fact
            account.additions.append(
                Addition(at=at, line=line.number, before=fact.before, after=fact.after)
            )


def _account(
    ledger: Ledger, case: Case, clock: HandlingClock, line: Line, at: datetime
) -> Account | None:
    """Return whose clock it is from a line on: the same as before, one that began or is back."""
    account, back = ledger.current, _taken_up(ledger, case, line.fact)
    limit_text = None if back else _limit_begun(line.fact, is_first=account is None)
    if back is None and limit_text is None:
        return account
    if account is not None:
        _note_run(account, account.clock.stopped(at), line, at)
        _end(account.rests, line, at)
    if back is not None:
        for rest in back.rests[-1:]:
            rest.until = rest.ended = None  # it went on while another department had the case
        return back
    began = Account(
        department=case.department or "",
        person=case.person,
        limit_text=limit_text or "",
        clock=clock,
    )
    ledger.accounts.append(began)
    return began


def _taken_up(ledger: Ledger, case: Case, fact: CaseFact) -> Account | None:
    """Return the account of a department that gets the case back and goes on with its own clock."""
    account = ledger.current
    if account is None or not isinstance(fact, CaseAssigned) or not fact.resumes:
        return None
    if account.department == case.department:
        return None
    own = (one for one in reversed(ledger.accounts) if one.department == case.department)
    return next(own, None)


def _limit_begun(fact: CaseFact, *, is_first: bool) -> str | None:
    """Return the limit that a fact begins anew, as the standard writes it; None where none does."""
    if isinstance(fact, CaseAssigned):
        return fact.limit_text if is_first or not fact.resumes else None
    return fact.limit_text if isinstance(fact, CaseUrgencyRaised) else None


def _note_run(account: Account, clock: HandlingClock, line: Line, at: datetime) -> None:
    """Begin or end a run as the clock goes on or stands after a line of the story."""
    run = account.runs[-1] if account.runs and account.runs[-1].until is None else None
    if clock.since is None and run is not None:
        run.until, run.ended, run.used_after = at, line.number, clock.used
        account.due_by = None
        account.rests.append(Rest(since=at, began=line.number))
    elif clock.since is not None and run is None:
        _end(account.rests, line, at)
        account.runs.append(Run(since=clock.since, began=line.number, used_before=clock.used))
    account.clock = clock


def _end(stretches: Sequence[Stretch], line: Line, at: datetime) -> None:
    """End the last of these, if it goes on."""
    if stretches and stretches[-1].until is None:
        stretches[-1].until, stretches[-1].ended = at, line.number


def _note_requests(ledger: Ledger, case: Case, line: Line, at: datetime) -> None:
    """Begin a stretch for each request that waits from now on, and end those that do no more."""
    waiting = {one.request_id: one for one in case.requests}
    for asked in ledger.requests:
        if waiting.pop(asked.pending.request_id, None) is None and asked.until is None:
            asked.until, asked.ended, asked.outcome = at, line.number, line.fact.type
    ledger.requests += [Asked(since=at, began=line.number, pending=one) for one in waiting.values()]
