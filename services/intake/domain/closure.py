"""When a case stops and starts taking in further reports of the same thing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from schemas.lifecycle import CaseEvent

_ENDINGS: Final = frozenset({CaseEvent.CLOSED, CaseEvent.FORCE_CLOSED, CaseEvent.WITHDRAWN})
CLOSURES: Final = frozenset({str(event) for event in _ENDINGS} | {str(CaseEvent.REOPENED)})
"""Types of the events that open or close a case for merging."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """A case ended at `closed_at`, or goes on (None); the `sequence`-th event of its teller."""

    case_id: UUID
    closed_at: datetime | None
    sequence: int


def closure_of(event_type: str, *, case_id: UUID, at: datetime, sequence: int) -> Closure:
    """Return what an event of one of the `CLOSURES` types says about a case."""
    ended = event_type in _ENDINGS
    return Closure(case_id=case_id, closed_at=at if ended else None, sequence=sequence)


def latest(closures: Iterable[Closure]) -> dict[UUID, Closure]:
    """Return the last closure of each case, sorted by case."""
    found: dict[UUID, Closure] = {}
    for closure in closures:
        known = found.get(closure.case_id)
        if known is None or known.sequence < closure.sequence:
            found[closure.case_id] = closure
    return dict(sorted(found.items()))
