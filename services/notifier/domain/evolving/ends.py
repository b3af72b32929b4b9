"""How a case ends that is not closed, and what is merged into it."""

from typing import Final

from schemas.events.base import in_utc
from schemas.events.ending import (
    CaseDismissed,
    CaseJoined,
    CaseLeft,
    CaseMergedInto,
    CaseUnmerged,
    CaseWithdrawn,
    ReopenRefused,
)
from services.notifier.domain.case import CaseFile
from services.notifier.domain.evolving import Evolves
from services.notifier.domain.evolving.whether_done import closed_with
from services.notifier.domain.part import Part


def _given_up(file: CaseFile, fact: CaseDismissed | CaseWithdrawn | CaseMergedInto) -> list[Part]:
    return closed_with(file, fact.reason, at=fact.at)


def _merged(file: CaseFile, fact: CaseMergedInto) -> list[Part]:
    file.case.merged_into = fact.primary_id
    return _given_up(file, fact)


def _stays_closed(file: CaseFile, fact: ReopenRefused) -> list[Part]:
    """Let the case be as it was closed; what was late then is late."""
    case, before = file.case, file.case.closed_before
    released = closed_with(file, fact.result, at=in_utc(fact.at))
    case.closed_at = in_utc(fact.closed_at)
    if before is not None:
        case.overdue_at, case.exempt_at = before.overdue_at, before.exempt_at
    return released


def _unmerged(file: CaseFile, _fact: CaseUnmerged) -> list[Part]:
    """Let the case wait for the router; its clock stands as the merge left it."""
    case = file.case
    case.merged_into = case.closed_at = case.closed_result = None
    case.held_by_nobody()
    return []


def _joined(file: CaseFile, fact: CaseJoined) -> list[Part]:
    file.case.took_in = [*file.case.took_in, str(fact.merged_id)]
    file.case.joined += 1
    return []


def _left(file: CaseFile, fact: CaseLeft) -> list[Part]:
    gone = str(fact.merged_id)
    file.case.took_in = [id_ for id_ in file.case.took_in if id_ != gone]
    file.case.joined -= 1
    return []


EVOLVES: Final[Evolves] = {
    CaseDismissed: _given_up,
    CaseWithdrawn: _given_up,
    ReopenRefused: _stays_closed,
    CaseMergedInto: _merged,
    CaseUnmerged: _unmerged,
    CaseJoined: _joined,
    CaseLeft: _left,
}
"""What each of these facts changes."""
