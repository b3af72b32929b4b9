"""A case that somebody in charge sends to another department."""

from datetime import datetime

from schemas.events.charge import CaseReassigned
from schemas.events.commands import Reassign
from schemas.plan import Plan
from schemas.vocabulary import CommandKind
from schemas.words.form import Words
from schemas.words.refusals import Reason
from services.notifier.domain.authority import judge_command
from services.notifier.domain.case import CaseFile
from services.notifier.domain.facts import Life, Refusal, by_person


def reassigned(file: CaseFile, said: Reassign, plan: Plan, now: datetime) -> Life:
    """Take the case from its lead and name the next (row 30), whom the router assigns."""
    lead = file.lead
    refusal = judge_command(file, CommandKind.REASSIGN) or _unfit(file, said, plan)
    if refusal is not None or lead is None:
        return refusal
    fact = CaseReassigned(
        case_id=said.case_id,
        at=now,
        assignment_id=lead.assignment_id,
        department=lead.department,
        person=lead.person,
        to_department=said.department,
        reason=said.reason,
        left_seconds=file.case.left_seconds(now),
        acting=said.acting,
    )
    yield by_person(fact, said.acting)
    return None


def _unfit(file: CaseFile, said: Reassign, plan: Plan) -> Refusal | None:
    """Return why the case cannot go to the department that is named."""
    named = plan.departments.get(said.department)
    if named is None:
        reason, detail = Reason.UNKNOWN_DEPARTMENT, Words(said.department, said.department)
    elif named.code == file.case.department:
        reason, detail = Reason.HAS_IT_ALREADY, Words(named.title_en, named.title_zh)
    else:
        return None
    return Refusal(reason=reason, field="department", detail=detail)
