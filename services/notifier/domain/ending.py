"""Cases that end before their work is done: dismissed, or withdrawn."""

from datetime import datetime

from schemas.events import commands, feedback
from schemas.events.ending import CaseDismissed, CaseWithdrawn
from schemas.lifecycle import Actor
from schemas.plan import Plan
from schemas.vocabulary import CommandKind, Urgency, Word
from schemas.words.refusals import Reason
from services.notifier.domain.answers import judge_move
from services.notifier.domain.authority import judge_command
from services.notifier.domain.case import CaseFile
from services.notifier.domain.facts import Happened, Life, Refusal, by_person
from services.notifier.domain.part import taken_from


def dismissed(file: CaseFile, said: commands.Dismiss, _plan: Plan, now: datetime) -> Life:
    """End a case that should not have been registered (row 32)."""
    refusal, lead = judge_command(file, CommandKind.DISMISS), file.lead
    if refusal is not None or lead is None:
        return refusal
    fact = CaseDismissed(**taken_from(lead, now, reason=said.reason, acting=said.acting))
    yield by_person(fact, said.acting)
    return None


def withdrawn_for(file: CaseFile, said: commands.Withdraw, plan: Plan, now: datetime) -> Life:
    """End a case on behalf of its reporter, who does not want it any more (row 7)."""
    refusal = judge_command(file, CommandKind.WITHDRAW) or _unfit(file, plan)
    lead = file.lead
    if refusal is not None or lead is None:
        return refusal
    fact = CaseWithdrawn(**taken_from(lead, now, reason=said.reason, acting=said.acting))
    yield by_person(fact, said.acting)
    return None


def withdrawn_by_reporter(
    file: CaseFile, said: feedback.WithdrawAnswer, party: str, plan: Plan, now: datetime
) -> Life:
    """End a case whose reporter says so (row 7)."""
    refusal = judge_move(file.case, Word.WITHDRAW, actor=Actor.REPORTER) or _unfit(file, plan)
    lead = file.lead
    if refusal is not None or lead is None:
        return refusal
    fact = CaseWithdrawn(**taken_from(lead, now, reason=said.reason, acting=said.acting))
    yield Happened(fact=fact, actor=Actor.REPORTER, party=party)
    return None


def _unfit(file: CaseFile, plan: Plan) -> Refusal | None:
    """Return why it is not one reporter's to take back."""
    case = file.case
    category = plan.categories.get(case.category)
    if case.urgency is Urgency.EMERGENCY or (category is not None and category.threatens_others):
        return Refusal(reason=Reason.THREATENS_OTHERS)
    return Refusal(reason=Reason.OTHERS_REPORTED) if case.joined else None
