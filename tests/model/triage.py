"""A case that nobody could categorise: somebody is to say what it is, and is told until it is said.

From the domain handbook (two working hours) and the page on a case that is late.
"""

from typing import Final

from tests.model.case import Case
from tests.model.minutes import growing, reached
from tests.model.rights import OPEN, TOP

_IN_DANGER: Final = ("min", 5)
_ELSE: Final = ("WH", 120)


def _within(case: Case) -> tuple[str, int]:
    return _IN_DANGER if case.urgency == "E" else _ELSE


def ask(case: Case, now: int) -> None:
    """Ask what the case is: at once, where a word tells of danger."""
    unit, minutes = _within(case)
    case.triage_by = case.triage_due = reached(unit, now, minutes)
    case.tell("triage.requested")


def named(case: Case) -> None:
    """Ask no more: somebody has said what it is, or is at work on it."""
    case.triage_by = case.triage_due = None


def triage_late(case: Case, now: int) -> None:
    """Go up a level because nobody says what it is; on the top level they are told again."""
    if case.triage_by is None or case.triage_by > now or case.state not in OPEN:
        return
    if case.level < TOP and case.holder is not None:
        case.raise_to(case.level + 1)
    told = case.triage_by - case.registered
    case.triage_due = growing(case.triage_by, _within(case), told, now)
