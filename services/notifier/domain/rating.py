"""How satisfied whoever reported is with what came out."""

from datetime import datetime

from schemas.events.base import in_utc
from schemas.events.feedback import Rate
from schemas.events.rating import MOST_RATINGS, CaseRated
from schemas.lifecycle import Actor
from schemas.plan import Plan
from schemas.vocabulary import Word
from schemas.words.refusals import Reason
from services.notifier.domain.answers import judge_move
from services.notifier.domain.case import CaseFile
from services.notifier.domain.facts import Happened, Life, Refusal


def rated(file: CaseFile, said: Rate, party: str, plan: Plan, now: datetime) -> Life:
    """Keep it, once for each report and closing, as long as the case could be opened again."""
    case = file.case
    refusal = judge_move(case, Word.RATE, actor=Actor.REPORTER)
    if refusal is not None or case.closed_at is None:
        return refusal
    until = case.closed_at + plan.limits.reopen_within
    if now > until:
        return Refusal(reason=Reason.RATED_TOO_LATE, detail=until)
    report_id = said.report_id or case.case_id
    since_then = (one for one in case.ratings if in_utc(one.at) >= case.closed_at)
    if len(case.ratings) >= MOST_RATINGS or report_id in {one.report_id for one in since_then}:
        return Refusal(reason=Reason.RATED_ALREADY)
    fact = CaseRated(
        case_id=case.case_id,
        at=now,
        report_id=report_id,
        satisfaction=said.satisfaction,
        reason=said.reason or "",
        acting=said.acting,
    )
    yield Happened(fact=fact, actor=Actor.REPORTER, party=party)
    return None
