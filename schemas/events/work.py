"""What departments do with a case, and who did it."""

from collections.abc import Iterator
from typing import Final

from schemas.events.base import CaseFact
from schemas.events.case import (
    AssignmentAccepted,
    CaseProgressed,
    FeedbackSubmitted,
    HandlingStarted,
)
from schemas.events.part import PartChanged

_WORK: Final = (
    AssignmentAccepted,
    HandlingStarted,
    CaseProgressed,
    PartChanged,
    FeedbackSubmitted,
)


def hands_of(fact: CaseFact) -> Iterator[str]:
    """Yield the persons of a department who handled a case by what a fact tells."""
    if not isinstance(fact, _WORK):
        return
    if fact.acting is not None:
        yield fact.acting.person
    if isinstance(fact, AssignmentAccepted) and fact.by is not None:
        yield fact.by
