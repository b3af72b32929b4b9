"""One batch's work: the files it is about, what it tells, and what it must save."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from schemas import topics
from schemas.cloudevents import CloudEvent
from schemas.events.base import CaseFact, event_of, source_of
from schemas.events.notice import Notice
from schemas.lifecycle import Actor, CaseEvent
from schemas.plan import Plan
from schemas.vocabulary import REPORTERS, SUPERVISION, derived_id
from services.kit.records import message_of
from services.kit.stage.batch import Batch
from services.kit.stage.timers import Deadline
from services.notifier.domain import labels
from services.notifier.domain.case import (
    Case,
    CaseFile,
    Follower,
    Part,
    PartStatus,
    StoryLine,
)
from services.notifier.domain.clocks import TimerKind
from services.notifier.domain.notices import TEXTS, Address, Template, as_exercise, handler
from services.notifier.domain.story import LINES
from services.notifier.domain.words import Words, filled, listed
from services.notifier.store.files import Rejection
from services.notifier.store.parked import Parked
from services.notifier.store.rows import Scene
from services.notifier.use_cases.inputs import Input
from services.notifier.use_cases.tally import Issued, Offered, Tally

SERVICE: Final = "notifier"
_MOVES: Final = frozenset(str(event) for event in CaseEvent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a line of a story is about: the event, since when it is true, and whose it is."""

    type: str
    at: datetime
    actor: Actor
    party: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What everybody who waits for a case is told once its followers are loaded, and by what.

    `joined` is how many followers the batch had brought by then: who comes later is told what holds
    when he joins.
    """

    case: Case
    template: Template
    values: dict[str, object]
    cause: str
    joined: int


@dataclass(slots=True)
class Changes:
    """What a batch must save beside the files themselves; `scenes` are those of new cases."""

    scenes: dict[UUID, Scene] = field(default_factory=dict)
    changed: set[UUID] = field(default_factory=set)
    parts: dict[UUID, Part] = field(default_factory=dict)
    followers: list[Follower] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    totals: dict[tuple[int, str], int] = field(default_factory=dict)
    timers: dict[tuple[UUID, str], Deadline | None] = field(default_factory=dict)
    parked: dict[UUID, Parked] = field(default_factory=dict)
    unparked: set[UUID] = field(default_factory=set)
    announcements: list[Announcement] = field(default_factory=list)


@dataclass(slots=True)
class Work:
    """A batch under one plan. `cause` is the event or the timer that is being worked on.

    `merged` tells the primary of ids that are merged reports; `waiting` are parked answers by case,
    `early` those who joined a case before it was known here.
    """

    batch: Batch[Input]
    plan: Plan
    files: dict[UUID, CaseFile]
    merged: dict[UUID, UUID] = field(default_factory=dict)
    waiting: dict[UUID, list[Parked]] = field(default_factory=dict)
    early: dict[UUID, list[Follower]] = field(default_factory=dict)
    rejected: set[UUID] = field(default_factory=set)
    changes: Changes = field(default_factory=Changes)
    tally: Tally = field(default_factory=Tally)
    cause: str = ""

    @property
    def now(self) -> datetime:
        """The instant all of the batch is decided at."""
        return self.batch.now

    # Words ----------------------------------------------------------------------------------

    def say(self, form: Words, values: dict[str, object]) -> Words:
        """Return a form filled in, times in the plan's zone."""
        return filled(form, zone=self.plan.timezone, values=values)

    def name(self, department: str | None) -> Words:
        """Return a department's titles; its code when the plan has it no longer."""
        known = self.plan.departments.get(department or "")
        return Words(known.title_en, known.title_zh) if known else Words(*[department or "-"] * 2)

    def parties(self, codes: Iterable[str]) -> Words:
        """Return the titles of several parties, the supervision and the reporters among them."""
        watching = self.plan.supervision
        known = {
            SUPERVISION: Words(watching.title_en, watching.title_zh),
            REPORTERS: labels.REPORTERS,
        }
        return listed(known.get(code) or self.name(code) for code in codes)

    def names(self, departments: Iterable[str]) -> Words:
        """Return the titles of several departments, one after the other."""
        return listed(self.name(code) for code in departments)

    # Telling --------------------------------------------------------------------------------

    def tell(
        self,
        file: CaseFile,
        fact: CaseFact,
        *,
        actor: Actor,
        party: str = SERVICE,
        **values: object,
    ) -> None:
        """Tell an event of our own: move the case where the table leads, publish, add to the story.

        Raises `IllegalTransition` before anything is told.
        """
        case = file.case
        if fact.type in _MOVES:
            case.move(CaseEvent(fact.type), actor=actor)
        case.own_seq = self.batch.next_number(case.case_id, last=case.own_seq, kind=fact.type)
        event = event_of(fact, service=SERVICE, sequence=case.own_seq, cause=self.cause)
        self.batch.emit(message_of(event, topic=topics.CASES), partition=case.partition)
        line = Line(type=fact.type, at=fact.at, actor=actor, party=party, data=event.data)
        self.note(file, line, **values)
        if not case.exercise:
            self.tally.events.append((fact.type, case.source))

    def note(self, file: CaseFile, line: Line, **values: object) -> None:
        """Add a line to the story of a case, which is saved."""
        case = file.case
        case.lines += 1
        text = self.say(LINES[line.type], {"department": self.name(case.department)} | values)
        file.new_lines.append(
            StoryLine(
                case_id=case.case_id,
                number=case.lines,
                at=line.at,
                type=line.type,
                actor=str(line.actor),
                party=line.party,
                text_en=text.en,
                text_zh=text.zh,
                data=line.data.decode(),
            )
        )
        self.changes.changed.add(case.case_id)

    def notify(self, case: Case, template: Template, address: Address, **values: object) -> None:
        """Issue a notice about a case to somebody."""
        self._notify(case, template, address, values)

    def offer(self, case: Case, offered: Offered, **values: object) -> None:
        """Tell a department what it is offered."""
        address = handler(offered.offer.department, offered.offer.person)
        self._notify(case, Template.OFFERED, address, values, offered=offered)

    def _notify(
        self,
        case: Case,
        template: Template,
        address: Address,
        values: dict[str, object],
        *,
        offered: Offered | None = None,
    ) -> None:
        known: dict[str, object] = {
            "case_id": case.case_id,
            "title": Words(case.title_en, case.title_zh),
            "source_id": case.source_id,
            "department": self.name(case.department),
            "due_by": case.due_by or self.now,
        }
        text = self.say(TEXTS[template], known | values)
        self.issue(
            Notice(
                case_id=case.case_id,
                at=self.now,
                audience=address.audience,
                recipient=address.recipient,
                template=template,
                text_en=text.en,
                text_zh=text.zh,
                level=case.level,
                exercise=case.exercise,
            ),
            partition=case.partition,
            number=case.own_seq,
            offered=offered,
        )

    def announce(self, case: Case, template: Template, **values: object) -> None:
        """Tell the reporter and every follower of a case at the end of the batch."""
        self.changes.announcements.append(
            Announcement(
                case=case,
                template=template,
                values=values,
                cause=f"{self.cause}/{case.own_seq}",
                joined=len(self.changes.followers),
            )
        )

    def issue(
        self,
        notice: Notice,
        *,
        partition: int,
        number: int = 0,
        offered: Offered | None = None,
    ) -> None:
        """Publish a notice; its id follows from its cause, so a repeat has the same.

        Of an exercise only the plan's contacts for exercises are told, and that it is one.
        """
        if notice.exercise:
            address = Address(notice.audience, notice.recipient)
            if address.party not in self.plan.exercises.contacts:
                return
            text = as_exercise(Words(notice.text_en, notice.text_zh))
            notice = notice.model_copy(update={"text_en": text.en, "text_zh": text.zh})
        key = str(notice.case_id)
        event = CloudEvent(
            id=derived_id("notice", key, self.cause, number, notice.template, notice.recipient),
            type=notice.type,
            source=source_of(SERVICE),
            subject=key,
            time=notice.at,
            data=notice.encoded(),
            key=key,
            cause=self.cause,
        )
        self.batch.emit(message_of(event, topic=topics.NOTICES), partition=partition)
        self.tally.notices.append(Issued(id=event.id, notice=notice, offered=offered))

    # Keeping --------------------------------------------------------------------------------

    def release(self, case: Case, part: Part) -> None:
        """Take a part back from a department that is still at it, and tell it so."""
        part.become(PartStatus.REVOKED, now=self.now)
        self.keep_part(part)
        self.notify(case, Template.RELEASED, handler(part.department, part.person))

    def keep_part(self, part: Part) -> None:
        """Remember to save a part."""
        self.changes.parts[part.assignment_id] = part

    def arm(self, case: Case, kind: TimerKind, due_at: datetime) -> None:
        """Set a timer of a case."""
        self.changes.timers[case.case_id, kind] = Deadline(
            subject=case.case_id, kind=kind, partition=case.partition, due_at=due_at
        )

    def disarm(self, case: Case, kinds: Iterable[TimerKind]) -> None:
        """Cancel timers of a case."""
        for kind in kinds:
            self.changes.timers[case.case_id, kind] = None

    def count_case(self, case: Case, kind: str, *, change: int = 1) -> None:
        """Add to the totals of what cases became; exercises are not counted."""
        if not case.exercise:
            totals = self.changes.totals
            totals[case.partition, kind] = totals.get((case.partition, kind), 0) + change

    def count_clock(self, case: Case, kind: str) -> None:
        """Count a stretch of a clock that begins; exercises are not counted."""
        if not case.exercise:
            self.tally.clocks.append(kind)
