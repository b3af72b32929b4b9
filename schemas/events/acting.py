"""Who acted: the person behind an answer or a command, in which roles, by which door."""

from typing import Annotated

from pydantic import Field, StringConstraints

from schemas.events.base import Body, CaseFact, Code, Identifier
from schemas.vocabulary import Door

MOST_ROLES = 20

Person = Annotated[Identifier, StringConstraints(min_length=1, max_length=100, pattern=r"\S")]
"""A person as the sender's own system knows them: an id or a name, on one line."""


class Acting(Body):
    """A person who acts, the roles they act in, and the door they came through."""

    person: Person
    roles: tuple[Code, ...] = Field(default=(), max_length=MOST_ROLES)
    door: Door


class ActedFact(CaseFact):
    """A fact that an answer or a command led to; `acting` is absent where no person spoke."""

    acting: Acting | None = None
