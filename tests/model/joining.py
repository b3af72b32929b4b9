"""Reports that join a case: the most pressing of them makes it more urgent, and leaves less time.

From the decision on who joins a case, and the page on a case that is late.
"""

from tests.model.case import Case
from tests.model.clock import Clock
from tests.model.deadlines import overdue, signed_next
from tests.model.minutes import reached
from tests.model.parts import Part
from tests.model.plans import in_danger, to_sign
from tests.model.requests import done_meanwhile, lapse, rest_no_more
from tests.model.rights import CHECKED, TOP, URGENCIES
from tests.model.waiting import go_on


def outranks(one: str | None, other: str | None) -> bool:
    """Tell whether an urgency is more pressing than another."""
    return one is not None and (other is None or URGENCIES.index(one) < URGENCIES.index(other))


def join(case: Case, urgency: str | None, now: int) -> None:
    """Count one more, who may say that it is more urgent; of no case yet it waits."""
    if case.state == "unknown":
        case.early.append(urgency)
        return
    overdue(case, now)
    _count(case, urgency, now)
    lapse(case, now)
    case.note_dispatch(now)


def join_at_last(case: Case, now: int) -> None:
    """Let those join who were here before the case."""
    early, case.early = case.early, []
    for urgency in early:
        _count(case, urgency, now)


def _count(case: Case, urgency: str | None, now: int) -> None:
    case.followers += 1
    if outranks(urgency, case.pressing):
        case.pressing = urgency
    become_more_urgent(case, now)


def become_more_urgent(case: Case, now: int) -> None:
    """Take the urgency of the most pressing, if somebody leads the case and the router is silent.

    What rests or waits for a part goes on if it is an emergency, which has a limit of its own,
    unless its limit ends sooner.
    """
    said, lead = case.pressing, case.lead
    if said is None or not outranks(said, case.urgency):
        return
    if lead is None or case.closed is not None or case.awaits_the_router:
        return
    rested = case.state == "suspended" and said == "E"
    if rested:
        rest_no_more(case, now)
    if case.waits_for is not None and said == "E":
        go_on(case, now)
    case.tell("case.urgency_raised")
    case.urgency = said
    rule, proofs, must_check = case.terms
    case.terms = rule, proofs, must_check or said in CHECKED
    case.level = max(case.level, 1 if said == "E" else 0)
    _sign_sooner(case, lead, said, now)
    if said == "E":
        _be_due_sooner(case, now)
    case.look_for_signatures()
    if rested:
        done_meanwhile(case, now)


def _sign_sooner(case: Case, lead: Part, urgency: str, now: int) -> None:
    """Let everybody who has not signed have less time for that, and nobody more."""
    if case.state == "assigned" and case.sign_by is not None:
        unit, minutes = to_sign(lead.tier, urgency)
        case.sign_by = min(case.sign_by, reached(unit, now, minutes))
        case.sign_due = signed_next(case, now)
    for part in case.unsigned():
        part.hurry(urgency, now)


def _be_due_sooner(case: Case, now: int) -> None:
    """Begin the limit of an emergency, unless what runs ends sooner."""
    due = None if case.clock is None else case.clock.due
    unit, limit = in_danger()
    if due is not None and reached(unit, now, limit) < due:
        case.clock = Clock(limit=limit, unit=unit)
        case.clock.told |= {"overdue_far"} if case.level == TOP else set()
        case.fresh_clocks += 1
        case.run_clock(now)
