"""Whether it is done: checks, the closing, and what comes of a reopening."""

from datetime import datetime, timedelta
from typing import Final

from schemas.events.case import CaseClosed, CaseReopened, CheckFailed, CheckRequested
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
        case.reminded_at = None
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
    case.closed_at, case.closed_result = at, result
    released = [part for part in file.parts.values() if part.status in GOING_ON]
    for part in released:
        part.become(PartStatus.REVOKED, now=at)
    return released


def _reopened(file: CaseFile, _fact: CaseReopened) -> list[Part]:
    file.case.closed_at = file.case.closed_result = None
    file.case.held_by_nobody()
    return []


EVOLVES: Final[Evolves] = {
    CheckRequested: _check_requested,
    CheckFailed: _check_failed,
    CaseClosed: _closed,
    CaseReopened: _reopened,
}
"""What each of these facts changes."""
