"""Who somebody is: their name, their roles, and where they belong."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from schemas.plan.sign_in import GroupGrant
from schemas.roles import SECOND_FACTOR, ActingRole

ADMINISTRATOR_ID: Final = "administrator"
"""Of the person that a first start makes."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Membership:
    """Where somebody belongs: the party they speak for, their area, their shift; '' for none."""

    department: str = ""
    area: str = ""
    shift: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A person as somebody describes them."""

    id: str
    name: str
    roles: frozenset[ActingRole]
    memberships: frozenset[Membership]


def roles_in_force(roles: Collection[ActingRole], *, second_factor: bool) -> frozenset[ActingRole]:
    """Return the roles that a sign-in brings; without a second factor none that decides."""
    return frozenset(roles) if second_factor else frozenset(roles) - SECOND_FACTOR


def needs_second_factor(roles: Collection[ActingRole]) -> bool:
    """Tell whether somebody in these roles decides."""
    return not SECOND_FACTOR.isdisjoint(roles)


def granted(
    groups: Collection[str], grants: Iterable[GroupGrant]
) -> tuple[frozenset[ActingRole], frozenset[Membership]]:
    """Return which roles the groups of a provider bring, and where whoever is in them belongs."""
    held = [grant for grant in grants if grant.group in groups]
    roles = frozenset(role for grant in held for role in grant.roles)
    memberships = {
        Membership(department=grant.department or "", area=area, shift=grant.shift or "")
        for grant in held
        for area in grant.areas or ("",)
    }
    return roles, frozenset(memberships - {Membership()})
