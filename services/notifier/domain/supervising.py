"""Cases of which somebody wants to know, until that is lifted (督办)."""

from datetime import datetime

from schemas.events.charge import CaseSupervised, CaseUnsupervised
from schemas.events.commands import Supervise, Unsupervise
from schemas.plan import Plan
from schemas.vocabulary import CommandKind
from schemas.words.refusals import Reason
from services.notifier.domain.authority import judge_command
from services.notifier.domain.case import CaseFile
from services.notifier.domain.facts import Life, Refusal, by_person


def supervised(file: CaseFile, said: Supervise, _plan: Plan, now: datetime) -> Life:
    """Mark an open case; one that is marked for somebody is not taken from them."""
    case = file.case
    refusal = judge_command(file, CommandKind.SUPERVISE)
    if refusal is not None:
        return refusal
    if case.supervised_for is not None:
        return Refusal(
            reason=Reason.SUPERVISED_ALREADY, field="supervised_for", detail=case.supervised_for
        )
    fact = CaseSupervised(
        case_id=said.case_id,
        at=now,
        supervised_for=said.supervised_for,
        department=case.department,
        person=case.person,
        reason=said.reason,
        acting=said.acting,
    )
    yield by_person(fact, said.acting)
    return None


def unsupervised(file: CaseFile, said: Unsupervise, _plan: Plan, now: datetime) -> Life:
    """Lift the mark, of a closed case too."""
    case = file.case
    refusal = judge_command(file, CommandKind.UNSUPERVISE)
    if refusal is not None:
        return refusal
    if case.supervised_for is None:
        return Refusal(reason=Reason.NOT_SUPERVISED)
    fact = CaseUnsupervised(
        case_id=said.case_id,
        at=now,
        supervised_for=case.supervised_for,
        department=case.department,
        person=case.person,
        reason=said.reason,
        acting=said.acting,
    )
    yield by_person(fact, said.acting)
    return None
