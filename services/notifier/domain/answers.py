"""What an answer does to a case and to a part, or why it changes nothing.

Every move of a case is a row of `schemas.lifecycle`; co-handlers move their own part only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from schemas.lifecycle import Actor, CaseEvent, CaseState, IllegalTransition, next_state
from schemas.vocabulary import REPORTERS, SUPERVISION, Role
from services.notifier.domain.case import Case, CaseFile, Part, PartStatus
from services.notifier.domain.closing import missing_evidence


class Word(StrEnum):
    """What can be answered; the values are the `kind` of a feedback record."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    STARTED = "started"
    PROGRESS = "progress"
    DONE = "done"
    CHECK_PASSED = "check_passed"
    CHECK_FAILED = "check_failed"
    REOPEN = "reopen"


class Reason(StrEnum):
    """Why an answer was refused."""

    NOT_YOUR_WORD = "not_your_word"
    NOT_YOURS = "not_yours"
    LEFT_THE_PLAN = "left_the_plan"
    WRONG_STATE = "wrong_state"
    FINAL_ASSIGNMENT = "final_assignment"
    EVIDENCE_MISSING = "evidence_missing"
    UNKNOWN_ASSIGNMENT = "unknown_assignment"
    UNKNOWN_CASE = "unknown_case"
    MERGED = "merged"
    TOO_LATE = "too_late"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An answer that changes nothing: why, what could be said instead, and the detail to name."""

    reason: Reason
    allowed: tuple[Word, ...] = ()
    detail: str | datetime = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An answer that holds: the status of the part after it (None: only a word on the way)."""

    status: PartStatus | None = None


_CHECK_WORDS = frozenset({Word.CHECK_PASSED, Word.CHECK_FAILED})
_DEPARTMENT_WORDS = frozenset(Word) - _CHECK_WORDS - {Word.REOPEN}

_LEAD_EVENTS = {
    Word.ACCEPTED: CaseEvent.ACCEPTED,
    Word.DECLINED: CaseEvent.RETURNED,
    Word.STARTED: CaseEvent.STARTED,
    Word.DONE: CaseEvent.FEEDBACK_SUBMITTED,
}
_MOVES = {
    Word.CHECK_PASSED: CaseEvent.CHECK_PASSED,
    Word.CHECK_FAILED: CaseEvent.CHECK_FAILED,
    Word.REOPEN: CaseEvent.REOPENED,
}
_STATUS_AFTER = {
    Word.ACCEPTED: PartStatus.ACCEPTED,
    Word.DECLINED: PartStatus.DECLINED,
    Word.STARTED: PartStatus.WORKING,
    Word.DONE: PartStatus.DONE,
}
_WORDS_ON_THE_WAY = frozenset({CaseState.ACCEPTED, CaseState.HANDLING, CaseState.REWORK})
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
        CaseState.RETURNED,
        CaseState.FEEDBACK,
        CaseState.INSPECTING,
        CaseState.REWORK,
    }
)
_LEFT = {PartStatus.DECLINED, PartStatus.EXPIRED, PartStatus.REVOKED}


def words_of(party: str) -> frozenset[Word]:
    """Return what a party may say at all.

    >>> sorted(words_of("reporters"))
    [<Word.REOPEN: 'reopen'>]
    """
    if party == SUPERVISION:
        return _CHECK_WORDS | {Word.REOPEN}
    return frozenset({Word.REOPEN}) if party == REPORTERS else _DEPARTMENT_WORDS


def judge_department(
    file: CaseFile, part: Part, *, party: str, word: Word, proofs: Sequence[str] = ()
) -> Step | Refusal:
    """Return what a department's answer does; `proofs` are the kinds it gave a link to."""
    if part.department != party or part.status in _LEFT:
        return Refusal(reason=Reason.NOT_YOURS)
    if part.role is Role.LEAD:
        return _judge_lead(file.case, part, word=word, proofs=proofs)
    return _judge_co_handler(file.case, part, word=word)


def _judge_lead(case: Case, part: Part, *, word: Word, proofs: Sequence[str]) -> Step | Refusal:
    if not _lead_may(case, part, word):
        return Refusal(reason=Reason.WRONG_STATE, allowed=_lead_words(case, part))
    if word is Word.DECLINED and case.final:
        return Refusal(reason=Reason.FINAL_ASSIGNMENT)
    if word is Word.DONE:
        missing = missing_evidence(case.evidence, given=proofs)
        if missing:
            return Refusal(reason=Reason.EVIDENCE_MISSING, missing=tuple(missing))
    return Step(status=_STATUS_AFTER.get(word))


def _lead_may(case: Case, part: Part, word: Word) -> bool:
    """Tell whether the case's state allows the lead to say this."""
    if word is Word.PROGRESS:
        return case.state in _WORDS_ON_THE_WAY
    # Handling goes on only until the co-handlers are done.
    return part.status is not PartStatus.DONE and _is_possible(
        case, _LEAD_EVENTS[word], actor=Actor.DEPARTMENT
    )


def _lead_words(case: Case, part: Part) -> tuple[Word, ...]:
    """Return what the lead may say now."""
    left_out = {Word.DECLINED} if case.final else set()
    words = [w for w in Word if w in _DEPARTMENT_WORDS - left_out]
    return tuple(w for w in words if _lead_may(case, part, w))


def _judge_co_handler(case: Case, part: Part, *, word: Word) -> Step | Refusal:
    allowed = _CO_HANDLER_WORDS.get(part.status, ()) if case.state in _CO_HANDLING else ()
    if word not in allowed:
        return Refusal(reason=Reason.WRONG_STATE, allowed=allowed)
    return Step(status=_STATUS_AFTER.get(word))


def judge_move(case: Case, event: CaseEvent, *, actor: Actor) -> Refusal | None:
    """Return why the table does not allow an event of a check or a reopening; None when it does."""
    if _is_possible(case, event, actor=actor):
        return None
    words = [w for w in _MOVES if actor is Actor.SUPERVISION or w is Word.REOPEN]
    allowed = tuple(w for w in words if _is_possible(case, _MOVES[w], actor=actor))
    return Refusal(reason=Reason.WRONG_STATE, allowed=allowed)


def _is_possible(case: Case, event: CaseEvent, *, actor: Actor) -> bool:
    try:
        next_state(case.state, event, actor=actor)
    except IllegalTransition:
        return False
    return True
