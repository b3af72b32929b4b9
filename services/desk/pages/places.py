"""The pages beside the lists of cases: what each is called, where it is, who may open it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from schemas.scopes import Scope
from services.access.actor import Actor


@dataclass(frozen=True, slots=True)
class Place:
    """A page, below `place` in `words.toml`; what begins like `below` is of it, too."""

    name: str
    path: str
    scope: Scope
    below: tuple[str, ...]


def _place(name: str, *further: str, scope: Scope = Scope.PEOPLE_MANAGE) -> Place:
    path = f"/{name}"
    return Place(name.replace("-", "_"), path, scope, (path, *further))


_PLACES: Final = (
    _place("people", "/new-person"),
    _place("keys", "/new-key"),
    _place("open-sessions"),
    _place("plan-in-use"),
    _place("processes"),
    _place("deliveries", scope=Scope.DELIVERIES_MANAGE),
    _place("dead-letters", scope=Scope.DEAD_LETTERS_MANAGE),
    _place("audit"),
)


def places_of(actor: Actor) -> Sequence[Place]:
    """Return the pages that somebody may open."""
    return [place for place in _PLACES if actor.may(place.scope)]
