"""Who is told that a case ended, or that somebody joined it."""

from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any, Final

from schemas.lifecycle import ENDED, CaseState
from services.notifier.domain.case import CaseFile
from services.notifier.domain.facts import Happened
from services.notifier.domain.notices import Address, follower, handler
from services.notifier.domain.part import Part

GIVEN_UP: Final = frozenset({CaseState.NOT_ACCEPTED, CaseState.WITHDRAWN})
CLOSED: Final = ENDED - GIVEN_UP - {CaseState.MERGED}

To = Callable[[CaseFile, Happened, Sequence[Part]], Iterable[Address]]
"""By the case, what happened, and the parts that it changed."""


def who_joined(_file: CaseFile, happened: Happened, _parts: object) -> Iterable[Address]:
    """Return who made the report that the fact tells of."""
    fact: Any = happened.fact
    yield follower(fact.source, fact.source_id)


def who_joined_one_that_is(states: Container[CaseState]) -> To:
    """Return one who joined a case that had come to one of these states meanwhile."""

    def to(file: CaseFile, happened: Happened, parts: object) -> Iterable[Address]:
        return who_joined(file, happened, parts) if file.case.state in states else ()

    return to


def lead_of_open(file: CaseFile, _happened: Happened, _parts: object) -> Iterable[Address]:
    """Return who leads a case that is open."""
    if file.case.closed_at is None and file.case.department is not None:
        yield handler(file.case.department, file.case.person)


def who_loses_it(_file: CaseFile, _happened: Happened, parts: Sequence[Part]) -> Iterable[Address]:
    """Return everybody whose part the fact took back."""
    for part in parts:
        yield handler(part.department, part.person)
