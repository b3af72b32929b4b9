"""One answer at a time: whose word it is, what it answers, and the refusal when it changes nothing.

An answer to what is not known yet waits for it: `cases.v1` may lag behind a quick department.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from schemas import topics
from schemas.cloudevents import CloudEvent
from schemas.events.base import source_of
from schemas.events.feedback import FEEDBACK, FeedbackRefused
from schemas.lifecycle import Actor, CaseState
from schemas.vocabulary import Word, derived_id
from schemas.words.form import Words
from schemas.words.refusals import MESSAGES, Reason
from schemas.words.sentence import sentence
from services.kit.records import message_of
from services.notifier.domain.answers import words_of
from services.notifier.domain.case import CaseFile
from services.notifier.domain.clocks import TimerKind
from services.notifier.domain.decide import ANSWERS
from services.notifier.domain.facts import SERVICE, Happened, Refusal
from services.notifier.store.parked import Parked
from services.notifier.use_cases.casework import Casework
from services.notifier.use_cases.inputs import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refused:
    """What the sentence of a refusal is filled from."""

    party: str
    word: Word
    words: tuple[Word, ...]
    state: CaseState | None
    allowed: tuple[Word, ...]
    missing: tuple[str, ...]
    detail: object


@dataclass(slots=True, kw_only=True)
class Answers:
    """The answers of a batch.

    `merged` tells the primary of ids that are merged reports; `waiting` are parked answers by case;
    `parked` those that wait from now on, `unparked` the ids of those that do no more.
    """

    casework: Casework
    merged: dict[UUID, UUID]
    waiting: dict[UUID, list[Parked]]
    parked: dict[UUID, Parked] = field(default_factory=dict)
    unparked: set[UUID] = field(default_factory=set)

    def hear(self, answer: Answer, *, partition: int) -> None:
        """Carry an answer out, let it wait for what it answers, or refuse it."""
        refusal = self._unsaid(answer)
        if refusal is None and self._is_early(answer):
            self._park(answer, partition=partition)
            return
        if refusal is None:
            refusal = self._carried_out(answer)
        if refusal is not None:
            self._refuse(answer, refusal, partition=partition)

    def _unsaid(self, answer: Answer) -> Refusal | None:
        """Return why this party cannot say this, of this case, at any time."""
        words = words_of(answer.party)
        if answer.said.kind not in words:
            return Refusal(reason=Reason.NOT_YOUR_WORD, allowed=tuple(sorted(words)))
        primary = self.merged.get(answer.case_id)
        if primary is not None and answer.case_id not in self.casework.files:
            return Refusal(reason=Reason.MERGED, detail=str(primary))
        return None

    def _is_early(self, answer: Answer) -> bool:
        file = self.casework.files.get(answer.case_id)
        if file is None:
            return True
        return answer.assignment_id is not None and answer.assignment_id not in file.parts

    def _carried_out(self, answer: Answer) -> Refusal | None:
        work, file = self.casework, self.casework.files[answer.case_id]
        said = answer.said
        life = ANSWERS[Word(said.kind)](file, said, answer.party, work.plan, work.now)
        refusal = work.live(file, life, cause=str(answer.id))
        if refusal is None:
            work.tally.answers.append((said.kind, "taken"))
        return refusal

    # Refused --------------------------------------------------------------------------------

    def _refuse(self, answer: Answer, refusal: Refusal, *, partition: int) -> None:
        """Tell why an answer changes nothing; of a known case the story keeps it."""
        work, file = self.casework, self.casework.files.get(answer.case_id)
        fact = self._refused(answer, refusal, state=None if file is None else file.case.state)
        event = _event_of(fact, cause=_cause_of(answer, file))
        work.batch.emit(message_of(event, topic=topics.FEEDBACK_REFUSALS), partition=partition)
        work.tally.answers.append((fact.kind, fact.reason))
        if file is not None:
            happened = Happened(fact=fact, actor=Actor.SYSTEM, party=answer.party)
            work.write_line(file, happened, data=event.data)

    def _refused(
        self, answer: Answer, refusal: Refusal, *, state: CaseState | None
    ) -> FeedbackRefused:
        said, message = answer.said, self._message(answer, refusal, state=state)
        return FeedbackRefused(
            case_id=said.case_id,
            at=self.casework.now,
            feedback_id=said.feedback_id,
            party=answer.party,
            kind=said.kind,
            reason=refusal.reason,
            message_en=message.en,
            message_zh=message.zh,
            state=state,
            allowed=refusal.allowed,
        )

    def _message(self, answer: Answer, refusal: Refusal, *, state: CaseState | None) -> Words:
        refused = _Refused(
            party=answer.party,
            word=Word(answer.said.kind),
            words=tuple(sorted(words_of(answer.party))),
            state=state,
            allowed=refusal.allowed,
            missing=refusal.missing,
            detail=refusal.detail,
        )
        return sentence(MESSAGES[refusal.reason], refused, reading=self.casework.reading)

    # Too early ------------------------------------------------------------------------------

    def _park(self, answer: Answer, *, partition: int) -> None:
        work = self.casework
        self.parked[answer.id] = Parked(
            id=answer.id,
            case_id=answer.case_id,
            party=answer.party,
            body=answer.data,
            partition=partition,
            parked_at=work.now,
            number=len(self.parked),
        )
        until = work.now + work.plan.limits.parked_for
        work.set_timer(answer.id, TimerKind.PARKED, partition=partition, due_at=until)
        work.tally.answers.append((answer.said.kind, "parked"))

    def replay(self, file: CaseFile) -> None:
        """Hear the answers that waited for what the case knows now, in the order they came."""
        still_early = []
        for parked in self.waiting.pop(file.case.case_id, []):
            answer = _answer_of(parked)
            if self._is_early(answer):
                still_early.append(parked)
                continue
            self._unpark(parked)
            self.hear(answer, partition=file.case.partition)
        if still_early:
            self.waiting[file.case.case_id] = still_early

    def waited_in_vain(self, id_: UUID) -> None:
        """Refuse the answer of this id, whose assignment or case did not arrive in time."""
        for parked in [one for one in _all(self.waiting.values()) if one.id == id_]:
            answer = _answer_of(parked)
            self._unpark(parked)
            if not self._is_early(answer):
                self.hear(answer, partition=parked.partition)
                continue
            known = answer.case_id in self.casework.files or answer.assignment_id is not None
            reason = Reason.UNKNOWN_ASSIGNMENT if known else Reason.UNKNOWN_CASE
            refusal = self._unsaid(answer) or Refusal(reason=reason)
            self._refuse(answer, refusal, partition=parked.partition)

    def _unpark(self, parked: Parked) -> None:
        self.unparked.add(parked.id)
        self.casework.set_timer(
            parked.id, TimerKind.PARKED, partition=parked.partition, due_at=None
        )


def _all(several: Iterable[list[Parked]]) -> Iterable[Parked]:
    return (one for waiting in several for one in waiting)


def _answer_of(parked: Parked) -> Answer:
    """Return the answer that waited; its bytes were checked when it came."""
    said = FEEDBACK.validate_json(parked.body)
    return Answer(id=parked.id, party=parked.party, said=said, data=parked.body)


def _cause_of(answer: Answer, file: CaseFile | None) -> str:
    """Return what led to a refusal, and after which event of the case: nothing else says that."""
    return str(answer.id) if file is None else f"{answer.id}/{file.case.own_seq}"


def _event_of(fact: FeedbackRefused, *, cause: str) -> CloudEvent:
    return CloudEvent(
        id=derived_id("refusal", fact.party, fact.feedback_id),
        type=fact.type,
        source=source_of(SERVICE),
        subject=str(fact.case_id),
        time=fact.at,
        data=fact.encoded(),
        key=str(fact.case_id),
        cause=cause,
    )
