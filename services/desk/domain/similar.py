"""Which open cases may be the same thing as one, and what speaks for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from services.assessment.likeness import comparable_address, comparable_words, likeness
from services.assessment.position import Position, distance_m
from services.desk.domain.view import View

NEAR_METRES: Final = 300.0
"""Within which two things may be one that two people saw from two streets."""
ALIKE: Final = 0.25
"""Likeness from which two descriptions are shown as alike: a hint for a person, no decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Similar:
    """A case that may be the same thing; `metres` between them, where both places are known."""

    view: View
    metres: float | None
    same_address: bool
    same_category: bool
    words_alike: bool

    @property
    def weight(self) -> int:
        """How many things speak for it."""
        near = self.metres is not None and self.metres <= NEAR_METRES
        return sum((near, self.same_address, self.same_category, self.words_alike))


def similar_to(view: View, others: Iterable[View], *, most: int) -> list[Similar]:
    """Return those of the others that are the likeliest to be the same thing, at the most `most`.

    What is known to be farther away than `NEAR_METRES` is another thing.
    """
    found = (_compared(view, other) for other in others)
    likely = [
        one
        for one in found
        if one.weight and not (one.metres is not None and one.metres > NEAR_METRES)
    ]
    return sorted(likely, key=lambda one: (-one.weight, one.metres or 0.0))[:most]


def metres_between(one: View, other: View) -> float | None:
    """Return how far two cases are from each other; None where a place is not known."""
    here, there = one.place.get("point"), other.place.get("point")
    if not here or not there:
        return None
    return distance_m(
        Position(here["lat"], here["lon"]),
        Position(there["lat"], there["lon"]),
    )


def _compared(view: View, other: View) -> Similar:
    address = comparable_address(view.place.get("address"))
    words, theirs = comparable_words(view.description), comparable_words(other.description)
    return Similar(
        view=other,
        metres=metres_between(view, other),
        same_address=address is not None
        and address == comparable_address(other.place.get("address")),
        same_category=view.category == other.category,
        words_alike=bool(words and theirs) and likeness(words or "", theirs or "") >= ALIKE,
    )
