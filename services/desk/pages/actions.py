"""Forms by which somebody does something with a case."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from schemas.vocabulary import CommandKind

ANSWERS: Final = "answers"
COMMANDS: Final = "commands"
FILES: Final = "files"
"""Where a form with files goes, and what is answered with them."""
EVIDENCE: Final = "evidence."
"""Before the kind of a proof, in the name of the fields that take its files and its link."""
KEPT: Final = "kept."
"""The same, of the field that names files which have come already, with blanks between."""


CHOSEN_TEXT: Final = "text"
"""The field that names the standard text which somebody chose."""
USE: Final = "use"
"""The button that puts it into its box; nothing is sent."""


class Widget(StrEnum):
    """How a field is filled in."""

    LINES = "lines"
    TEXT = "text"
    PROOF = "proof"
    DATE = "date"
    DEPARTMENT = "department"
    CATEGORY = "category"
    URGENCY = "urgency"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyText:
    """A standard text, filled for a case, in the reader's language."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a form; `value` is what stands in it, `choices` what may, `texts` are offered."""

    name: str
    widget: Widget
    required: bool = True
    value: str = ""
    choices: Sequence[str] = ()
    texts: Sequence[ReadyText] = ()

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
    def way(self) -> str:
        """Where its form goes: one that takes files has a way of its own."""
        return FILES if any(one.widget is Widget.PROOF for one in self.fields) else self.door

    @property
    def name(self) -> str:
        """What it is called, below `action` in `words.toml`."""
        return self.kind.removeprefix("case.")

    @property
    def said_as(self) -> str:
        """What is done, as the plan's standard texts name it: of a request, what is asked for."""
        return self.about if self.kind == CommandKind.REQUEST else self.name

    @property
    def asks(self) -> tuple[Field, ...]:
        """The fields that somebody fills in."""
        return tuple(one for one in self.fields if one.widget is not Widget.HIDDEN)


REASON: Final = Field(name="reason", widget=Widget.LINES)

_CARRIED: Final = frozenset(
    {"kind", "seen", "once", "party", "assignment_id", "request_id", "what"}
    | {"asking_department", "act", "joins", "shown", CHOSEN_TEXT, USE}
)


def is_typed(name: str) -> bool:
    """Tell whether a field of a form is one that somebody fills in."""
    return name not in _CARRIED and not name.startswith(KEPT)
