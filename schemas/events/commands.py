"""`commands.v1`: what people command to be done with a case, and who they are."""

from typing import Annotated, Any, ClassVar, Final, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, TypeAdapter

from schemas.cloudevents import CloudEvent
from schemas.events.acting import Acting, Person
from schemas.events.base import Body, Code, Identifier, Instant, OwnWords
from schemas.events.incident import Place
from schemas.vocabulary import CommandKind, RequestKind, Urgency, derived_id

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
    """Ask another department to help with the case.

    `asking_department` is for whom it is asked: the one that has the case, and has signed for it.
    Whoever sends cases to departments may leave it out.
    """

    type: ClassVar[str] = "case.add_co_handler"

    kind: Literal["case.add_co_handler"]
    department: Code
    asking_department: Code | None = None
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


class Request(_Command):
    """Ask for something that another person has to allow.

    `department` is for whom it is asked: the one that has the case. A suspension needs `until`,
    a force-close its `legal_basis`.
    """

    type: ClassVar[str] = "case.request"

    kind: Literal["case.request"]
    what: RequestKind
    department: Code | None = None
    reason: OwnWords
    until: Instant | None = None
    legal_basis: OwnWords | None = None


class _OnRequest(_Command):
    """What is said of a request that waits, and why."""

    request_id: UUID
    reason: OwnWords


class WithdrawRequest(_OnRequest):
    """Take back what one has asked for."""

    type: ClassVar[str] = "case.withdraw_request"

    kind: Literal["case.withdraw_request"]


class Approve(_OnRequest):
    """Allow what another person asked for."""

    type: ClassVar[str] = "case.approve"

    kind: Literal["case.approve"]


class Refuse(_OnRequest):
    """Do not allow what another person asked for."""

    type: ClassVar[str] = "case.refuse"

    kind: Literal["case.refuse"]


class Resume(_Command):
    """Let the work on a suspended case go on before its date."""

    type: ClassVar[str] = "case.resume"

    kind: Literal["case.resume"]
    reason: OwnWords


class RefuseReopening(_Command):
    """Say that a case which was opened again stays closed."""

    type: ClassVar[str] = "case.refuse_reopening"

    kind: Literal["case.refuse_reopening"]
    reason: OwnWords


class Merge(_Command):
    """Say that the case is the same thing as another one, which goes on for both."""

    type: ClassVar[str] = "case.merge"

    kind: Literal["case.merge"]
    into: UUID
    reason: OwnWords


class Unmerge(_Command):
    """Take a merge back: the case goes on by itself."""

    type: ClassVar[str] = "case.unmerge"

    kind: Literal["case.unmerge"]
    reason: OwnWords


class Dismiss(_Command):
    """Say that the case should not have been registered (撤销立案)."""

    type: ClassVar[str] = "case.dismiss"

    kind: Literal["case.dismiss"]
    reason: OwnWords


class Withdraw(_Command):
    """Take the report back on behalf of its reporter."""

    type: ClassVar[str] = "case.withdraw"

    kind: Literal["case.withdraw"]
    reason: OwnWords


KINDS: Final = (
    Annotate,
    Reassign,
    Correct,
    AddCoHandler,
    DropCoHandler,
    Supervise,
    Unsupervise,
    Request,
    WithdrawRequest,
    Approve,
    Refuse,
    Resume,
    RefuseReopening,
    Merge,
    Unmerge,
    Dismiss,
    Withdraw,
)
Command = (
    Annotate
    | Reassign
    | Correct
    | AddCoHandler
    | DropCoHandler
    | Supervise
    | Unsupervise
    | Request
    | WithdrawRequest
    | Approve
    | Refuse
    | Resume
    | RefuseReopening
    | Merge
    | Unmerge
    | Dismiss
    | Withdraw
)
TYPES: Final = tuple(kind.type for kind in KINDS)

ASKS_FOR: Final[dict[type[Command], str]] = {
    Request: "department",
    AddCoHandler: "asking_department",
}
"""What somebody asks for a department, and the field that names it."""

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


def event_id(said: Command) -> UUID:
    """Return the id of a command's event: a repeat of the command has the same."""
    return derived_id("command", said.case_id, said.command_id)


def event_of(said: Command) -> CloudEvent:
    """Return the event that brings a command into the log, by the door that it came through."""
    case_id = str(said.case_id)
    return CloudEvent(
        id=event_id(said),
        type=said.kind,
        source=f"/doors/{said.acting.door}",
        subject=case_id,
        time=said.at,
        data=said.model_dump_json(exclude_none=True).encode(),
        key=case_id,
    )
