"""Who may see how the reporters of a case can be reached, as a table.

A case that ended is nobody's any more, whatever the role; and no machine has a reason to look.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from schemas.roles import ActingRole


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
