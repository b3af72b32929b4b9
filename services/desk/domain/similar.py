"""Which open cases may be the same thing as one, or as a report, and what speaks for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from schemas.vocabulary import FALLBACK_CATEGORY
from services.assessment.likeness import comparable_address, comparable_words, likeness
from services.assessment.position import Position, distance_m
from services.desk.domain.view import View

NEAR_METRES: Final = 300.0
"""Within which two things may be one that two people saw from two streets."""
ALIKE: Final = 0.25
"""Likeness from which two descriptions are shown as alike: a hint for a person, no decision."""


class Thing(Protocol):
    """What was reported, and where."""

    @property
    def category(self) -> str:
        """Its category, by code."""

    @property
    def description(self) -> str:
        """What was said of it."""

    @property
    def place(self) -> Mapping[str, Any]:
        """Where it is, as `Place` has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A report that is no case so far."""

    category: str
    description: str
    place: Mapping[str, Any]


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


def similar_to(thing: Thing, others: Iterable[View], *, most: int) -> list[Similar]:
    """Return those of the others that are the likeliest to be the same thing, at the most `most`.

    What is known to be farther away than `NEAR_METRES` is another thing.
    """
    found = (_compared(thing, other) for other in others)
    likely = [
        one
        for one in found
        if one.weight and not (one.metres is not None and one.metres > NEAR_METRES)
    ]
    return sorted(likely, key=lambda one: (-one.weight, one.metres or 0.0))[:most]


def metres_between(one: Thing, other: Thing) -> float | None:
    """Return how far two cases are from each other; None where a place is not known."""
    here, there = one.place.get("point"), other.place.get("point")
    if not here or not there:
        return None
    return distance_m(
        Position(here["lat"], here["lon"]),
        Position(there["lat"], there["lon"]),
    )


def _compared(thing: Thing, other: View) -> Similar:
    address = comparable_address(thing.place.get("address"))
    words, theirs = comparable_words(thing.description), comparable_words(other.description)
    return Similar(
        view=other,
        metres=metres_between(thing, other),
        same_address=address is not None
        and address == comparable_address(other.place.get("address")),
        same_category=thing.category == other.category != FALLBACK_CATEGORY,
        words_alike=bool(words and theirs) and likeness(words or "", theirs or "") >= ALIKE,
    )
