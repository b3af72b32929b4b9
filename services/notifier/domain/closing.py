"""When the work counts as done, whether somebody looks again, and how a case is closed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from schemas.events.acting import Acting
from schemas.events.case import CaseClosed, CheckRequested, CheckWaived, Evidence, FeedbackSubmitted
from schemas.lifecycle import Actor, CaseState
from schemas.plan import ClosingRule, Plan
from schemas.standing import COUNTED
from schemas.vocabulary import SUPERVISION, PartStatus
from schemas.words.labels import ASKS_FOR_A_CHECK, ASKS_FOR_NONE
from services.notifier.domain.case import CaseFile
from services.notifier.domain.facts import Happened, Life, PartReleased, by_department, by_system
from services.notifier.domain.part import GOING_ON, Part

_SUBMITTING: Final = frozenset({CaseState.HANDLING, CaseState.REWORK})
"""States in which the work can become done as a whole."""


def is_done(file: CaseFile, *, besides: Part | None = None) -> bool:
    """Tell whether enough parts are done: the closing rule of the case, over who is still in it.

    A part `besides` counts as done. After a failed check the lead must have done the work again,
    whatever the others did before.
    """
    if file.case.state not in _SUBMITTING:
        return False
    parties = [part for part in file.parts.values() if part.status in COUNTED]
    done = [part for part in parties if part.status is PartStatus.DONE or part is besides]
    lead_done = any(part is file.lead for part in done)
    if file.case.failures and not lead_done:
        return False
    rule = ClosingRule.parse(file.case.closing)
    return rule.is_met(lead_done=lead_done, done=len(done), parties=len(parties))


def missing_evidence(demanded: Sequence[str], *, given: Iterable[str]) -> tuple[str, ...]:
    """Return the kinds of proof that were demanded and are not there; `given` can be looked at."""
    there = set(given)
    return tuple(kind for kind in demanded if kind not in there)


def submitted(file: CaseFile, last: Part, plan: Plan, now: datetime) -> Life:
    """Say that the work is done as a whole, if it is; `last` is the part that may complete it."""
    if not is_done(file):
        return None
    lead = file.lead
    part = lead if lead is not None and lead.status is PartStatus.DONE else last
    evidence = [Evidence(**proof) for proof in part.evidence]
    fact = feedback(part, now=now, result=part.result or "", evidence=evidence)
    return (yield from submit(file, fact, plan))


def feedback(
    part: Part,
    *,
    now: datetime,
    result: str,
    evidence: Iterable[Evidence],
    acting: Acting | None = None,
) -> FeedbackSubmitted:
    """Return that the work is done, as whoever has this part says (`acting`: now)."""
    return FeedbackSubmitted(
        case_id=part.case_id,
        at=now,
        assignment_id=part.assignment_id,
        department=part.department,
        result=result,
        evidence=tuple(evidence),
        acting=acting,
    )


def submit(file: CaseFile, fact: FeedbackSubmitted, plan: Plan) -> Life:
    """Say that the work is done (row 19), and let it be checked or closed."""
    case_id, now = fact.case_id, fact.at
    yield by_department(fact, fact.department)
    if file.case.must_check:
        check_by = now + plan.limits.check_within
        yield by_system(
            CheckRequested(case_id=case_id, at=now, why=ASKS_FOR_A_CHECK, check_by=check_by)
        )
        return None
    yield by_system(CheckWaived(case_id=case_id, at=now, why=ASKS_FOR_NONE))
    return (yield from close(file, now, actor=Actor.SYSTEM, party=SUPERVISION))


def close(file: CaseFile, now: datetime, *, actor: Actor, party: str) -> Life:
    """Close a case (row 23); who is still at a part need not go on."""
    case = file.case
    fact = CaseClosed(
        case_id=case.case_id,
        at=now,
        department=case.department or "",
        result=_result_of(file),
        overdue=case.overdue_at is not None,
    )
    still_at_it = [part for part in file.parts.values() if part.status in GOING_ON]
    yield Happened(fact=fact, actor=actor, party=party)
    for released in released_from(still_at_it, now=now):
        yield by_system(released)
    return None


def released_from(parts: Iterable[Part], *, now: datetime) -> list[PartReleased]:
    """Return that each of these parts is no longer needed."""
    return [
        PartReleased(case_id=p.case_id, at=now, department=p.department, person=p.person)
        for p in parts
    ]


def _result_of(file: CaseFile) -> str:
    """Return what the lead said came out; else what the last co-handler who finished said."""
    done = [part for part in file.parts.values() if part.status is PartStatus.DONE]
    lead = file.lead
    if lead in done and lead is not None:
        return lead.result or ""
    last = max(done, key=lambda part: part.ended_at or part.offered_at, default=None)
    return "" if last is None else last.result or ""
