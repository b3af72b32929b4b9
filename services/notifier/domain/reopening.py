"""A closed case that is not solved, as its reporter says, or stays closed all the same."""

from datetime import datetime

from schemas.events.case import CaseReopened
from schemas.events.commands import RefuseReopening
from schemas.events.ending import ReopenRefused
from schemas.events.feedback import Reopen
from schemas.lifecycle import Actor
from schemas.plan import Plan
from schemas.vocabulary import REPORTERS, CommandKind, Word
from schemas.words.refusals import Reason
from services.notifier.domain import promising
from services.notifier.domain.answers import judge_move
from services.notifier.domain.authority import judge_command
from services.notifier.domain.case import CaseFile
from services.notifier.domain.facts import Happened, Life, Refusal, by_person
from services.notifier.domain.part import taken_from


def reopened(file: CaseFile, said: Reopen, party: str, plan: Plan, now: datetime) -> Life:
    """Open a closed case again (row 25): reporters within the plan's time, the supervision ever."""
    case = file.case
    actor = Actor.REPORTER if party == REPORTERS else Actor.SUPERVISION
    refusal = judge_move(case, Word.REOPEN, actor=actor)
    if refusal is not None or case.closed_at is None:
        return refusal
    until = case.closed_at + plan.limits.reopen_within
    if actor is Actor.REPORTER and now > until:
        return Refusal(reason=Reason.TOO_LATE, detail=until)
    fact = CaseReopened(
        case_id=case.case_id,
        at=now,
        reason=said.reason,
        department=case.department,
        person=case.person,
        acting=said.acting,
    )
    yield Happened(fact=fact, actor=actor, party=party)
    yield from promising.reopened(file, plan, now)
    return None


def reopening_refused(file: CaseFile, said: RefuseReopening, plan: Plan, now: datetime) -> Life:
    """Let a case that was opened again stay closed (row 35), within the plan's time."""
    lead, before = file.lead, file.case.closed_before
    refusal = judge_command(file, CommandKind.REFUSE_REOPENING)
    if refusal is not None or lead is None or before is None:
        return refusal
    until = plan.until(plan.limits.reopening_refused_within, before.reopened_at)
    if now > until:
        return Refusal(reason=Reason.REOPENED_TOO_LONG, detail=until)
    fact = ReopenRefused(
        **taken_from(lead, now, reason=said.reason, acting=said.acting),
        closed_at=before.closed_at,
        result=before.result,
    )
    yield by_person(fact, said.acting)
    return None
