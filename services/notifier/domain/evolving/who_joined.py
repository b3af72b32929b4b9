"""Who joined, and how urgent that makes it."""

from typing import Final

from schemas.events.base import in_utc
from schemas.events.clocks import CaseUrgencyRaised, UnsignedPart
from schemas.plan import Plan
from schemas.plan.calendar import time_of
from schemas.plan.handling_clock import HandlingClock
from schemas.plan.limits import limit_of
from schemas.vocabulary import first_level
from services.notifier.domain.case import CaseFile, Raised
from services.notifier.domain.evolving import Evolves
from services.notifier.domain.facts import ReporterJoined
from services.notifier.domain.part import Part


def _joined(file: CaseFile, fact: ReporterJoined) -> list[Part]:
    """Count one more, and keep the most pressing that anybody said."""
    case = file.case
    case.joined += 1
    if fact.urgency is not None and fact.urgency.outranks(
        case.urgency if case.raised is None else case.raised.urgency
    ):
        case.raised = Raised(urgency=fact.urgency, merged_id=fact.merged_id, danger=fact.danger)
    return []


def raised(file: CaseFile, fact: CaseUrgencyRaised, plan: Plan) -> list[Part]:
    """Let the case be more urgent, with less time; what its clock counted so far is over."""
    case, at = file.case, in_utc(fact.at)
    case.urgency = fact.urgency
    case.level = max(case.level, first_level(fact.urgency))
    case.sign_by = None if fact.sign_by is None else in_utc(fact.sign_by)
    if fact.limit_text is not None:
        limit = limit_of(fact.limit_text)
        counting = plan.counting(limit.unit, department=fact.department)
        clock = HandlingClock(limit=time_of(limit, counting), unit=limit.unit, counting=counting)
        case.due_by = case.reminded_at = case.overrun_told_at = None
        case.run_clock(clock, now=at)
    return [_sooner(file.parts[one.assignment_id], one) for one in fact.unsigned]


def _sooner(part: Part, told: UnsignedPart) -> Part:
    """Let a part wait for a signature until what was told."""
    if part.asked_again_at is None:
        part.sign_by = in_utc(told.until)
    else:
        part.expires_at = in_utc(told.until)
    return part


EVOLVES: Final[Evolves] = {ReporterJoined: _joined}
"""What each of these facts changes; a raised urgency does by the plan's calendar besides."""
