"""What somebody at the desk commands of a case: into the log, in the name that was proven."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from schemas import topics
from schemas.events import commands
from schemas.events.commands import Command, as_command, event_of
from schemas.roles import may
from schemas.vocabulary import CommandKind, derived_id
from services.access.actor import Actor
from services.kit.clock import Clock
from services.kit.http.door import Publishes
from services.kit.records import Fault, Rejected, message_of
from services.kit.stage.decoding import validated

Sees = Callable[[Actor, UUID], Awaitable[bool]]
"""Tells whether a case is one that somebody may see."""

_OURS: Final = ("acting", "case_id", "at", "command_id")
"""Fields that the desk says: who, of which case, when."""


class MayNot(Exception):
    """Nobody in these roles, or of these parties, commands that."""


class UnknownCase(LookupError):
    """There is no such case, or it is none of theirs: which of both is not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commanding:
    """What taking commands needs."""

    publisher: Publishes
    clock: Clock
    sees: Sees


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody commands of a case; all with one `key` and one body are one."""

    case_id: UUID
    fields: Mapping[str, Any]
    body: bytes
    key: str | None


async def command(wanted: Wanted, *, actor: Actor, door: Commanding) -> Command:
    """Put a command into the log; all replicas have it when this returns.

    Raises `Rejected` for what is none, `MayNot`, and `UnknownCase`.
    """
    said = _said(wanted, actor=actor, door=door)
    if not may(CommandKind(said.kind), actor.roles):
        raise MayNot(f"None of your roles commands {said.kind}.")
    if not await door.sees(actor, wanted.case_id):
        raise UnknownCase(wanted.case_id)
    department = getattr(said, "department", None)
    if isinstance(said, commands.Request) and not _speaks_for(actor, department):
        raise MayNot("You ask for your own department alone: name it as `department`.")
    await door.publisher.publish([message_of(event_of(said), topic=topics.COMMANDS)])
    return said


def _said(wanted: Wanted, *, actor: Actor, door: Commanding) -> Command:
    kind = wanted.fields.get("kind")
    faults = [
        Fault(name, "is said by the desk: leave it out") for name in _OURS if name in wanted.fields
    ]
    if kind not in commands.TYPES:
        faults.append(Fault("kind", f"must be one of {', '.join(commands.TYPES)}"))
    if faults:
        raise Rejected("invalid", faults)
    at = door.clock().isoformat()
    # A used key with something else to say is another word: as a repeat it would be lost.
    once = at if wanted.key is None else wanted.key
    own_id = derived_id("desk-command", wanted.case_id, actor.id, once, wanted.body)
    told = {
        **wanted.fields,
        "command_id": str(own_id),
        "case_id": str(wanted.case_id),
        "at": at,
        "acting": actor.acting.model_dump(mode="json"),
    }
    return validated(as_command(told), json.dumps(told).encode())


def _speaks_for(actor: Actor, department: str | None) -> bool:
    return actor.sees_all if department is None else actor.sees_all or actor.speaks_for(department)
