"""What can be asked for: when it is possible, what it takes, and what follows when it is allowed.

A further kind of request is a row of `GRANTS`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from schemas.events.commands import Approve
from schemas.events.requests import (
    AppealApproved,
    CaseExtended,
    CaseForceClosed,
    CaseSuspended,
    PendingRequest,
)
from schemas.lifecycle import CaseEvent
from schemas.plan import Plan
from schemas.plan.limits import LONGEST
from schemas.plan.requests import Requests
from schemas.vocabulary import RequestKind
from schemas.words.form import Words
from schemas.words.refusals import Reason
from services.notifier.domain.case import Case, CaseFile
from services.notifier.domain.closing import released_from
from services.notifier.domain.facts import Life, Refusal, by_person, by_system
from services.notifier.domain.part import GOING_ON

_UNTIL: Final = Words("until when", "挂账截止日期")
_LEGAL_BASIS: Final = Words("the legal basis", "法律依据")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A kind of request: the event that allows it, and its rules.

    `most` is how often a case may be granted it, `unfit` why it cannot be granted now, and `ends`
    when that comes true by itself. `refused_for_good` tells that a refusal counts, too;
    `closes` that it ends the case: nobody allows it who handled the case, and it waits for an
    assignment that is on its way.
    """

    event: CaseEvent
    grant: Callable[[CaseFile, PendingRequest, Approve, datetime], Life]
    unfit: Callable[[Case, PendingRequest, Plan, datetime], Refusal | None]
    ends: Callable[[Case, PendingRequest], datetime | None] = lambda _case, _pending: None
    most: Callable[[Requests], int] | None = None
    refused_for_good: bool = False
    closes: bool = False


def about(case: Case, pending: PendingRequest, now: datetime) -> dict[str, Any]:
    """Return what every fact of a request says: which one it is, and who leads the case now."""
    return {
        "case_id": case.case_id,
        "at": now,
        "request_id": pending.request_id,
        "what": pending.what,
        "asked_by": pending.asked_by,
        "department": case.department,
        "person": case.person,
    }


def _told(
    file: CaseFile,
    pending: PendingRequest,
    said: Approve,
    now: datetime,
    **own: Any,
) -> dict[str, Any]:
    """Return what a fact says that allows a request; the rules of its kind saw to what is `own`."""
    return {
        **about(file.case, pending, now),
        "reason": pending.reason,
        "remark": said.reason,
        "acting": said.acting,
        **own,
    }


# A suspension (row 16) ----------------------------------------------------------------------


def _no_suspension(
    _case: Case, pending: PendingRequest, plan: Plan, now: datetime
) -> Refusal | None:
    until, latest = pending.until, now + plan.requests.suspension
    if until is None:
        return Refusal(reason=Reason.FIELD_MISSING, field="until", detail=_UNTIL)
    if until <= now:
        return Refusal(reason=Reason.IN_THE_PAST, field="until", detail=now)
    if until > latest:
        return Refusal(reason=Reason.TOO_FAR, field="until", detail=latest)
    return None


def _suspend(file: CaseFile, pending: PendingRequest, said: Approve, now: datetime) -> Life:
    left = file.case.left_seconds(now)
    told = _told(file, pending, said, now, until=pending.until, left_seconds=left)
    yield by_person(CaseSuspended(**told), said.acting)
    return None


# An extension (row 18) ----------------------------------------------------------------------


def _no_extension(
    case: Case, _pending: PendingRequest, _plan: Plan, now: datetime
) -> Refusal | None:
    ends = case.overdue_at or case.due_by
    if case.clock is None or (ends is not None and ends <= now):
        return Refusal(reason=Reason.IS_OVERDUE, field="what", detail=ends or now)
    if case.clock.extended().whole > LONGEST:
        return Refusal(reason=Reason.TOO_LONG, field="what")
    return None


def _extend(file: CaseFile, pending: PendingRequest, said: Approve, now: datetime) -> Life:
    """Add the limit once more; one that stands is told of as if it went on now."""
    case, times = file.case, file.case.spent.count(pending.what) + 1
    clock = None if case.clock is None else case.clock.running(now)
    before = case.due_by or (clock and clock.due_by)
    after = clock and clock.extended().due_by
    told = _told(file, pending, said, now, before=before, after=after, times=times)
    yield by_person(CaseExtended(**told), said.acting)
    return None


# A force-close (row 24) ---------------------------------------------------------------------


def _no_force_close(
    _case: Case, pending: PendingRequest, _plan: Plan, _now: datetime
) -> Refusal | None:
    if pending.legal_basis is None:
        return Refusal(reason=Reason.FIELD_MISSING, field="legal_basis", detail=_LEGAL_BASIS)
    return None


def _force_close(file: CaseFile, pending: PendingRequest, said: Approve, now: datetime) -> Life:
    """Close the case; who is still at a part need not go on."""
    case = file.case
    is_overdue = case.overdue_at is not None or (case.due_by is not None and case.due_by <= now)
    basis = pending.legal_basis
    told = _told(file, pending, said, now, legal_basis=basis, overdue=is_overdue)
    still_at_it = [part for part in file.parts.values() if part.status in GOING_ON]
    yield by_person(CaseForceClosed(**told), said.acting)
    for released in released_from(still_at_it, now=now):
        yield by_system(released)
    return None


# An appeal (row 28) -------------------------------------------------------------------------


def _no_appeal(case: Case, pending: PendingRequest, plan: Plan, _now: datetime) -> Refusal | None:
    if case.overdue_at is None or case.closed_at is None:
        return Refusal(reason=Reason.NOT_OVERDUE, field="what")
    until = plan.until(plan.requests.appeal_within, case.closed_at)
    if pending.asked_at > until:
        return Refusal(reason=Reason.APPEAL_TOO_LATE, detail=until)
    return None


def _exempt(file: CaseFile, pending: PendingRequest, said: Approve, now: datetime) -> Life:
    told = _told(file, pending, said, now, overdue_at=file.case.overdue_at)
    yield by_person(AppealApproved(**told), said.acting)
    return None


GRANTS: Final[dict[RequestKind, Grant]] = {
    RequestKind.SUSPENSION: Grant(
        event=CaseEvent.SUSPENDED,
        most=lambda rules: rules.suspensions,
        unfit=_no_suspension,
        ends=lambda _case, pending: pending.until,
        grant=_suspend,
    ),
    RequestKind.EXTENSION: Grant(
        event=CaseEvent.EXTENDED,
        most=lambda rules: rules.extensions,
        unfit=_no_extension,
        ends=lambda case, _pending: case.due_by,
        grant=_extend,
    ),
    RequestKind.FORCE_CLOSE: Grant(
        event=CaseEvent.FORCE_CLOSED,
        unfit=_no_force_close,
        closes=True,
        grant=_force_close,
    ),
    RequestKind.APPEAL: Grant(
        event=CaseEvent.APPEAL_APPROVED,
        most=lambda rules: rules.appeals,
        refused_for_good=True,
        unfit=_no_appeal,
        grant=_exempt,
    ),
}
"""By what is asked for."""
