"""Who may see how the reporters of a case can be reached, as a table; and what a look shows.

A case that ended is nobody's any more, whatever the role; and no machine has a reason to look.
Intake decides and shows; the desk offers, and asks in the name of whoever is signed in.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

from schemas.events.base import Text
from schemas.events.incident import Contact
from schemas.roles import ActingRole

LEAST_REASON_LETTERS: Final = 3
"""Of why somebody looks: shorter ones say nothing."""

MOST_REASON_LETTERS: Final = 500
"""Of the same; it is kept for years."""


class Whose(StrEnum):
    """Of which open cases a role sees contacts."""

    THEIRS = "theirs"
    """Of those that a department of theirs has signed for, as lead or as co-handler."""
    ANY = "any"


MAY_LOOK: Final[dict[ActingRole, Whose]] = {
    ActingRole.HANDLER: Whose.THEIRS,
    ActingRole.DEPARTMENT: Whose.THEIRS,
    ActingRole.ACCEPTOR: Whose.ANY,
    ActingRole.DISPATCHER: Whose.ANY,
    ActingRole.SHIFT_LEAD: Whose.ANY,
}
"""Roles that are not here see none: who supervises, evaluates or administers needs no number."""

MAY_AUDIT: Final = frozenset({ActingRole.SUPERVISOR, ActingRole.ADMINISTRATOR})
"""Roles that see who looked, and no contact by that."""


def role_to_look(
    roles: Iterable[ActingRole], *, departments: frozenset[str], at_work: frozenset[str]
) -> ActingRole | None:
    """Return in which of these roles somebody may look at an open case; None in none.

    `departments` are those that they speak for, `at_work` those that work at the case.

    >>> handler = [ActingRole.HANDLER]
    >>> role_to_look(handler, departments=frozenset({"fire"}), at_work=frozenset({"fire"}))
    <ActingRole.HANDLER: 'handler'>
    >>> role_to_look(handler, departments=frozenset({"fire"}), at_work=frozenset()) is None
    True
    """
    are_theirs = not departments.isdisjoint(at_work)
    for role in sorted(roles):
        whose = MAY_LOOK.get(role)
        if whose is Whose.ANY or (whose is Whose.THEIRS and are_theirs):
            return role
    return None


class Wish(BaseModel):
    """Why somebody looks; it is kept with their name."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[
        Text,
        StringConstraints(
            min_length=LEAST_REASON_LETTERS, max_length=MOST_REASON_LETTERS, pattern=r"\S"
        ),
    ]


class ReporterView(BaseModel):
    """A report of the case and how its reporter can be reached; null where it cannot be opened."""

    source: str
    id: str
    reported_at: datetime
    contact: Contact | None


class LookView(BaseModel):
    """What a look shows, and the id that it is kept under.

    `some_erased` says that a reporter of the case had left a contact which was destroyed.
    """

    look_id: UUID
    case_id: UUID
    reporters: list[ReporterView]
    some_erased: bool
