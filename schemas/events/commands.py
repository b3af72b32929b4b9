"""`commands.v1`: what people command to be done with a case, and who they are."""

from typing import Annotated, ClassVar, Final, Literal
from uuid import UUID

from pydantic import StringConstraints, TypeAdapter

from schemas.events.acting import Acting
from schemas.events.base import Body, Identifier, Instant, OwnWords

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


Command = Annotate
KINDS: Final = (Annotate,)
TYPES: Final = tuple(kind.type for kind in KINDS)

COMMAND: TypeAdapter[Command] = TypeAdapter(Command)
