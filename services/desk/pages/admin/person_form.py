"""The form of a person: what stands in it, and whom it describes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

from schemas.events.people import MOST_BOUND
from schemas.plan import Plan
from schemas.roles import OF_A_DEPARTMENT, ActingRole
from schemas.scopes import SEES_ALL
from services.desk.domain.people import Described, Membership
from services.desk.store.people import Known
from services.desk.use_cases.people import recorded_of
from services.desk.use_cases.people_file import FaultyFile, person_in

ROLE: Final = "role."
"""Before a role, in the name of its box."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Where somebody belongs: one party, areas with blanks between, a shift; any may be empty."""

    department: str = ""
    areas: str = ""
    shift: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonForm:
    """A person as the form has them; `version` is that of the person when it was opened."""

    id: str = ""
    name: str = ""
    roles: frozenset[str] = frozenset()
    groups: Sequence[Group] = ()
    version: int = 0

    @property
    def sees_nothing(self) -> bool:
        """Whether they handle cases, of no department, so that no case is theirs to see."""
        handles = not OF_A_DEPARTMENT.isdisjoint(self.roles) and SEES_ALL.isdisjoint(self.roles)
        return handles and not any(one.department for one in self.groups)

    @classmethod
    def of(cls, known: Known) -> Self:
        """Return the form of somebody who is known."""
        told = recorded_of(known)
        return cls(
            id=known.id,
            name=told.name,
            roles=frozenset(told.roles),
            groups=[
                Group(
                    department=one.department or "",
                    areas=" ".join(one.areas),
                    shift=one.shift or "",
                )
                for one in told.memberships
            ],
            version=known.version,
        )

    @classmethod
    def sent(cls, given: Mapping[str, str], *, id_: str) -> Self:
        """Return the form as somebody sent it."""
        numbers = sorted(
            int(name.removeprefix("department."))
            for name in given
            if name.startswith("department.") and name[len("department.") :].isdecimal()
        )
        groups = [
            Group(
                department=given.get(f"department.{n}", "").strip(),
                areas=given.get(f"areas.{n}", "").strip(),
                shift=given.get(f"shift.{n}", "").strip(),
            )
            for n in numbers
        ]
        version = given.get("version", "")
        return cls(
            id=id_,
            name=given.get("name", "").strip(),
            roles=frozenset(role for role in ActingRole if f"{ROLE}{role}" in given),
            groups=[one for one in groups if one != Group()],
            # What no page of ours says is no version that anybody has.
            version=int(version) if version.isascii() and version.isdecimal() else -1,
        )

    def described(self, plan: Plan) -> Described:
        """Return whom the form describes, by the rules of a file of people. Raises `FaultyFile`."""
        found: list[Described] = []
        faults: dict[str, None] = {}
        for group in self.groups or (Group(),):
            row = {"id": self.id, "name": self.name, "roles": " ".join(sorted(self.roles))}
            row |= {"departments": group.department, "areas": group.areas, "shift": group.shift}
            try:
                found.append(person_in(row, plan=plan))
            except FaultyFile as faulty:
                faults |= dict.fromkeys(str(faulty).splitlines())
        memberships = frozenset[Membership]().union(*(one.memberships for one in found))
        areas = Counter((one.department, one.shift) for one in memberships)
        if max((len(areas), *areas.values())) > MOST_BOUND:
            faults[f"areas: more than {MOST_BOUND} in one place"] = None
        if faults:
            raise FaultyFile([*faults])
        return replace(found[0], memberships=memberships)
