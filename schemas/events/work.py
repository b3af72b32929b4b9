"""What departments do with a case, and who did it."""

from collections.abc import Iterator
from typing import Final

from schemas.events.acting import ActedFact
from schemas.events.base import MOST_LISTED, CaseFact
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


def hands_with(hands: tuple[str, ...], fact: CaseFact) -> tuple[str, ...]:
    """Return who handled a case, each once and `MOST_LISTED` at most, once a fact was told.

    These are the persons of a department whom what it does names.
    """
    if not isinstance(fact, _WORK):
        return hands
    return tuple(dict.fromkeys((*hands, *_people(fact))))[:MOST_LISTED]


def _people(fact: ActedFact) -> Iterator[str]:
    if fact.acting is not None:
        yield fact.acting.person
    if isinstance(fact, AssignmentAccepted) and fact.by is not None:
        yield fact.by
