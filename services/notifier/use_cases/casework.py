"""What happens to the cases of a batch, and all that follows from each fact.

A fact changes its file, is told, stands in the story, moves timers, is noticed and counted: each by
the table of its kind, and nothing is handed along beside it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from schemas import topics
from schemas.events.acting import ActedFact
from schemas.events.base import CaseFact, event_of, in_utc
from schemas.events.case_file import FiledClock
from schemas.events.ending import CaseMergedInto, CaseUnmerged
from schemas.plan import Plan
from schemas.vocabulary import NOTIFIER
from schemas.words.sentence import Reading, sentence
from schemas.words.story import ACTED, LINES
from schemas.words.titles import reading_of
from services.kit.records import message_of
from services.kit.stage.batch import Batch
from services.kit.stage.timers import Deadline
from services.notifier.domain.case import Case, CaseFile, Follower
from services.notifier.domain.clocks import TimerKind
from services.notifier.domain.deadlines import MOVES_HANDLING, due_again, timers_after
from services.notifier.domain.evolve import evolve
from services.notifier.domain.facts import Fact, Happened, Life, Refusal
from services.notifier.domain.lateness import overdue
from services.notifier.domain.merging import following
from services.notifier.domain.part import Part
from services.notifier.domain.story_line import StoryLine
from services.notifier.domain.undecided import lapsed
from services.notifier.use_cases.notifying import Notices
from services.notifier.use_cases.tally import Tally

_MERGING: Final = (CaseMergedInto, CaseUnmerged)


def _clock_of(case: Case) -> FiledClock | None:
    """Return the handling clock of a case as it stands."""
    return None if case.clock is None else FiledClock.of(case.clock, due_by=case.due_by)


def caused_by(kind: str, due_at: datetime) -> str:
    """Return what an event names as its cause that happens because a deadline has come."""
    return f"timer/{kind}/{due_at.isoformat()}"


@dataclass(slots=True, kw_only=True)
class Casework:
    """The cases of a batch under one plan, and what the batch must save beside them.

    `timers` are by subject and kind, None where one ends; `asked_for` are cases whose
    files somebody wants. `lanes` are those of cases that others are merged into, `merges` what
    each case that was merged, or is no more, follows now.
    """

    batch: Batch[Any]
    plan: Plan
    files: dict[UUID, CaseFile]
    tally: Tally = field(default_factory=Tally)
    changed: set[UUID] = field(default_factory=set)
    asked_for: set[UUID] = field(default_factory=set)
    parts: dict[UUID, Part] = field(default_factory=dict)
    lines: list[StoryLine] = field(default_factory=list)
    timers: dict[tuple[UUID, str], Deadline | None] = field(default_factory=dict)
    lanes: dict[UUID, int] = field(default_factory=dict)
    merges: dict[UUID, Follower | None] = field(default_factory=dict)
    reading: Reading = field(init=False)
    notices: Notices = field(init=False)

    def __post_init__(self) -> None:
        """Write sentences with times in the plan's zone and parties by their titles."""
        self.reading = reading_of(self.plan)
        self.notices = Notices(
            batch=self.batch, plan=self.plan, reading=self.reading, issued=self.tally.notices
        )

    @property
    def now(self) -> datetime:
        """The instant all of the batch is decided at."""
        return self.batch.now

    def live(self, file: CaseFile, life: Life, *, cause: str) -> Refusal | None:
        """Let each fact of a decision happen before the next one is decided.

        That the limit ran out is told before. Requests that it leaves without an object lapse.
        Returns why nothing happened. Raises `IllegalTransition` for news that the table forbids.
        """
        self.tell_overrun(file)
        refusal = self._live(file, life, cause=cause)
        if file.case.requests:
            self._live(file, lapsed(file, self.plan, self.now), cause=cause)
        return refusal

    def tell_overrun(self, file: CaseFile) -> None:
        """Tell that a limit is over, before what comes stops, moves or ends its clock."""
        case = file.case
        if case.is_overrun(self.now) and case.due_by is not None:
            cause = caused_by(TimerKind.OVERDUE, case.due_by)  # and not by what is heard
            self._live(file, overdue(file, self.plan, self.now), cause=cause)

    def _live(self, file: CaseFile, life: Life, *, cause: str) -> Refusal | None:
        while True:
            try:
                happened = next(life)
            except StopIteration as end:
                refusal: Refusal | None = end.value
                return refusal
            self._happen(file, happened, cause=cause)

    def _happen(self, file: CaseFile, happened: Happened, *, cause: str) -> None:
        parts = evolve(file, happened, self.plan)
        self.changed.add(file.case.case_id)
        self.parts |= {part.assignment_id: part for part in parts}
        self.write_line(file, happened, data=self._told(file, happened, cause=cause))
        self._set_timers(file, happened)
        self._merge(file.case, happened.fact)
        self.notices.tell(file, happened, parts, cause=cause)
        self.tally.count(file, happened)

    def _told(self, file: CaseFile, happened: Happened, *, cause: str) -> bytes:
        """Publish an event of our own as the case's next; returns the fact as JSON."""
        fact, case = happened.fact, file.case
        if happened.heard is not None:
            return happened.heard
        if not isinstance(fact, CaseFact):
            return fact.encoded()
        case.own_seq = self.batch.next_number(case.case_id, last=case.own_seq, kind=fact.type)
        event = event_of(fact, service=NOTIFIER, sequence=case.own_seq, cause=cause)
        self.batch.emit(message_of(event, topic=topics.CASES), partition=case.partition)
        return event.data

    def write_line(self, file: CaseFile, happened: Happened, *, data: bytes) -> None:
        """Add to the story of a case, where a fact of this kind has a line in it."""
        fact, case = happened.fact, file.case
        form = LINES.get(fact.type)
        if form is None:
            return
        case.lines += 1
        self.changed.add(case.case_id)
        text = sentence(form, fact, reading=self.reading, case=case)
        if isinstance(fact, ActedFact) and fact.acting is not None:
            text = sentence(ACTED, fact, reading=self.reading, line=text)
        self.lines.append(
            StoryLine(
                case_id=case.case_id,
                number=case.lines,
                at=in_utc(fact.at),
                type=fact.type,
                actor=str(happened.actor),
                party=happened.party,
                text_en=text.en,
                text_zh=text.zh,
                data=data.decode(),
                clock=_clock_of(case) if type(fact) in MOVES_HANDLING else None,
            )
        )

    def _set_timers(self, file: CaseFile, happened: Happened) -> None:
        case = file.case
        due = timers_after(happened.fact, file, plan=self.plan, now=self.now)
        for kind, due_at in due.items():
            self.set_timer(case.case_id, kind, partition=case.partition, due_at=due_at)

    def wait_on(self, file: CaseFile, kind: TimerKind) -> None:
        """Set a timer again that fired before its time, if nothing that happened has."""
        case = file.case
        due_at = due_again(file, kind, plan=self.plan, now=self.now)
        if due_at is not None and (case.case_id, kind) not in self.timers:
            self.set_timer(case.case_id, kind, partition=case.partition, due_at=due_at)

    def _merge(self, case: Case, fact: Fact) -> None:
        """Let a merged case follow the other one, whose own lane looks who joined it."""
        if not isinstance(fact, _MERGING):
            return
        primary = fact.primary_id
        self.merges[case.case_id] = (
            following(case, fact) if isinstance(fact, CaseMergedInto) else None
        )
        lane = self.files[primary].case.partition if primary in self.files else self.lanes[primary]
        self.set_timer(primary, TimerKind.MERGED, partition=lane, due_at=self.now)

    def set_timer(
        self, subject: UUID, kind: str, *, partition: int, due_at: datetime | None
    ) -> None:
        """Set a timer, or end it where `due_at` is None."""
        deadline = None
        if due_at is not None:
            deadline = Deadline(subject=subject, kind=kind, partition=partition, due_at=due_at)
        self.timers[subject, kind] = deadline
