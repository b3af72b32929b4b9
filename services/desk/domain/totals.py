"""What a case counts as in the totals: read off what is shown of it, so nothing counts twice."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, tzinfo
from typing import Final

from schemas.lifecycle import CaseState
from services.desk.domain.view import View

KINDS: Final = (
    *("registered", "merged", "dismissed", "withdrawn", "merged_by_hand"),
    *("closed", "closed_late", "exempt"),
)
"""Of what there are totals; `merged` are reports that joined, the others are cases.

Of the closed ones `closed_late` were overdue, unless that does not count: those are `exempt`.
"""

BEGAN: Final = "registered"
ENDED: Final = "ended"

_ENDED_AS: Final = {
    CaseState.NOT_ACCEPTED: "dismissed",
    CaseState.WITHDRAWN: "withdrawn",
    CaseState.MERGED: "merged_by_hand",
    CaseState.CLOSED: "closed",
    CaseState.FORCE_CLOSED: "closed",
    CaseState.ARCHIVED: "closed",
}


def totals_of(views: Iterable[View]) -> Counter[str]:
    """Return how many of these cases are what; exercises are not counted."""
    found: Counter[str] = Counter()
    for view in views:
        if not view.exercise:
            found.update(_kinds_of(view))
            found["merged"] += view.joined - view.took_in
    return found


def days_of(views: Iterable[View], *, zone: tzinfo) -> Counter[tuple[date, str]]:
    """Return how many of these cases began and ended on which day, and how they were rated.

    Exercises are not counted. All ways to end count, so that what is open goes up by the one and
    down by the other.
    """
    found: Counter[tuple[date, str]] = Counter()
    for view in views:
        if not view.exercise:
            found[view.registered_at.astimezone(zone).date(), BEGAN] += 1
        if not view.exercise and view.closed_at is not None:
            found[view.closed_at.astimezone(zone).date(), ENDED] += 1
        for one in () if view.exercise else view.ratings:
            found[one.at.astimezone(zone).date(), one.satisfaction] += 1
    return found


def _kinds_of(view: View) -> Iterator[str]:
    yield "registered"
    ended_as = _ENDED_AS.get(view.state)
    if ended_as is not None:
        yield ended_as
    if ended_as == "closed" and view.overdue_at is not None:
        yield "closed_late" if view.exempt_at is None else "exempt"
