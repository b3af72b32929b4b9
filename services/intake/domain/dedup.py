"""Whether a report tells of something that an open case already tells of."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from schemas.plan import Category, Merging, Plan
from schemas.vocabulary import FALLBACK_CATEGORY
from services.intake.domain.position import Position, block_of, cell_of, cells_around, distance_m


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """Something seen somewhere, once: an open case, or a report that may become one."""

    case_id: UUID
    position: Position
    reported_at: datetime
    exercise: bool


@dataclass(frozen=True, slots=True)
class Match:
    """The open case a report belongs to, and how far from it the report is, in metres."""

    case: Sighting
    distance_m: float


class OpenCases:
    """Open cases by place: those of the database, and those opened since in this batch."""

    def __init__(self) -> None:
        """Begin without any."""
        self._at: dict[str, list[Sighting]] = {}

    def add(self, case: Sighting, *, place: str) -> None:
        """Let later reports find a case."""
        self._at.setdefault(place, []).append(case)

    def nearest(
        self,
        report: Sighting,
        *,
        places: tuple[str, ...],
        merging: Merging,
        only: UUID | None = None,
    ) -> Match | None:
        """Return the nearest case within radius and time, on a tie the oldest.

        An exercise joins only exercises, and the real thing only the real. With `only` no other
        case comes into question.
        """
        found: Match | None = None
        for place in places:
            for case in self._at.get(place, ()):
                if only is not None and case.case_id != only:
                    continue
                if _comparable(case, report, merging=merging):
                    found = _better(found, Match(case, distance_m(case.position, report.position)))
        return found if found is not None and found.distance_m <= merging.radius_m else None


def merging_of(category: Category, plan: Plan) -> Merging | None:
    """Return how reports of a category are merged; None when they never are.

    The catch-all is never merged: two things nobody could name are not the same thing.
    """
    merging = plan.merging_of(category)
    return merging if merging.enabled and category.code != FALLBACK_CATEGORY else None


def place_of(category: str, position: Position) -> str:
    """Return the place a case is found at: its category and the cell it lies in."""
    return _place(category, cell_of(position))


@dataclass(frozen=True, slots=True)
class Around:
    """The places at which a case within a radius can be, and the blocks these lie in."""

    places: tuple[str, ...]
    blocks: frozenset[str]


def around(category: str, position: Position, *, radius_m: float) -> Around:
    """Return where a case of the category within the radius of a position can be."""
    cells = cells_around(position, radius_m=radius_m)
    return Around(
        places=tuple(_place(category, cell) for cell in cells),
        blocks=frozenset(_place(category, block_of(cell)) for cell in cells),
    )


def explained(match: Match, report: Sighting, *, category: str, merging: Merging) -> str:
    """Return why the report was merged, as a person checks it."""
    minutes = abs(report.reported_at - match.case.reported_at) / timedelta(minutes=1)
    hours = merging.within / timedelta(hours=1)
    return (
        f"same category {category}; {match.distance_m:.1f} m apart, limit {merging.radius_m:g} m; "
        f"{minutes:.0f} min apart, limit {hours:g} h"
    )


def _place(category: str, cell: int) -> str:
    return f"{category}/{cell}"


def _comparable(case: Sighting, report: Sighting, *, merging: Merging) -> bool:
    apart = abs(report.reported_at - case.reported_at)
    return case.exercise == report.exercise and apart <= merging.within


def _better(found: Match | None, other: Match) -> Match:
    if found is None:
        return other
    return min(found, other, key=lambda m: (m.distance_m, m.case.reported_at, m.case.case_id))
