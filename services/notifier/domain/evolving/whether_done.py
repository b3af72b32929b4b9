"""Whether it is done: checks, the closing, how satisfied somebody is, a reopening."""

from datetime import datetime, timedelta
from typing import Final

from schemas.events.base import in_utc
from schemas.events.case import CaseClosed, CaseReopened, CheckFailed, CheckRequested
from schemas.events.ending import ClosedBefore
from schemas.events.rating import CaseRated, Rating
from schemas.vocabulary import PartStatus
from services.notifier.domain.case import CaseFile
from services.notifier.domain.evolving import Evolves
from services.notifier.domain.part import GOING_ON, Part


def _check_requested(file: CaseFile, fact: CheckRequested) -> list[Part]:
    file.case.check_by, file.case.watcher = fact.check_by, None
    return []


def _check_failed(file: CaseFile, fact: CheckFailed) -> list[Part]:
    """Send it back to its lead; the handling clock goes on with what the fact leaves of it."""
    case, lead = file.case, file.lead
    case.failures, case.check_by, case.watcher = fact.failures, None, None
    if case.clock is not None and fact.left_seconds is not None:
        case.reminded_at = case.overrun_told_at = None
        left = timedelta(seconds=fact.left_seconds)
        case.run_clock(case.clock.with_left(left), now=fact.at)
    if lead is None:
        return []
    lead.become(PartStatus.WORKING, now=fact.at)
    return [lead]


def _closed(file: CaseFile, fact: CaseClosed) -> list[Part]:
    return closed_with(file, fact.result, at=fact.at)


def closed_with(file: CaseFile, result: str, *, at: datetime) -> list[Part]:
    """Let a case be over, with what came out; who is still at a part is released."""
    case = file.case
    case.stop_clock(now=at)
    case.sign_by = case.check_by = case.triage_by = case.blocked = case.watcher = None
    case.suspended_until = None
    case.closed_at, case.closed_result, case.closed_before = at, result, None
    released = [part for part in file.parts.values() if part.status in GOING_ON]
    for part in released:
        part.become(PartStatus.REVOKED, now=at)
    return released


def _reopened(file: CaseFile, fact: CaseReopened) -> list[Part]:
    case = file.case
    if case.closed_at is not None:
        case.closed_before = ClosedBefore(
            closed_at=case.closed_at,
            result=case.closed_result or "",
            overdue_at=case.overdue_at,
            exempt_at=case.exempt_at,
            reopened_at=in_utc(fact.at),
        )
    case.closed_at = case.closed_result = None
    case.set_aside = ()
    case.held_by_nobody()
    return []


def _rated(file: CaseFile, fact: CaseRated) -> list[Part]:
    rating = Rating(report_id=fact.report_id, satisfaction=fact.satisfaction, at=fact.at)
    file.case.ratings = (*file.case.ratings, rating)
    return []


EVOLVES: Final[Evolves] = {
    CheckRequested: _check_requested,
    CheckFailed: _check_failed,
    CaseClosed: _closed,
    CaseReopened: _reopened,
    CaseRated: _rated,
}
"""What each of these facts changes."""
