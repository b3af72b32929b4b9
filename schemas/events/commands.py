"""`commands.v1`: what people command to be done with a case, and who they are."""

from typing import Annotated, Any, ClassVar, Final, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, TypeAdapter

from schemas.events.acting import Acting, Person
from schemas.events.base import Body, Code, Identifier, Instant, OwnWords
from schemas.events.incident import Place
from schemas.vocabulary import CommandKind, Urgency

CommandId = Annotated[Identifier, StringConstraints(min_length=1, max_length=128)]


class _Command(Body):
    """What every command carries; a repeat of a `command_id` about a case changes nothing."""

    command_id: CommandId
    case_id: UUID
    at: Instant
    acting: Acting


class Annotate(_Command):
    """Add a note to the story of a case, also of a closed one."""

    type: ClassVar[str] = "case.annotate"

    kind: Literal["case.annotate"]
    note: OwnWords


class Reassign(_Command):
    """Send the case to another department, whose clock starts anew."""

    type: ClassVar[str] = "case.reassign"

    kind: Literal["case.reassign"]
    department: Code
    reason: OwnWords


class Correct(_Command):
    """Say what the case really is, how urgent, or where; what is left out stays as it is."""

    type: ClassVar[str] = "case.correct"

    kind: Literal["case.correct"]
    category: Code | None = None
    urgency: Urgency | None = None
    place: Place | None = None
    reason: OwnWords


class AddCoHandler(_Command):
    """Ask another department to help with the case."""

    type: ClassVar[str] = "case.add_co_handler"

    kind: Literal["case.add_co_handler"]
    department: Code
    reason: OwnWords


class DropCoHandler(_Command):
    """Let a department that helps, or was asked to, go; the case may then be done."""

    type: ClassVar[str] = "case.drop_co_handler"

    kind: Literal["case.drop_co_handler"]
    department: Code
    reason: OwnWords


class Supervise(_Command):
    """Mark the case as one that somebody wants to know of, until that is lifted (督办)."""

    type: ClassVar[str] = "case.supervise"

    kind: Literal["case.supervise"]
    supervised_for: Person
    reason: OwnWords


class Unsupervise(_Command):
    """Lift the mark that somebody wants to know of the case."""

    type: ClassVar[str] = "case.unsupervise"

    kind: Literal["case.unsupervise"]
    reason: OwnWords


Command = Annotate | Reassign | Correct | AddCoHandler | DropCoHandler | Supervise | Unsupervise
KINDS: Final = (
    Annotate,
    Reassign,
    Correct,
    AddCoHandler,
    DropCoHandler,
    Supervise,
    Unsupervise,
)
TYPES: Final = tuple(kind.type for kind in KINDS)

COMMAND: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="kind")])


class _OfNoKind(_Command):
    """What is no command: it is told which kinds there are."""

    kind: CommandKind


_NO_COMMAND: Final[TypeAdapter[Any]] = TypeAdapter(_OfNoKind)
_OF_KIND: Final[dict[str, TypeAdapter[Command]]] = {kind.type: TypeAdapter(kind) for kind in KINDS}


def as_command(fields: object) -> TypeAdapter[Command]:
    """Return what reads these fields: the command of their kind alone, whose faults name no kind.

    >>> as_command({"kind": "case.annotate"}) is as_command(["case.annotate"])
    False
    """
    kind = fields.get("kind") if isinstance(fields, dict) else None
    return _OF_KIND.get(kind, _NO_COMMAND) if isinstance(kind, str) else _NO_COMMAND
