"""Whether it is done, how a case ends, and what comes of that afterwards."""

from datetime import datetime, timedelta
from typing import Final

from schemas.events.base import in_utc
from schemas.events.case import CaseClosed, CaseReopened, CheckFailed, CheckRequested
from schemas.events.ending import (
    CaseDismissed,
    CaseJoined,
    CaseLeft,
    CaseMergedInto,
    CaseUnmerged,
    CaseWithdrawn,
    ClosedBefore,
    ReopenRefused,
)
from schemas.events.rating import CaseRated, Rating
from schemas.vocabulary import PartStatus
from services.desk.domain.evolving import Evolves
from services.desk.domain.view import GOING_ON, View


def closed_with(view: View, result: str, *, at: datetime) -> None:
    """Let a case be over, with what came out; who is still at a part is released."""
    view.stop_clock(at=at)
    view.sign_by = view.check_by = view.triage_by = view.blocked = view.watcher = None
    view.suspended_until = None
    view.closed_at, view.closed_result, view.closed_before = at, result, None
    for id_, part in [*view.parts.items()]:
        if part.status in GOING_ON:
            view.become(id_, PartStatus.REVOKED, at=at)


def _check_requested(view: View, fact: CheckRequested) -> None:
    view.check_by = None if fact.check_by is None else in_utc(fact.check_by)
    view.watcher = None


def _check_failed(view: View, fact: CheckFailed) -> None:
    """Send it back to its lead; the handling clock goes on with what the fact leaves of it."""
    at = in_utc(fact.at)
    view.failures, view.check_by, view.watcher = fact.failures, None, None
    if view.clock is not None and fact.left_seconds is not None:
        left = timedelta(seconds=fact.left_seconds)
        view.run_clock(view.clock.with_left(left), at=at)
    if view.assignment_id is not None:
        view.become(view.assignment_id, PartStatus.WORKING, at=at)


def _closed(view: View, fact: CaseClosed) -> None:
    closed_with(view, fact.result, at=in_utc(fact.at))


def _given_up(view: View, fact: CaseDismissed | CaseWithdrawn | CaseMergedInto) -> None:
    closed_with(view, fact.reason, at=in_utc(fact.at))


def _merged(view: View, fact: CaseMergedInto) -> None:
    view.merged_into = fact.primary_id
    _given_up(view, fact)


def _unmerged(view: View, _fact: CaseUnmerged) -> None:
    view.merged_into = view.closed_at = view.closed_result = None


def _reopened(view: View, fact: CaseReopened) -> None:
    if view.closed_at is not None:
        view.closed_before = ClosedBefore(
            closed_at=view.closed_at,
            result=view.closed_result or "",
            overdue_at=view.overdue_at,
            exempt_at=view.exempt_at,
            reopened_at=in_utc(fact.at),
        )
    view.closed_at = view.closed_result = None


def _rated(view: View, fact: CaseRated) -> None:
    rating = Rating(report_id=fact.report_id, satisfaction=fact.satisfaction, at=in_utc(fact.at))
    view.ratings = (*view.ratings, rating)


def _stays_closed(view: View, fact: ReopenRefused) -> None:
    """Let the case be as it was closed; what was late then is late."""
    before = view.closed_before
    closed_with(view, fact.result, at=in_utc(fact.at))
    view.closed_at = in_utc(fact.closed_at)
    if before is not None:
        view.overdue_at, view.exempt_at = before.overdue_at, before.exempt_at


def _joined(view: View, _fact: CaseJoined) -> None:
    view.joined += 1
    view.took_in += 1


def _left(view: View, _fact: CaseLeft) -> None:
    view.joined -= 1
    view.took_in -= 1


EVOLVES: Final[Evolves] = {
    CheckRequested: _check_requested,
    CheckFailed: _check_failed,
    CaseClosed: _closed,
    CaseDismissed: _given_up,
    CaseWithdrawn: _given_up,
    CaseMergedInto: _merged,
    CaseUnmerged: _unmerged,
    CaseReopened: _reopened,
    CaseRated: _rated,
    ReopenRefused: _stays_closed,
    CaseJoined: _joined,
    CaseLeft: _left,
}
"""What each of these facts changes."""
