"""A case that somebody in charge sends to another department."""

from datetime import datetime

from schemas.events.charge import CaseReassigned
from schemas.events.commands import Reassign
from schemas.plan import Plan
from schemas.vocabulary import CommandKind
from services.notifier.domain.authority import judge_command, judge_department
from services.notifier.domain.case import CaseFile
from services.notifier.domain.facts import Life, by_person
from services.notifier.domain.part import taken_from


def reassigned(file: CaseFile, said: Reassign, plan: Plan, now: datetime) -> Life:
    """Take the case from its lead and name the next (row 30), whom the router assigns."""
    lead, has_it = file.lead, said.department == file.case.department
    refusal = judge_command(file, CommandKind.REASSIGN) or judge_department(
        plan, said.department, has_it=has_it
    )
    if refusal is not None or lead is None:
        return refusal
    fact = CaseReassigned(
        **taken_from(lead, now, reason=said.reason, acting=said.acting),
        to_department=said.department,
        left_seconds=file.case.left_seconds(now),
    )
    yield by_person(fact, said.acting)
    return None
