"""Where a case stands for somebody who speaks of it, and what happened since they looked."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from schemas.case_facts import CASE_MESSAGES
from schemas.events.acting import ActedFact
from services.desk.domain.view import View

_SAID: Final = frozenset(one.type for one in CASE_MESSAGES if issubclass(one, ActedFact))
"""What somebody said, or a system that speaks for its party; the rest is clocks and rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A line of a case's story; `person` said what it tells of, absent where nobody did."""

    number: int
    at: datetime
    type: str
    person: str | None
    text_en: str
    text_zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A case as it is shown, and the lines of its story beyond the one that was seen last."""

    view: View
    since: tuple[Change, ...] = ()


def surprising(person: str, changes: Iterable[Change]) -> Iterator[Change]:
    """Yield the changes that somebody may not know of: all but theirs and what follows from those.

    What they said themselves is no news when they say it again. What others said always is, a
    system that speaks for its party too.
    """
    spoke = False
    for change in changes:
        if change.person == person:
            spoke = True
        elif not spoke or change.type in _SAID:
            yield change
