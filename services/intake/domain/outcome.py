"""What becomes of a report, as the table of the life cycle has it."""

from enum import StrEnum
from typing import Final

from schemas.lifecycle import Actor, CaseEvent, CaseState, next_state


class Outcome(StrEnum):
    """What became of a report; `DUPLICATE` of one that had become something before."""

    REGISTERED = "registered"
    MERGED = "merged"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"


_OUTCOMES: Final = {
    CaseState.REGISTERED: Outcome.REGISTERED,
    CaseState.MERGED: Outcome.MERGED,
    CaseState.NOT_ACCEPTED: Outcome.REJECTED,
}


def outcome_of(event: CaseEvent) -> Outcome:
    """Return what becomes of a new report to which an event happens.

    Raises `IllegalTransition` when the life cycle lets no new report go there.
    """
    reported = next_state(None, CaseEvent.REPORTED, actor=Actor.INTAKE)
    return _OUTCOMES[next_state(reported, event, actor=Actor.INTAKE)]
