"""What is kept of who did what: with those who may come in, with dead letters and with files."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Deed(StrEnum):
    """Something that is kept with who did it."""

    PERSON_ADDED = "person_added"
    PERSON_CHANGED = "person_changed"
    PERSON_DISABLED = "person_disabled"
    PERSON_ENABLED = "person_enabled"
    LINK_GIVEN = "link_given"
    FACTOR_TAKEN_AWAY = "factor_taken_away"
    SESSIONS_ENDED = "sessions_ended"
    KEY_MADE = "key_made"
    KEY_ROTATED = "key_rotated"
    KEY_REVOKED = "key_revoked"
    LETTER_REPLAYED = "letter_replayed"
    LETTER_DISMISSED = "letter_dismissed"
    FILE_TAKEN_AWAY = "file_taken_away"


@dataclass(frozen=True, slots=True)
class Doer:
    """Who did it: the id that stories name, and what they are called.

    Without an id it is no person and no key, whatever it is called.
    """

    id: str
    name: str


THIS_MACHINE: Final = Doer("", "this machine")
"""Whoever gives commands where the database is."""

EVERYWHERE: Final = "everywhere"
"""To what a key is bound that is bound to nothing, in the detail of a deed."""

_BETWEEN: Final = " / "


def in_brief(*groups: Collection[str]) -> str:
    """Return groups of codes as the detail of a deed keeps them, each in order; none that is empty.

    >>> in_brief({"shift_lead", "handler"}, (), ["police"])
    'handler shift_lead / police'
    """
    return _BETWEEN.join(" ".join(sorted(group)) for group in groups if group)


def groups_in(detail: str) -> list[list[str]]:
    """Return the groups of codes that a detail keeps.

    >>> groups_in("handler shift_lead / police"), groups_in("")
    ([['handler', 'shift_lead'], ['police']], [])
    """
    return [group.split() for group in detail.split(_BETWEEN) if group]
