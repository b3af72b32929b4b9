"""What the router decides: who leads and who helps, who was passed around, who was not there."""

from datetime import timedelta

from schemas.events.assignment import CaseAssigned, DutyUnfilled, LoopDetected, Offer
from schemas.events.base import in_utc
from schemas.lifecycle import Actor, CaseEvent
from schemas.plan import Plan
from schemas.vocabulary import FALLBACK_CATEGORY, MAX_LEVEL
from services.notifier.domain import labels, notices
from services.notifier.domain.case import COUNTED, GOING_ON, Case, CaseFile, Part, PartStatus
from services.notifier.domain.clocks import HandlingClock, TimerKind
from services.notifier.domain.escalation import first_level
from services.notifier.domain.notices import Template
from services.notifier.domain.words import Words
from services.notifier.use_cases.inputs import ROUTER, News
from services.notifier.use_cases.tally import Offered
from services.notifier.use_cases.timing import run_clock
from services.notifier.use_cases.work import Line, Work


def assigned(work: Work, file: CaseFile, fact: CaseAssigned, *, news: News) -> None:
    """Give the case to its next lead (rows 8, 10, 12, 26), with its clocks and its co-handlers.

    Raises `IllegalTransition` when the case is somebody's already.
    """
    case = file.case
    case.move(CaseEvent.ASSIGNED, actor=Actor.ROUTER)
    at = in_utc(fact.at)
    new = _set_parts(work, file, fact)
    case.held_by(file.parts[fact.lead.assignment_id])
    case.round, case.final = fact.round, fact.final
    case.urgency = fact.urgency
    case.level = max(case.level, first_level(fact.urgency))
    case.assigned_at, case.accepted_at = at, None
    _set_terms(case, work.plan)
    _set_clocks(work, case, fact)
    lead, person = work.name(fact.lead.department), fact.lead.person
    work.note(
        file,
        _line(fact, news),
        lead=lead if person is None else Words(f"{lead.en} ({person})", f"{lead.zh}({person})"),
        round=fact.round,
        rule=fact.why.rule,
        sign_by=case.sign_by,
        due_by=case.due_by,
    )
    due_by = case.due_by or at + timedelta(seconds=fact.limit_seconds)
    for offer in new:
        work.offer(
            case,
            Offered(offer=offer, assigned=fact, level=case.level, due_by=due_by),
            urgency=labels.URGENCY[case.urgency],
            sign_by=case.sign_by,
        )


def _set_parts(work: Work, file: CaseFile, fact: CaseAssigned) -> list[Offer]:
    """Keep the offers that stand, add the new ones, take the others back; return the new ones."""
    offers = {offer.assignment_id: offer for offer in (fact.lead, *fact.co_handlers)}
    new = []
    for part in file.parts.values():
        if part.assignment_id in offers:
            continue
        # Who helped and leads now is not told that its help is no longer needed.
        if part.status in GOING_ON and part.department != fact.lead.department:
            work.release(file.case, part)
        elif part.status in COUNTED:
            part.become(PartStatus.REVOKED, now=work.now)
            work.keep_part(part)
    for offer in offers.values():
        if offer.assignment_id not in file.parts:
            part = _part_of(offer, fact)
            file.parts[part.assignment_id] = part
            work.keep_part(part)
            new.append(offer)
    return new


def _part_of(offer: Offer, fact: CaseAssigned) -> Part:
    return Part(
        assignment_id=offer.assignment_id,
        case_id=fact.case_id,
        department=offer.department,
        tier=offer.tier,
        role=offer.role,
        person=offer.person,
        status=PartStatus.OFFERED,
        offered_at=in_utc(fact.at),
    )


def _set_terms(case: Case, plan: Plan) -> None:
    """Take what closing asks for from the plan; a category it lost is like the fallback."""
    category = plan.categories.get(case.category) or plan.category(FALLBACK_CATEGORY)
    case.closing = str(category.closing)
    case.evidence = [str(kind) for kind in category.evidence]
    case.must_check = plan.must_check(category, urgency=case.urgency, channel=case.channel)


def _set_clocks(work: Work, case: Case, fact: CaseAssigned) -> None:
    """Start the sign clock, and the handling clock: a fresh one unless this assignment resumes."""
    at = in_utc(fact.at)
    clock = case.clock if fact.resumes else None
    if clock is None:
        clock = HandlingClock(limit=timedelta(seconds=fact.limit_seconds))
        case.reminded_at = case.overdue_at = None
    run_clock(work, case, clock, since=at)
    case.sign_by = at + timedelta(seconds=fact.sign_seconds)
    # A desk that does not sign on the top level has nobody above it left to be told.
    if fact.lead.person is not None or case.level < MAX_LEVEL:
        work.arm(case, TimerKind.SIGN, case.sign_by)
        work.count_clock(case, TimerKind.SIGN)
    else:
        work.disarm(case, [TimerKind.SIGN])


def loop_detected(work: Work, file: CaseFile, fact: LoopDetected, *, news: News) -> None:
    """Tell the supervision that a case was passed around."""
    said = {"tried": work.names(fact.tried), "owner": work.name(fact.owner)}
    work.note(file, _line(fact, news), **said)
    work.notify(file.case, Template.LOOP, notices.supervisor(), **said)


def duty_unfilled(work: Work, file: CaseFile, fact: DutyUnfilled, *, news: News) -> None:
    """Tell the supervision that nobody of a department could be found."""
    said = {"department": work.name(fact.department), "owner": work.name(fact.owner)}
    work.note(file, _line(fact, news), **said)
    work.notify(file.case, Template.UNFILLED, notices.supervisor(), **said)


def _line(fact: CaseAssigned | LoopDetected | DutyUnfilled, news: News) -> Line:
    return Line(
        type=fact.type, at=in_utc(fact.at), actor=Actor.ROUTER, party=ROUTER, data=news.data
    )
