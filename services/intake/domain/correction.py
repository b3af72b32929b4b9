"""What a case really is, and where, once somebody in charge said so: later reports look there."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from services.assessment.position import Position
from services.intake.domain.dedup import place_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a case is, as reports are compared with it; `position` is None where nobody knows."""

    position: Position | None
    grid: str | None
    address: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A case is of this category and urgency, and at `spot` if it is elsewhere than was told.

    It is the `sequence`-th event of its teller.
    """

    case_id: UUID
    category: str
    urgency: str
    spot: Spot | None
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a case, with the number of the last correction that is in it."""

    category: str
    urgency: str
    spot: Spot
    sequence: int

    @property
    def place(self) -> str | None:
        """The place the case is found at; None where it cannot be."""
        position = self.spot.position
        return None if position is None else place_of(self.category, position)


def corrected(known: Known, corrections: Iterable[Correction]) -> Known:
    """Return what is known after these; one that is in it already changes nothing."""
    for one in sorted(corrections, key=lambda one: one.sequence):
        if one.sequence > known.sequence:
            known = replace(
                known,
                category=one.category,
                urgency=one.urgency,
                spot=one.spot or known.spot,
                sequence=one.sequence,
            )
    return known
