"""Departments that a lead or somebody in charge wants to help with a case, or that are let go."""

from datetime import datetime

from schemas.events.charge import CoHandlerDropped, CoHandlerWanted
from schemas.events.commands import ASKS_FOR, AddCoHandler, DropCoHandler
from schemas.lifecycle import CaseState
from schemas.plan import Plan
from schemas.roles import MAY
from schemas.vocabulary import CommandKind, Role, derived_id
from schemas.words.refusals import Reason
from services.notifier.domain.authority import (
    judge_asker,
    judge_command,
    judge_department,
)
from services.notifier.domain.blocking import part_ended
from services.notifier.domain.case import Case, CaseFile
from services.notifier.domain.facts import Life, Refusal, by_person
from services.notifier.domain.part import GOING_ON, live_part


def wanted(file: CaseFile, said: AddCoHandler, plan: Plan, now: datetime) -> Life:
    """Ask for another co-handler, whom the router offers a part."""
    has_it = live_part(file.parts.values(), department=said.department) is not None
    refusal = (
        judge_command(file, CommandKind.ADD_CO_HANDLER)
        or _may_not_ask(file.case, said)
        or judge_department(plan, said.department, has_it=has_it)
    )
    if refusal is not None:
        return refusal
    # Wanted twice before the router has offered it, it is one part; after one that ended, another.
    earlier = sum(part.department == said.department for part in file.parts.values())
    fact = CoHandlerWanted(
        case_id=said.case_id,
        at=now,
        assignment_id=derived_id("help", said.case_id, said.department, earlier),
        department=said.department,
        asking_department=said.asking_department,
        reason=said.reason,
        due_by=file.case.due_by,
        acting=said.acting,
    )
    yield by_person(fact, said.acting)
    return None


def _may_not_ask(case: Case, said: AddCoHandler) -> Refusal | None:
    """Return why nobody is asked for the department that is named: it has to be at the case."""
    refusal = judge_asker(
        case,
        said.asking_department,
        said.acting,
        asked=MAY[CommandKind.ADD_CO_HANDLER],
        field=ASKS_FOR[AddCoHandler],
    )
    if refusal is None and said.asking_department and case.state is CaseState.ASSIGNED:
        return Refusal(reason=Reason.SIGN_FIRST)
    return refusal


def dropped(file: CaseFile, said: DropCoHandler, plan: Plan, now: datetime) -> Life:
    """Let a co-handler go, which may be what the closing rule waited for."""
    refusal = judge_command(file, CommandKind.DROP_CO_HANDLER)
    if refusal is not None:
        return refusal
    part = live_part(file.parts.values(), department=said.department)
    if part is None or part.role is Role.LEAD or part.status not in GOING_ON:
        return Refusal(reason=Reason.NO_CO_HANDLER, field="department", detail=said.department)
    fact = CoHandlerDropped(
        case_id=said.case_id,
        at=now,
        assignment_id=part.assignment_id,
        department=part.department,
        person=part.person,
        reason=said.reason,
        acting=said.acting,
    )
    yield by_person(fact, said.acting)
    return (yield from part_ended(file, part, plan, now))
