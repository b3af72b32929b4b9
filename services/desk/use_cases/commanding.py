"""What somebody at the desk commands of a case."""

from typing import Final

from schemas import topics
from schemas.events import commands
from schemas.events.commands import Command, as_command, event_of
from schemas.roles import may
from schemas.vocabulary import CommandKind
from services.access.actor import Actor
from services.desk.use_cases.saying import Bar, MayNot, Saying, Wanted, bring, view_of
from services.kit.records import Fault, Rejected

ID: Final = "command_id"


async def command(wanted: Wanted, *, actor: Actor, door: Saying) -> Command:
    """Put a command into the log; all replicas have it when this returns.

    Raises `Rejected` for what is none, `MayNot`, `UnknownCase` and `MovedOn`.
    """
    faults, kind = wanted.faults(ID), wanted.fields.get("kind")
    if kind not in commands.TYPES:
        faults.append(Fault("kind", f"must be one of {', '.join(commands.TYPES)}"))
    if faults:
        raise Rejected("invalid", faults)
    adapter = as_command(wanted.fields)
    said = wanted.said(adapter, "desk-command", own_id=ID, actor=actor, at=door.clock())
    if not may(CommandKind(said.kind), actor.roles):
        raise MayNot(f"None of your roles commands {said.kind}.", Bar.NOT_YOUR_COMMAND)
    await view_of(wanted, actor=actor, door=door)
    field = commands.ASKS_FOR.get(type(said))
    if field is not None and not actor.asks_for(getattr(said, field)):
        told = f"You ask for your own department alone: name it as `{field}`."
        raise MayNot(told, Bar.OWN_DEPARTMENT)
    await bring(event_of(said), topic=topics.COMMANDS, door=door)
    return said
