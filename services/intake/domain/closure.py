"""When a case stops and starts taking in further reports of the same thing, and how it ended."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from schemas.lifecycle import CaseEvent, CaseState

_ENDINGS: Final = {
    str(event): state
    for event, state in (
        (CaseEvent.CLOSED, CaseState.CLOSED),
        (CaseEvent.FORCE_CLOSED, CaseState.FORCE_CLOSED),
        (CaseEvent.WITHDRAWN, CaseState.WITHDRAWN),
        (CaseEvent.DISMISSED, CaseState.NOT_ACCEPTED),
        (CaseEvent.MERGED_INTO, CaseState.MERGED),
        (CaseEvent.REOPEN_REFUSED, CaseState.CLOSED),
    )
}
_BEGINNINGS: Final = frozenset({str(CaseEvent.REOPENED), str(CaseEvent.UNMERGED)})
CLOSURES: Final = frozenset(_ENDINGS) | _BEGINNINGS
"""Types of the events that open or close a case for merging."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """A case ended at `closed_at`, or goes on (None); the `sequence`-th event of its teller.

    `ended_as` is the state it ended in, `why` what came out or why it ended, `into` the
    case that it was merged into.
    """

    case_id: UUID
    closed_at: datetime | None
    sequence: int
    ended_as: str | None = None
    why: str | None = None
    into: UUID | None = None


def closure_of(
    event_type: str,
    *,
    case_id: UUID,
    at: datetime,
    sequence: int,
    why: str | None = None,
    into: UUID | None = None,
) -> Closure:
    """Return what an event of one of the `CLOSURES` types says about a case, and why."""
    ended_as = _ENDINGS.get(event_type)
    if ended_as is None:
        return Closure(case_id=case_id, closed_at=None, sequence=sequence)
    return Closure(
        case_id=case_id, closed_at=at, sequence=sequence, ended_as=str(ended_as), why=why, into=into
    )


def latest(closures: Iterable[Closure]) -> dict[UUID, Closure]:
    """Return the last closure of each case, sorted by case."""
    found: dict[UUID, Closure] = {}
    for closure in closures:
        known = found.get(closure.case_id)
        if known is None or known.sequence < closure.sequence:
            found[closure.case_id] = closure
    return dict(sorted(found.items()))
