"""Who has to do with a case, by which its readers and its lists are found.

The one table of who sees which cases: a department those that it leads or has a part in, a source
those that it reported or joined, and everybody all of them whose role says so (`SEES_ALL` of
`schemas/scopes.py`). Nobody else sees any. Persons, watchers and who has to sign are looked for,
and see nothing by that.
"""

from collections.abc import Iterable
from typing import Final

from schemas.vocabulary import PartStatus
from services.desk.domain.view import View

DEPARTMENT: Final = "department"
PERSON: Final = "person"
OFFERED: Final = "offered"
"""A department that has not signed for the case, or for its part, yet."""
SOURCE: Final = "source"
WATCHER: Final = "watcher"
"""Who of the supervision has the move, or was told that a request waits, by name."""

SEEN_AS: Final = ((DEPARTMENT, "departments"), (SOURCE, "sources"))
"""As what somebody sees a case, and where an actor says which of these they are."""


def party(kind: str, name: str) -> str:
    """Return how a party of a case is written down.

    >>> party(DEPARTMENT, "police")
    'department/police'
    """
    return f"{kind}/{name}"


def parties_of(view: View, sources: Iterable[str]) -> set[str]:
    """Return everybody who has to do with a case; `sources` are those whose reports joined.

    Persons are those whom the parts name, and those who handled it: in a department that is
    staffed no part names anybody.
    """
    found = {party(SOURCE, name) for name in (view.source, *sources)}
    for department, person in view.parties():
        found.add(party(DEPARTMENT, department))
        if person is not None:
            found.add(party(PERSON, person))
    found |= {party(PERSON, one) for one in view.hands}
    for part in view.parts.values():
        if part.status is PartStatus.OFFERED:
            found.add(party(OFFERED, part.department))
    watching = (one for one in (view.watcher, view.decider) if one is not None)
    return found | {party(WATCHER, one) for one in watching}


def seen_as(actor: object) -> list[str]:
    """Return as which parties somebody sees cases who does not see all."""
    return sorted(
        party(kind, name) for kind, attribute in SEEN_AS for name in getattr(actor, attribute)
    )


def is_seen_as(party_: str) -> bool:
    """Tell whether somebody may see a case for being this party of it.

    >>> is_seen_as("department/police"), is_seen_as("person/li-wei")
    (True, False)
    """
    return any(party_.startswith(f"{kind}/") for kind, _ in SEEN_AS)
