"""Whether a report tells of something that an open case already tells of."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from schemas.plan import Merging
from services.assessment.likeness import likeness
from services.assessment.position import Position, block_of, cell_of, cells_around, distance_m


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """Something seen somewhere, once: an open case, or a report that may become one.

    `address` and `words` are as they are compared, None where there is nothing to compare or the
    plan did not ask for them;
    `channel` is None where it was not kept.
    """

    case_id: UUID
    position: Position
    reported_at: datetime
    exercise: bool
    source: str
    channel: str | None = None
    address: str | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """The open case a report belongs to, how far from it the report is, in metres, and how alike.

    `likeness` is None where words were not asked for or there were none.
    """

    case: Sighting
    distance_m: float
    likeness: float | None = None


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
        """Return the nearest case that every test lets the report join, on a tie the oldest.

        An exercise joins only exercises, and the real thing only the real. With `only` no other
        case comes into question.
        """
        found: Match | None = None
        for place in places:
            for case in self._at.get(place, ()):
                if only is not None and case.case_id != only:
                    continue
                match = _match(case, report, merging=merging)
                if match is not None:
                    found = _better(found, match)
        return found


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
    """Return why the report was merged, test by test, as a person checks it."""
    apart = abs(report.reported_at - match.case.reported_at)
    near = apart <= merging.within
    limit = (merging.within if near else merging.same_place_within) / timedelta(hours=1)
    told = [
        f"same category {category}",
        f"{match.distance_m:.1f} m apart, limit {merging.radius_m:g} m",
        f"{apart / timedelta(minutes=1):.0f} min apart, limit {limit:g} h"
        + ("" if near else " at the same place"),
    ]
    if report.channel in merging.lists:
        told.append(f"not one {report.channel} list")
    if merging.same_address:
        both = match.case.address is not None and report.address is not None
        told.append("same address" if both else "no two addresses to compare")
    if merging.asks_for_words:
        told.append(
            "no words to compare"
            if match.likeness is None
            else f"words {match.likeness:.2f} alike, at least {merging.likeness:g}"
        )
    return "; ".join(told)


def _place(category: str, cell: int) -> str:
    return f"{category}/{cell}"


def _match(case: Sighting, report: Sighting, *, merging: Merging) -> Match | None:
    """Return how a report joins a case, None when a test is against it; the dear tests are last."""
    apart = abs(report.reported_at - case.reported_at)
    if case.exercise != report.exercise or apart > merging.longest:
        return None
    distance = distance_m(case.position, report.position)
    if (
        distance > merging.radius_m
        or (apart > merging.within and not _same_place(case, report, distance, merging=merging))
        or (merging.same_address and _same_address(case, report) is False)
        or _one_list(case, report, merging=merging)
    ):
        return None
    if not merging.asks_for_words or case.words is None or report.words is None:
        return Match(case, distance)
    alike = likeness(case.words, report.words)
    return Match(case, distance, alike) if alike >= merging.likeness else None


def _same_address(case: Sighting, report: Sighting) -> bool | None:
    """Tell whether two addresses are the same, None when either is missing."""
    if case.address is None or report.address is None:
        return None
    return case.address == report.address


def _same_place(case: Sighting, report: Sighting, distance: float, *, merging: Merging) -> bool:
    same = _same_address(case, report)
    return distance <= merging.same_place_m if same is None else same


def _one_list(case: Sighting, report: Sighting, *, merging: Merging) -> bool:
    """Tell whether both are entries of one work list, which names each thing once."""
    return (
        report.channel in merging.lists
        and case.channel == report.channel
        and case.source == report.source
    )


def _better(found: Match | None, other: Match) -> Match:
    if found is None:
        return other
    return min(found, other, key=lambda m: (m.distance_m, m.case.reported_at, m.case.case_id))
