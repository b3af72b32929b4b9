"""What was asked for: requests that wait, and what is granted."""

from typing import Final

from schemas.events.base import in_utc
from schemas.events.requests import (
    AppealApproved,
    CaseExtended,
    CaseForceClosed,
    CaseSuspended,
    PendingRequest,
    RequestAskedAgain,
    RequestLapsed,
    RequestRefused,
    RequestSubmitted,
    RequestWithdrawn,
    SuspensionEnded,
)
from services.notifier.domain.case import CaseFile
from services.notifier.domain.evolving import Evolves
from services.notifier.domain.evolving.whether_done import closed_with
from services.notifier.domain.part import Part

_Approved = CaseSuspended | CaseExtended | CaseForceClosed | AppealApproved


def _submitted(file: CaseFile, fact: RequestSubmitted) -> list[Part]:
    pending = PendingRequest(
        request_id=fact.request_id,
        what=fact.what,
        asked_by="-" if fact.acting is None else fact.acting.person,
        asked_at=in_utc(fact.at),
        department=fact.department,
        assignment_id=fact.assignment_id,
        reason=fact.reason,
        until=None if fact.until is None else in_utc(fact.until),
        legal_basis=fact.legal_basis,
        decide_by=in_utc(fact.decide_by),
        next_at=in_utc(fact.decide_by),
        level=fact.level,
    )
    file.case.requests = (*file.case.requests, pending)
    return []


def _asked_again(file: CaseFile, fact: RequestAskedAgain) -> list[Part]:
    told: dict[str, object] = {"next_at": in_utc(fact.again_at), "level": fact.level}
    if fact.heads:
        told["watcher"] = fact.heads[0].person
    file.case.requests = tuple(
        one.model_copy(update=told) if one.request_id == fact.request_id else one
        for one in file.case.requests
    )
    return []


def _ended(
    file: CaseFile, fact: RequestLapsed | RequestWithdrawn | RequestRefused | _Approved
) -> list[Part]:
    case = file.case
    case.requests = tuple(one for one in case.requests if one.request_id != fact.request_id)
    return []


def _refused(file: CaseFile, fact: RequestRefused) -> list[Part]:
    if fact.final:
        file.case.spent = (*file.case.spent, fact.what)
    return _ended(file, fact)


def _granted(file: CaseFile, fact: _Approved) -> None:
    file.case.spent = (*file.case.spent, fact.what)
    _ended(file, fact)


def _suspended(file: CaseFile, fact: CaseSuspended) -> list[Part]:
    """Let the handling clock stand until the case goes on."""
    _granted(file, fact)
    file.case.stop_clock(now=fact.at)
    file.case.suspended_until = in_utc(fact.until)
    return []


def _resumed(file: CaseFile, fact: SuspensionEnded) -> list[Part]:
    """Let the handling clock go on with what was left of it, unless the lead waits for a part."""
    file.case.suspended_until = None
    file.case.go_on(now=in_utc(fact.at))
    return []


def _extended(file: CaseFile, fact: CaseExtended) -> list[Part]:
    """Add the limit to its end once more; who was reminded of the old one is reminded again."""
    _granted(file, fact)
    case = file.case
    if case.clock is not None:
        case.clock = case.clock.extended()
        runs = case.clock.since is not None
        case.due_by, case.reminded_at = in_utc(fact.after) if runs else None, None
    return []


def _force_closed(file: CaseFile, fact: CaseForceClosed) -> list[Part]:
    _granted(file, fact)
    return closed_with(file, fact.reason, at=fact.at)


def _exempted(file: CaseFile, fact: AppealApproved) -> list[Part]:
    _granted(file, fact)
    file.case.exempt_at = in_utc(fact.at)
    return []


EVOLVES: Final[Evolves] = {
    RequestSubmitted: _submitted,
    RequestAskedAgain: _asked_again,
    RequestWithdrawn: _ended,
    RequestRefused: _refused,
    RequestLapsed: _ended,
    CaseSuspended: _suspended,
    SuspensionEnded: _resumed,
    CaseExtended: _extended,
    CaseForceClosed: _force_closed,
    AppealApproved: _exempted,
}
"""What each of these facts changes."""
