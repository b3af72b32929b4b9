"""`[sign_in]`: what the groups of the city's identity provider are here.

Which provider that is, and the secret that we share with it, are settings of the desk.
"""

from typing import Annotated

from pydantic import Field

from schemas.plan.base import DEPARTMENT_CODE, Code, Table, Text
from schemas.roles import ActingRole

_Claim = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")]
"""The name of a claim of an ID token."""


class GroupGrant(Table):
    """What whoever is in a group of the provider is here.

    `department` is the party they speak for; `areas` are grids or districts, `shift` is a name.
    """

    group: Annotated[Text, Field(max_length=200)]
    roles: Annotated[tuple[ActingRole, ...], Field(max_length=20)] = ()
    department: Annotated[str, Field(pattern=DEPARTMENT_CODE, max_length=40)] | None = None
    areas: Annotated[tuple[Code, ...], Field(max_length=1_000)] = ()
    shift: Annotated[Text, Field(max_length=100)] | None = None


class OpenIdConnect(Table):
    """How an ID token is read.

    `person_claim` names somebody here: it must be one that people cannot change themselves.
    `second_factor` are values of `amr`: where there are some, a sign-in without one of them brings
    no role that decides. Where there are none, the provider sees to it.
    """

    person_claim: _Claim = "sub"
    name_claim: _Claim = "name"
    groups_claim: _Claim = "groups"
    second_factor: Annotated[tuple[_Claim, ...], Field(max_length=20)] = ()
    groups: Annotated[tuple[GroupGrant, ...], Field(max_length=1_000)] = ()


class SignIn(Table):
    """How people sign in at the desk."""

    oidc: OpenIdConnect = Field(default_factory=OpenIdConnect)
