"""Forms by which somebody does something with a case."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

ANSWERS: Final = "answers"
COMMANDS: Final = "commands"
EVIDENCE: Final = "evidence."
"""Before the kind of a proof, in the name of the field that takes its link."""


class Widget(StrEnum):
    """How a field is filled in."""

    LINES = "lines"
    TEXT = "text"
    LINK = "link"
    DATE = "date"
    DEPARTMENT = "department"
    CATEGORY = "category"
    URGENCY = "urgency"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a form; `value` is what stands in it, `choices` what may."""

    name: str
    widget: Widget
    required: bool = True
    value: str = ""
    choices: Sequence[str] = ()

    @property
    def label(self) -> str:
        """What it is called, below `field` in `words.toml`."""
        return "evidence" if self.name.startswith(EVIDENCE) else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something that somebody may do: `kind` is what is sent, `door` where to.

    `first` is what is most likely next; `about` tells several of one kind apart.
    """

    door: str
    kind: str
    fields: tuple[Field, ...] = ()
    first: bool = False
    about: str = ""

    @property
    def name(self) -> str:
        """What it is called, below `action` in `words.toml`."""
        return self.kind.removeprefix("case.")

    @property
    def asks(self) -> tuple[Field, ...]:
        """The fields that somebody fills in."""
        return tuple(one for one in self.fields if one.widget is not Widget.HIDDEN)


REASON: Final = Field(name="reason", widget=Widget.LINES)

_CARRIED: Final = frozenset(
    {"kind", "seen", "once", "party", "assignment_id", "request_id", "what"}
    | {"act", "joins", "shown"}
)


def is_typed(name: str) -> bool:
    """Tell whether a field of a form is one that somebody fills in."""
    return name not in _CARRIED
