"""What may be said of many cases at once: which command, of which cases, and which would refuse.

As with one case this offers, as far as the desk knows; whether it holds the notifier decides.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl
from uuid import UUID

from pydantic import ValidationError

from schemas.lifecycle import CaseState
from schemas.plan import Plan
from schemas.roles import MAY
from schemas.vocabulary import CommandKind
from services.access.actor import Actor
from services.desk.domain.view import View
from services.desk.http.cases import CaseFilter
from services.desk.pages.actions import REASON, Field, Widget
from services.desk.pages.commands_offered import commands_offered, corrections
from services.desk.pages.frame import PLACE, without
from services.desk.use_cases.bulks import kinds_for_many
from services.kit.http.problems import Refused
from services.kit.records import Fault

CHOSEN: Final = "case."
"""Before the id of a case, in the name of the field by which it is chosen."""


def why_not(
    view: View | None, kind: CommandKind, actor: Actor, plan: Plan, said: Mapping[str, Any]
) -> str:
    """Return by a code why nothing is sent of a case, absent if it is not to be seen; else ""."""
    return "gone" if view is None else hindrance(kind, view, actor, plan, said)


def hindrance(
    kind: CommandKind, view: View, actor: Actor, plan: Plan, given: Mapping[str, Any]
) -> str:
    """Return by a code why a case would refuse a command, as far as the desk knows; else ""."""
    found = [one for one in commands_offered(view, actor, plan) if one.kind == kind]
    if not found:
        if view.closed_at is not None:
            return "ended"
        return "suspended" if view.state is CaseState.SUSPENDED else "as_is"
    for field in found[0].fields:
        said = given.get(field.name)
        if said and field.widget is Widget.DEPARTMENT and said not in field.choices:
            return "has_it"
    return ""


def fields_for_many(kind: CommandKind, plan: Plan) -> tuple[Field, ...]:
    """Return what a command for many cases asks for."""
    to = Field(name="department", widget=Widget.DEPARTMENT, choices=(*sorted(plan.departments),))
    asked: dict[CommandKind, tuple[Field, ...]] = {
        CommandKind.REASSIGN: (to, REASON),
        CommandKind.ADD_CO_HANDLER: (to, REASON),
        CommandKind.CORRECT: corrections(plan),
        CommandKind.SUPERVISE: (Field(name="supervised_for", widget=Widget.TEXT), REASON),
        CommandKind.ANNOTATE: (Field(name="note", widget=Widget.LINES),),
    }
    return asked.get(kind, (REASON,))


def kind_of(given: Mapping[str, str], actor: Actor) -> CommandKind:
    """Return what somebody wants to command of many cases. Raises `Refused`."""
    kinds = kinds_for_many(actor)
    if given.get("kind") in {*kinds}:
        return CommandKind(given["kind"])
    if given.get("kind") in {*MAY}:
        raise Refused(403, "None of your roles commands that of many cases.")
    fault = Fault("kind", f"must be one of {', '.join(kinds) or 'none: your roles have no such'}")
    raise Refused(422, "Say what to do with these cases.", errors=[fault])


def filter_in(query: str) -> CaseFilter:
    """Return the list that a query is of. Raises `Refused`."""
    try:
        return CaseFilter.model_validate(pairs_in(query), strict=False)
    except ValidationError as invalid:
        fault = Fault("query", "must be the parameters of a list")
        raise Refused(422, "This is no list.", errors=[fault]) from invalid


def pairs_in(query: str) -> dict[str, str]:
    """Return the parameters of a list that say which it is."""
    return without({name: value for name, value in parse_qsl(query) if value}, PLACE)


def ids_in(given: Mapping[str, str]) -> set[UUID]:
    """Return the cases that a form ticks. Raises `Refused`."""
    try:
        return {UUID(n.removeprefix(CHOSEN)) for n in given if n.startswith(CHOSEN)}
    except ValueError as broken:
        fault = Fault(CHOSEN, "must be followed by the id of a case")
        raise Refused(422, "This names no cases.", errors=[fault]) from broken
