"""One answer at a time: whose word it is, what it answers, and the refusal when it changes nothing.

An answer to what is not known yet waits for it: `cases.v1` may lag behind a quick department.
"""

from schemas import topics
from schemas.cloudevents import CloudEvent
from schemas.events.base import source_of
from schemas.events.feedback import (
    FEEDBACK,
    CheckFailedAnswer,
    CheckPassedAnswer,
    FeedbackRefused,
    Reopen,
)
from schemas.lifecycle import Actor
from schemas.vocabulary import derived_id
from services.kit.records import message_of
from services.kit.stage.timers import Deadline
from services.notifier.domain import labels
from services.notifier.domain.answers import Reason, Refusal, Word, words_of
from services.notifier.domain.case import CaseFile
from services.notifier.domain.clocks import TimerKind
from services.notifier.domain.refusals import MESSAGES
from services.notifier.domain.story import REFUSED
from services.notifier.domain.words import Words
from services.notifier.store.parked import Parked
from services.notifier.use_cases.answers import answer_assignment
from services.notifier.use_cases.closing import check_failed, check_passed, reopen
from services.notifier.use_cases.inputs import Answer
from services.notifier.use_cases.leaving import watch_leavers
from services.notifier.use_cases.work import SERVICE, Line, Work


def hear(work: Work, answer: Answer, *, partition: int) -> None:
    """Carry an answer out, let it wait for what it answers, or refuse it."""
    refusal = _unsaid(work, answer)
    if refusal is not None:
        refuse(work, answer, refusal, partition=partition)
    elif _is_early(work, answer):
        _park(work, answer, partition=partition)
    else:
        _carry_out(work, answer, partition=partition)


def _unsaid(work: Work, answer: Answer) -> Refusal | None:
    """Return why this party cannot say this, of this case, at any time."""
    words = words_of(answer.party)
    if answer.said.kind not in words:
        return Refusal(reason=Reason.NOT_YOUR_WORD, allowed=tuple(sorted(words)))
    primary = work.merged.get(answer.case_id)
    if primary is not None and answer.case_id not in work.files:
        return Refusal(reason=Reason.MERGED, detail=str(primary))
    return None


def _is_early(work: Work, answer: Answer) -> bool:
    file = work.files.get(answer.case_id)
    if file is None:
        return True
    return answer.assignment_id is not None and answer.assignment_id not in file.parts


def _carry_out(work: Work, answer: Answer, *, partition: int) -> None:
    refusal = _answered(work, work.files[answer.case_id], answer)
    if refusal is not None:
        refuse(work, answer, refusal, partition=partition)
    else:
        work.tally.answers.append((answer.said.kind, "taken"))


def _answered(work: Work, file: CaseFile, answer: Answer) -> Refusal | None:
    match answer.said:
        case CheckPassedAnswer() as said:
            return check_passed(work, file, answer, said=said)
        case CheckFailedAnswer() as said:
            refusal = check_failed(work, file, answer, said=said)
            watch_leavers(work, file)
            return refusal
        case Reopen() as said:
            return reopen(work, file, answer, said=said)
        case said:
            return answer_assignment(work, file, answer, said=said)


def refuse(work: Work, answer: Answer, refusal: Refusal, *, partition: int) -> None:
    """Tell why an answer changes nothing; of a known case the story keeps it."""
    said, file = answer.said, work.files.get(answer.case_id)
    state = None if file is None else file.case.state
    word = labels.WORD[Word(said.kind)]
    party = labels.PARTY.get(answer.party) or work.name(answer.party)
    message = work.say(
        MESSAGES[refusal.reason],
        {
            "party": party,
            "word": word,
            "words": labels.listed(labels.WORD[w] for w in sorted(words_of(answer.party))),
            "state": labels.STATE[state] if state else "-",
            "allowed": labels.listed(labels.WORD[w] for w in refusal.allowed),
            "missing": labels.listed(
                labels.EVIDENCE.get(kind, Words(kind, kind)) for kind in refusal.missing
            ),
            "detail": refusal.detail,
        },
    )
    fact = FeedbackRefused(
        case_id=said.case_id,
        at=work.now,
        feedback_id=said.feedback_id,
        party=answer.party,
        kind=said.kind,
        reason=refusal.reason,
        message_en=message.en,
        message_zh=message.zh,
        state=state,
        allowed=refusal.allowed,
    )
    event = _event_of(fact, cause=_cause_of(answer, file))
    work.batch.emit(message_of(event, topic=topics.FEEDBACK_REFUSALS), partition=partition)
    work.tally.answers.append((said.kind, refusal.reason))
    if file is not None:
        line = Line(
            type=REFUSED, at=work.now, actor=Actor.SYSTEM, party=answer.party, data=event.data
        )
        work.note(file, line, party=party, word=word, message=message)


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


# Answers that came too early ----------------------------------------------------------------


def _park(work: Work, answer: Answer, *, partition: int) -> None:
    parked = Parked(
        id=answer.id,
        case_id=answer.case_id,
        party=answer.party,
        body=answer.data,
        partition=partition,
        parked_at=work.now,
        number=len(work.changes.parked),
    )
    work.changes.parked[answer.id] = parked
    work.changes.timers[answer.id, TimerKind.PARKED] = Deadline(
        subject=answer.id,
        kind=TimerKind.PARKED,
        partition=partition,
        due_at=work.now + work.plan.limits.parked_for,
    )
    work.tally.answers.append((answer.said.kind, "parked"))


def replay(work: Work, file: CaseFile) -> None:
    """Hear the answers that waited for what the case knows now, in the order they came."""
    still_early = []
    cause = work.cause
    for parked in work.waiting.pop(file.case.case_id, []):
        answer = answer_of(parked)
        if _is_early(work, answer):
            still_early.append(parked)
            continue
        _unpark(work, parked)
        work.cause = str(parked.id)
        hear(work, answer, partition=file.case.partition)
    work.cause = cause
    if still_early:
        work.waiting[file.case.case_id] = still_early


def waited_in_vain(work: Work, parked: Parked) -> None:
    """Refuse an answer whose assignment or case did not arrive in time."""
    answer = answer_of(parked)
    _unpark(work, parked)
    if not _is_early(work, answer):
        hear(work, answer, partition=parked.partition)
        return
    known = answer.case_id in work.files or answer.assignment_id is not None
    reason = Reason.UNKNOWN_ASSIGNMENT if known else Reason.UNKNOWN_CASE
    refusal = _unsaid(work, answer) or Refusal(reason=reason)
    refuse(work, answer, refusal, partition=parked.partition)


def answer_of(parked: Parked) -> Answer:
    """Return the answer that waited; its bytes were checked when it came."""
    said = FEEDBACK.validate_json(parked.body)
    return Answer(id=parked.id, party=parked.party, said=said, data=parked.body)


def _unpark(work: Work, parked: Parked) -> None:
    work.changes.unparked.add(parked.id)
    work.changes.timers[parked.id, TimerKind.PARKED] = None
