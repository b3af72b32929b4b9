"""What is said of cases, one answer or command at a time: carried out, or refused.

What is said of something that is not known yet waits for it: `cases.v1` may lag behind a quick
department.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from schemas import topics
from schemas.events.base import event_of
from schemas.events.commands import COMMAND, Merge
from schemas.events.feedback import FEEDBACK
from schemas.events.refusals import Refused
from schemas.lifecycle import Actor, CaseState
from schemas.vocabulary import NOTIFIER, CommandKind, Word
from schemas.words.form import Words
from schemas.words.refusals import MESSAGES, Reason
from schemas.words.sentence import sentence
from services.kit.records import message_of
from services.notifier.domain.case import Case, CaseFile
from services.notifier.domain.clocks import TimerKind
from services.notifier.domain.facts import Happened, Refusal
from services.notifier.store.parked import Parked
from services.notifier.use_cases.casework import Casework
from services.notifier.use_cases.inputs import Answer, Command, Said


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refused:
    """What the sentence of a refusal is filled from."""

    party: str
    word: Word | CommandKind
    words: tuple[Word | CommandKind, ...]
    state: CaseState | None
    allowed: tuple[Word | CommandKind, ...]
    missing: tuple[str, ...]
    detail: object

    @property
    def department(self) -> object:
        """The detail, where it is a department."""
        return self.detail


@dataclass(slots=True, kw_only=True)
class Hearing:
    """The answers and commands of a batch.

    `merged` tells the primary of ids that are merged reports; `waiting` is what is parked, by case;
    `parked` what waits from now on, `unparked` the ids of what does no more.
    """

    casework: Casework
    merged: dict[UUID, UUID]
    waiting: dict[UUID, list[Parked]]
    parked: dict[UUID, Parked] = field(default_factory=dict)
    unparked: set[UUID] = field(default_factory=set)

    def hear(self, said: Said, *, partition: int) -> None:
        """Carry out what is said, let it wait for what it is about, or refuse it."""
        refusal = self._unsaid(said)
        if refusal is None and self._is_early(said):
            self._park(said, partition=partition)
            return
        if refusal is None:
            refusal = self._carried_out(said)
        if refusal is not None:
            self._refuse(said, refusal, partition=partition)

    def _unsaid(self, said: Said) -> Refusal | None:
        """Return why this party cannot say this, of this case, at any time."""
        refusal = said.barred()
        if refusal is not None:
            return refusal
        primary = self.merged.get(said.case_id)
        if primary is not None and said.case_id not in self.casework.files:
            return Refusal(reason=Reason.MERGED, detail=str(primary))
        return None

    def _is_early(self, said: Said) -> bool:
        file = self.casework.files.get(said.case_id)
        return file is None or said.is_early(file)

    def _carried_out(self, said: Said) -> Refusal | None:
        work, file = self.casework, self.casework.files[said.case_id]
        file.into = self._named(said)
        life = said.decide(file, work.plan, work.now)
        refusal = work.live(file, life, cause=str(said.id))
        if refusal is None:
            work.tally.hear(said.kind, "taken")
        return refusal

    def _named(self, said: Said) -> Case | UUID | None:
        """Return the case that a command names besides, as it is now, or a report's primary."""
        id_ = named_in(said)
        if id_ is None:
            return None
        file = self.casework.files.get(id_)
        return self.merged.get(id_) if file is None else file.case

    # Refused --------------------------------------------------------------------------------

    def _refuse(self, said: Said, refusal: Refusal, *, partition: int) -> None:
        """Tell why what was said changes nothing; of a known case the story keeps it."""
        work, file = self.casework, self.casework.files.get(said.case_id)
        fact = self._refused(said, refusal, state=None if file is None else file.case.state)
        cause = str(said.id)
        if file is not None:
            cause = file.case.told_after(cause, line=file.case.lines + 1)
        event = event_of(fact, service=NOTIFIER, sequence=0, cause=cause, id_=said.refusal_id)
        work.batch.emit(message_of(event, topic=topics.FEEDBACK_REFUSALS), partition=partition)
        work.tally.hear(said.kind, fact.reason)
        if file is not None:
            happened = Happened(fact=fact, actor=Actor.SYSTEM, party=said.party)
            work.write_line(file, happened, data=event.data)

    def _refused(self, said: Said, refusal: Refusal, *, state: CaseState | None) -> Refused:
        message = self._message(said, refusal, state=state)
        return said.refused(
            case_id=said.case_id,
            at=self.casework.now,
            kind=said.kind,
            reason=refusal.reason,
            field=refusal.field,
            message_en=message.en,
            message_zh=message.zh,
            state=state,
            allowed=refusal.allowed,
        )

    def _message(self, said: Said, refusal: Refusal, *, state: CaseState | None) -> Words:
        refused = _Refused(
            party=said.party,
            word=said.kind,
            words=said.possible,
            state=state,
            allowed=refusal.allowed,
            missing=refusal.missing,
            detail=refusal.detail,
        )
        return sentence(MESSAGES[refusal.reason], refused, reading=self.casework.reading)

    # Too early ------------------------------------------------------------------------------

    def _park(self, said: Said, *, partition: int) -> None:
        work = self.casework
        self.parked[said.id] = Parked(
            id=said.id,
            case_id=said.case_id,
            party=said.party if isinstance(said, Answer) else "",
            body=said.data,
            partition=partition,
            parked_at=work.now,
            number=len(self.parked),
        )
        until = work.now + work.plan.limits.parked_for
        work.set_timer(said.id, TimerKind.PARKED, partition=partition, due_at=until)
        work.tally.hear(said.kind, "parked")

    def replay(self, file: CaseFile) -> None:
        """Hear what waited for what the case knows now, in the order it came."""
        still_early = []
        for parked in self.waiting.pop(file.case.case_id, []):
            said = said_in(parked)
            if self._is_early(said):
                still_early.append(parked)
                continue
            self._unpark(parked)
            self.hear(said, partition=file.case.partition)
        if still_early:
            self.waiting[file.case.case_id] = still_early

    def waited_in_vain(self, id_: UUID) -> None:
        """Refuse what has this id: the assignment or case it is about did not arrive in time."""
        for parked in [one for one in _all(self.waiting.values()) if one.id == id_]:
            said = said_in(parked)
            self._unpark(parked)
            if not self._is_early(said):
                self.hear(said, partition=parked.partition)
                continue
            refusal = self._unsaid(said) or self._in_vain(said)
            self._refuse(said, refusal, partition=parked.partition)

    def _in_vain(self, said: Said) -> Refusal:
        """Return why what waited can wait no more."""
        file = self.casework.files.get(said.case_id)
        if said.assignment_id is not None:
            return Refusal(reason=Reason.UNKNOWN_ASSIGNMENT)
        if file is None:
            return Refusal(reason=Reason.UNKNOWN_CASE)
        return said.waited_in_vain(file)

    def _unpark(self, parked: Parked) -> None:
        self.unparked.add(parked.id)
        self.casework.set_timer(
            parked.id, TimerKind.PARKED, partition=parked.partition, due_at=None
        )


def _all(several: Iterable[list[Parked]]) -> Iterable[Parked]:
    return (one for waiting in several for one in waiting)


def named_in(said: Said) -> UUID | None:
    """Return the other case that a command names."""
    return said.said.into if isinstance(said.said, Merge) else None


def said_in(parked: Parked) -> Said:
    """Return what waited; its bytes were checked when it came."""
    id_, body = parked.id, parked.body
    if parked.party:
        return Answer(id=id_, party=parked.party, said=FEEDBACK.validate_json(body), data=body)
    return Command(id=id_, said=COMMAND.validate_json(body), data=body)
