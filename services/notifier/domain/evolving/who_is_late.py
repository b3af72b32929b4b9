"""Who is late: reminders, overruns, and limits that move."""

from datetime import datetime
from typing import Final

from schemas.events.base import in_utc
from schemas.events.case import CaseEscalated, CaseReminded
from schemas.events.clocks import PART, RESIDENT, CaseDeadlineMoved, PromiseMissed
from schemas.events.triage import TriageRequested
from schemas.vocabulary import SUPERVISION, UP_TO_SUPERVISION, EscalationTrigger
from services.notifier.domain.case import Case, CaseFile
from services.notifier.domain.evolving import Evolves
from services.notifier.domain.part import Part


def _to_be_categorised(file: CaseFile, fact: TriageRequested) -> list[Part]:
    file.case.triage_by, file.case.watcher = in_utc(fact.triage_by), fact.person
    return []


def _reminded(file: CaseFile, fact: CaseReminded) -> list[Part]:
    file.case.reminded_at = fact.at
    return []


def _escalated(file: CaseFile, fact: CaseEscalated) -> list[Part]:
    case = file.case
    case.level = fact.level
    if fact.trigger in UP_TO_SUPERVISION:
        named = (head.person for head in fact.heads if head.party == SUPERVISION)
        case.watcher = next(named, case.watcher)
    if fact.trigger is EscalationTrigger.OVERDUE:
        _note_overrun(case, at=in_utc(fact.at))
    return []


def _note_overrun(case: Case, *, at: datetime) -> None:
    """Keep that the limit is over as it is told, and since when it was the first time."""
    if case.due_by is not None and case.due_by <= at:
        case.overrun_told_at = at
        case.overdue_at = case.overdue_at or case.due_by


def _deadline_moved(file: CaseFile, fact: CaseDeadlineMoved) -> list[Part]:
    """Keep the new end; who was reminded of the old one is reminded again."""
    case = file.case
    if fact.clock == RESIDENT:
        case.promised_by, case.promise = in_utc(fact.after), fact.limit_text or case.promise
        case.promise_missed_at = None
        case.promised_at = case.promised_at if fact.since is None else in_utc(fact.since)
    elif fact.clock == PART:
        return _part_moved(file, in_utc(fact.after))
    else:
        case.due_by, case.reminded_at, case.overrun_told_at = fact.after, None, None
    return []


def _part_moved(file: CaseFile, until: datetime) -> list[Part]:
    blocking = file.case.blocked
    if blocking is None:
        return []
    part = file.parts[blocking.assignment_id]
    part.due_by = until
    file.case.blocked = blocking.model_copy(update={"until": until})
    return [part]


def _promise_missed(file: CaseFile, fact: PromiseMissed) -> list[Part]:
    file.case.promise_missed_at = in_utc(fact.at)
    return []


EVOLVES: Final[Evolves] = {
    TriageRequested: _to_be_categorised,
    CaseReminded: _reminded,
    CaseEscalated: _escalated,
    CaseDeadlineMoved: _deadline_moved,
    PromiseMissed: _promise_missed,
}
"""What each of these facts changes."""
