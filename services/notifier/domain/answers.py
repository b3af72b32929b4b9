"""Who may say what, and when: every move of a case is a row of `schemas.lifecycle`.

Co-handlers move their own part only.
"""

from collections.abc import Sequence

from schemas.lifecycle import Actor, CaseEvent, CaseState, is_possible
from schemas.roles import OF_A_PART
from schemas.vocabulary import PartStatus, Role, Word
from schemas.words.refusals import Reason
from services.notifier.domain.case import Case, CaseFile
from services.notifier.domain.closing import missing_evidence
from services.notifier.domain.facts import Refusal
from services.notifier.domain.part import Part

_LEAD_EVENTS = {
    Word.ACCEPTED: CaseEvent.ACCEPTED,
    Word.DECLINED: CaseEvent.RETURNED,
    Word.STARTED: CaseEvent.STARTED,
    Word.DONE: CaseEvent.FEEDBACK_SUBMITTED,
}
_SUPERVISION_EVENTS = {
    Word.CHECK_PASSED: CaseEvent.CHECK_PASSED,
    Word.CHECK_FAILED: CaseEvent.CHECK_FAILED,
    Word.REOPEN: CaseEvent.REOPENED,
}
_REPORTER_WORDS = {
    Word.REOPEN: CaseEvent.REOPENED,
    Word.WITHDRAW: CaseEvent.WITHDRAWN,
    # What could be opened again can be rated, which moves nothing.
    Word.RATE: CaseEvent.REOPENED,
}
WAITS_FOR_THE_ROUTER = frozenset({Word.WITHDRAW})
"""Words that take a case from whoever has it, and wait for an assignment that is on its way."""
_WORDS_ON_THE_WAY = frozenset({CaseState.ACCEPTED, CaseState.HANDLING, CaseState.REWORK})
_WAITING = frozenset({Word.BLOCKED, Word.UNBLOCKED})
_CO_HANDLER_WORDS = {
    PartStatus.OFFERED: (Word.ACCEPTED, Word.DECLINED),
    PartStatus.ACCEPTED: (Word.DECLINED, Word.STARTED, Word.PROGRESS, Word.DONE),
    PartStatus.WORKING: (Word.PROGRESS, Word.DONE),
}
_CO_HANDLING = frozenset(
    {
        CaseState.ASSIGNED,
        CaseState.ACCEPTED,
        CaseState.HANDLING,
        CaseState.SUSPENDED,
        CaseState.RETURNED,
        CaseState.FEEDBACK,
        CaseState.INSPECTING,
        CaseState.REWORK,
    }
)
_LEFT = {PartStatus.DECLINED, PartStatus.EXPIRED, PartStatus.REVOKED}


def judge_department(
    file: CaseFile, part: Part, *, party: str, word: Word, proofs: Sequence[str] = ()
) -> Refusal | None:
    """Return why a department cannot say this; `proofs` are the kinds it gave a link to."""
    if part.department != party or part.status in _LEFT:
        return Refusal(reason=Reason.NOT_YOURS)
    if part.role is Role.LEAD:
        return _judge_lead(file.case, part, word=word, proofs=proofs)
    return _judge_co_handler(file.case, part, word=word)


def _judge_lead(case: Case, part: Part, *, word: Word, proofs: Sequence[str]) -> Refusal | None:
    if not _lead_may(case, part, word):
        return Refusal(reason=Reason.WRONG_STATE, allowed=_lead_words(case, part))
    if word is Word.DECLINED and case.final:
        return Refusal(reason=Reason.FINAL_ASSIGNMENT)
    if word is Word.DONE:
        missing = missing_evidence(case.evidence, given=proofs)
        if missing:
            return Refusal(reason=Reason.EVIDENCE_MISSING, field="evidence", missing=tuple(missing))
    return None


def _lead_may(case: Case, part: Part, word: Word) -> bool:
    """Tell whether the case's state allows the lead to say this."""
    if word is Word.PROGRESS:
        return case.state in _WORDS_ON_THE_WAY
    if word in _WAITING:
        waits = case.blocked is not None
        may = case.state in _WORDS_ON_THE_WAY and part.status is not PartStatus.DONE
        return waits if word is Word.UNBLOCKED else may and not waits
    # Handling goes on only until the co-handlers are done.
    return part.status is not PartStatus.DONE and is_possible(
        case.state, _LEAD_EVENTS[word], actor=Actor.DEPARTMENT
    )


def _lead_words(case: Case, part: Part) -> tuple[Word, ...]:
    """Return what the lead may say now."""
    left_out = {Word.DECLINED} if case.final else set()
    words = [w for w in Word if w in OF_A_PART[Role.LEAD] - left_out]
    return tuple(w for w in words if _lead_may(case, part, w))


def _judge_co_handler(case: Case, part: Part, *, word: Word) -> Refusal | None:
    allowed = _CO_HANDLER_WORDS.get(part.status, ()) if case.state in _CO_HANDLING else ()
    if word not in allowed:
        return Refusal(reason=Reason.WRONG_STATE, allowed=allowed)
    return None


def judge_move(case: Case, word: Word, *, actor: Actor) -> Refusal | None:
    """Return why the table does not allow a word of the supervision or of reporters, or None."""
    refusal = not_now_said(case, actor=actor)
    return None if word in refusal.allowed else refusal


def not_now_said(case: Case, *, actor: Actor) -> Refusal:
    """Return that something cannot be said now, and what the supervision or reporters can."""
    events = _REPORTER_WORDS if actor is Actor.REPORTER else _SUPERVISION_EVENTS
    possible = (w for w, event in events.items() if is_possible(case.state, event, actor=actor))
    return Refusal(reason=Reason.WRONG_STATE, allowed=tuple(possible))
