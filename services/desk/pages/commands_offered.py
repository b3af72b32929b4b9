"""What somebody in charge may command of a case where it stands.

This offers; who may command what is `schemas/roles.py`, and whether it holds the notifier decides.
"""

from collections.abc import Iterator
from typing import Final

from schemas.events.commands import ASKS_FOR, AddCoHandler
from schemas.lifecycle import CaseState, commands_in
from schemas.plan import Plan
from schemas.roles import ASKS, MAY, is_for_the_lead, may
from schemas.scopes import Scope
from schemas.standing import COUNTED
from schemas.vocabulary import CommandKind, RequestKind, Urgency
from services.access.actor import Actor
from services.desk.domain.view import View
from services.desk.pages.actions import COMMANDS, REASON, Action, Field, Widget
from services.desk.pages.answers_offered import helpers_of

_AT_WORK: Final = frozenset({CaseState.ACCEPTED, CaseState.HANDLING, CaseState.REWORK})
"""A department has signed for the case, and is to do the work."""


def commands_offered(view: View, actor: Actor, plan: Plan) -> Iterator[Action]:
    """Yield what somebody may command of a case."""
    if not actor.may(Scope.COMMANDS_WRITE):
        return
    offered = [*_on_requests(view, actor)]
    offered += _of_open(view, actor, plan) if view.closed_at is None else _of_ended(view, actor)
    offered.append(_offer(CommandKind.ANNOTATE, Field(name="note", widget=Widget.LINES)))
    yield from (one for one in offered if may(CommandKind(one.kind), actor.roles))


def _offer(kind: CommandKind, *fields: Field, first: bool = False, about: str = "") -> Action:
    """Return a command; one that asks for nothing else asks why."""
    return Action(door=COMMANDS, kind=kind, fields=fields or (REASON,), first=first, about=about)


def _on_requests(view: View, actor: Actor) -> Iterator[Action]:
    """Yield what may be said of requests that wait: nobody decides their own."""
    for asked in view.requests:
        id_ = Field(name="request_id", widget=Widget.HIDDEN, value=str(asked.request_id))
        own = asked.asked_by == actor.id
        kinds = (
            (CommandKind.WITHDRAW_REQUEST,) if own else (CommandKind.APPROVE, CommandKind.REFUSE)
        )
        for kind in kinds:
            yield _offer(
                kind,
                id_,
                REASON,
                first=kind is CommandKind.APPROVE,
                about=asked.what,
            )


def _of_open(view: View, actor: Actor, plan: Plan) -> Iterator[Action]:
    others = tuple(code for code in sorted(plan.departments) if code != view.department)
    to = Field(name="department", widget=Widget.DEPARTMENT, choices=others)
    if view.state is CaseState.SUSPENDED:
        yield _offer(CommandKind.RESUME)
        return
    if view.closed_before is not None and CommandKind.REFUSE_REOPENING in commands_in(view.state):
        yield _offer(CommandKind.REFUSE_REOPENING)
    yield _offer(CommandKind.REASSIGN, to, REASON, first=view.department is None)
    yield _offer(CommandKind.CORRECT, *corrections(plan), first=view.triage)
    if view.department is not None:
        yield from _help(view, view.department, actor, plan)
        yield from _requests(view, actor)
    if helpers := tuple(helpers_of(view)):
        who = Field(name="department", widget=Widget.DEPARTMENT, choices=helpers)
        yield _offer(CommandKind.DROP_CO_HANDLER, who, REASON)
    if view.supervised_for is None:
        wants = Field(name="supervised_for", widget=Widget.TEXT)
        yield _offer(CommandKind.SUPERVISE, wants, REASON)
    else:
        yield _offer(CommandKind.UNSUPERVISE)
    into = Field(name="into", widget=Widget.TEXT)
    yield _offer(CommandKind.MERGE, into, REASON)
    yield _offer(CommandKind.WITHDRAW)
    yield _offer(CommandKind.DISMISS)


def _help(view: View, lead: str, actor: Actor, plan: Plan) -> Iterator[Action]:
    """Yield the asking for help, of whoever has no part: a lead asks once it has signed."""
    at_it = {part.department for part in view.parts.values() if part.status in COUNTED}
    others = tuple(code for code in sorted(plan.departments) if code not in {lead, *at_it})
    to = Field(name="department", widget=Widget.DEPARTMENT, choices=others)
    kind = CommandKind.ADD_CO_HANDLER
    if not is_for_the_lead(MAY[kind], actor.roles):
        yield _offer(kind, to, REASON)
    elif actor.speaks_for(lead) and view.state in _AT_WORK:
        whose = Field(name=ASKS_FOR[AddCoHandler], widget=Widget.HIDDEN, value=lead)
        yield _offer(kind, whose, to, REASON)


def corrections(plan: Plan) -> tuple[Field, ...]:
    """Return what a correction can say."""
    return (
        Field(
            name="category",
            widget=Widget.CATEGORY,
            required=False,
            choices=tuple(sorted(plan.categories)),
        ),
        Field(name="urgency", widget=Widget.URGENCY, required=False, choices=(*Urgency,)),
        REASON,
    )


def _requests(view: View, actor: Actor) -> Iterator[Action]:
    """Yield what may be asked for; a department asks for the case that it leads."""
    department = view.department or ""
    if not (actor.sees_all or actor.speaks_for(department)):
        return
    waiting = {asked.what for asked in view.requests}
    whose = Field(name="department", widget=Widget.HIDDEN, value=department)
    extends = () if view.overdue_at is not None else ((RequestKind.EXTENSION, (REASON,)),)
    for what, fields in (
        *extends,
        (RequestKind.SUSPENSION, (Field(name="until", widget=Widget.DATE), REASON)),
        (
            RequestKind.FORCE_CLOSE,
            (Field(name="legal_basis", widget=Widget.LINES), REASON),
        ),
    ):
        if what not in waiting and not ASKS[what].isdisjoint(actor.roles):
            yield _request(what, whose, *fields)


def _request(what: RequestKind, *fields: Field) -> Action:
    hidden = Field(name="what", widget=Widget.HIDDEN, value=what)
    return _offer(CommandKind.REQUEST, hidden, *fields, about=what)


def _of_ended(view: View, actor: Actor) -> Iterator[Action]:
    """Yield what may be commanded of a case that has ended, but for a note."""
    if view.state is CaseState.MERGED:
        yield _offer(CommandKind.UNMERGE, first=True)
    if view.state is CaseState.CLOSED and view.overdue_at is not None and view.exempt_at is None:
        department, what = view.department or "", RequestKind.APPEAL
        waits = any(asked.what == what for asked in view.requests)
        asks = actor.speaks_for(department) and not ASKS[what].isdisjoint(actor.roles)
        if asks and not waits:
            whose = Field(name="department", widget=Widget.HIDDEN, value=department)
            yield _request(what, whose, REASON)
