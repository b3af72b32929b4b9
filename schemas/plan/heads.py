"""Who is told by name when a case rises: of a department, and of the supervision."""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, model_validator

from schemas.plan.base import Titled
from schemas.plan.duty import Person
from schemas.vocabulary import MAX_LEVEL

_LEVELS: Final = range(1, MAX_LEVEL + 1)


def _by_level(value: object) -> object:
    if not isinstance(value, dict):
        return value
    for name in value:
        if str(name) not in map(str, _LEVELS):
            levels = f"{_LEVELS.start} to {_LEVELS.stop - 1}"
            raise ValueError(
                f"{str(name)[:80]!r} is no level to which a case rises; write {levels}"
            )
    return {int(name): person for name, person in value.items()}


_Level = Annotated[int, Field(ge=1, le=MAX_LEVEL)]
Heads = Annotated[Mapping[_Level, Person], BeforeValidator(_by_level)]
"""By level, who is told when a case comes to it: `{ 1 = "em-deputy", 3 = "em-head" }`."""


_NAMED: Final = ("head", "heads", "acceptor")
"""Keys that name people by id, besides the shifts of `duty`."""


class Peopled(Titled):
    """A party with people, each declared once and named by id elsewhere in its table."""

    people: Annotated[tuple[Person, ...], Field(max_length=1_000)] = ()
    heads: Heads = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _resolve_people(cls, value: object) -> object:
        """Put the person in place of each id."""
        return _with_people(value) if isinstance(value, dict) else value

    def head_at(self, level: int) -> Person | None:
        """Return who is told when a case comes to a level; None where nobody is named."""
        return self.heads.get(level)


def _with_people(table: dict[str, object]) -> dict[str, object]:
    people = table.get("people")
    known = {
        person["id"]: person
        for person in (people if isinstance(people, list) else [])
        if isinstance(person, dict) and isinstance(person.get("id"), str)
    }

    def resolved(value: object) -> object:
        if isinstance(value, list):
            return [resolved(one) for one in value]
        if isinstance(value, dict):
            return {name: resolved(one) for name, one in value.items()}
        return known.get(value, value) if isinstance(value, str) else value

    filled = table | {name: resolved(table[name]) for name in _NAMED if name in table}
    duty = filled.get("duty")
    if isinstance(duty, list):
        filled["duty"] = [
            {
                key: resolved(value) if key in {"person", "deputies"} else value
                for key, value in shift.items()
            }
            if isinstance(shift, dict)
            else shift
            for shift in duty
        ]
    return filled
