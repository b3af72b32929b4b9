"""Who acts: proven once at the edge, and an argument of every read and command from there on."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from schemas.events.acting import Acting
from schemas.roles import ActingRole
from schemas.scopes import SEES_ALL, Scope, scopes_of
from schemas.vocabulary import SUPERVISION, Door


class ActorKind(StrEnum):
    """What it is that acts."""

    PERSON = "person"
    KEY = "key"
    SYSTEM = "system"
    """This installation itself, or somebody on its own machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody who was proven at a door, and what they may do.

    `id` names them in the story; that of a key is `key:<its name>`, and outlives a rotation.
    `departments` are the parties they speak for, the supervision and the reporters among them;
    `sources` those they report for. `everywhere` is a key that was bound to neither on purpose.
    Nobody speaks for anything that is not named here.
    """

    kind: ActorKind
    id: str
    name: str
    door: Door
    scopes: frozenset[Scope]
    roles: frozenset[ActingRole] = frozenset()
    departments: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    everywhere: bool = False

    @classmethod
    def of_person(
        cls,
        id_: str,
        name: str,
        *,
        roles: Collection[ActingRole],
        departments: Iterable[str],
        areas: Iterable[str],
    ) -> Self:
        """Return somebody who is signed in at the desk; what they may open follows from roles."""
        return cls(
            kind=ActorKind.PERSON,
            id=id_,
            name=name,
            door=Door.DESK,
            scopes=scopes_of(roles),
            roles=frozenset(roles),
            departments=frozenset(departments),
            areas=frozenset(areas),
        )

    @property
    def acting(self) -> Acting:
        """Who acted, as an answer or a command carries it."""
        return Acting(person=self.id, roles=tuple(sorted(self.roles)), door=self.door)

    @property
    def sees_all(self) -> bool:
        """Whether they read what belongs to any party, and not only to theirs.

        The supervision checks every case that is done.
        """
        of_supervision = SUPERVISION in self.departments
        return self.everywhere or of_supervision or not SEES_ALL.isdisjoint(self.roles)

    def is_concerned(self, parties: Iterable[str]) -> bool:
        """Tell whether what these parties have to do with is theirs to see."""
        return self.sees_all or not self.departments.isdisjoint(parties)

    def may(self, scope: Scope) -> bool:
        """Tell whether this kind of door is open to them."""
        return scope in self.scopes

    def speaks_for(self, party: str) -> bool:
        """Tell whether what they say counts as the word of this party."""
        return self.everywhere or party in self.departments

    def asks_for(self, department: str | None) -> bool:
        """Tell whether they may ask for something for this department; none stands for any."""
        return self.sees_all or (department is not None and self.speaks_for(department))

    def reports_for(self, source: str) -> bool:
        """Tell whether they may report as this source, and read what became of its reports."""
        return self.everywhere or source in self.sources
