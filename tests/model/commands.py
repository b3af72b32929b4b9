"""What those in charge command: every command is a row."""

from collections.abc import Callable
from typing import Final

from tests.model.case import Case
from tests.model.merging import merge, unmerge
from tests.model.minutes import reached
from tests.model.parts import GOING_ON, Pending
from tests.model.plans import knows
from tests.model.requests import ask, decide, resume, take_back
from tests.model.rights import CATEGORIES, FIRST_LEVEL
from tests.model.said import Said, Why
from tests.model.triage import named
from tests.model.waiting import part_ended

REFUSED_WITHIN: Final = 8 * 60
"""How long it may be said that a case which was opened again stays closed, in working time."""
GRIDS: Final = {"36011100300103"}


def _annotate(case: Case, _said: Said, _now: int) -> Why | None:
    case.tell("case.annotated")
    return None


def _reassign(case: Case, said: Said, now: int) -> Why | None:
    wanted = said.fields["department"]
    if not knows(wanted):
        return "unknown_department", "department"
    if wanted == case.department:
        return "has_it_already", "department"
    case.tell_left("case.reassigned", now)
    case.take_away("revoked", now)
    return None


def _correct(case: Case, said: Said, now: int) -> Why | None:
    category, place = said.fields.get("category"), said.fields.get("place")
    if category is not None and category not in CATEGORIES:
        return "unknown_category", "category"
    if place is not None and place.get("grid") not in GRIDS:
        return "unknown_grid", "place.grid"
    # That it is none of the others is said of what nobody could categorise, too.
    is_other = category is not None and (case.unnamed or category != case.category)
    own = case.urgency
    if category is not None and category != case.category:
        own = CATEGORIES[category].urgency
    urgency = said.fields.get("urgency") or own
    if not is_other and urgency == case.urgency and place is None:
        return "nothing_to_change", None
    case.tell_left("case.corrected", now)
    if is_other:
        case.unnamed = False
        named(case)
    if is_other or urgency != case.urgency:
        case.pressing = None  # who is in charge knows better
    case.category = category or case.category
    case.urgency = case.plain = urgency
    case.level = max(case.level, FIRST_LEVEL[urgency])
    case.take_away("revoked", now)
    return None


def _add(case: Case, said: Said, _: int) -> Why | None:
    wanted = said.fields["department"]
    if (why := _may_not_ask(case, said)) is not None:
        return why
    if not knows(wanted):
        return "unknown_department", "department"
    if case.live_part(wanted) is not None:
        return "has_it_already", "department"
    case.tell("case.co_handler_wanted")
    return None


def _may_not_ask(case: Case, said: Said) -> Why | None:
    """Return why nobody is asked for who leads the case; those in charge ask for nobody."""
    asks, in_charge = said.fields.get("asking_department"), {"dispatcher", "shift_lead"}
    if asks is None and said.roles & in_charge:
        return None
    if asks != case.department:
        return "not_the_lead", "asking_department"
    return ("sign_first", None) if case.state == "assigned" else None


def _drop(case: Case, said: Said, now: int) -> Why | None:
    part = case.live_part(said.fields["department"])
    if part is None or part.lead or part.status not in GOING_ON:
        return "no_co_handler", "department"
    case.tell("case.co_handler_dropped")
    part.status = "revoked"
    case.look_for_signatures()
    part_ended(case, part, now)
    return None


def _supervise(case: Case, said: Said, _: int) -> Why | None:
    if case.wanted_by is not None:
        return "supervised_already", "supervised_for"
    case.tell("case.supervised")
    case.wanted_by = said.fields["supervised_for"]
    return None


def _unsupervise(case: Case, _said: Said, _now: int) -> Why | None:
    if case.wanted_by is None:
        return "not_supervised", None
    case.tell("case.unsupervised")
    case.wanted_by = None
    return None


def _request(case: Case, said: Said, now: int) -> Why | None:
    pending = Pending(
        id=said.fields["request"],
        what=said.fields["what"],
        by=said.party,
        asked=now,
        department=said.fields.get("department"),
        until=said.fields.get("until"),
        has_basis="legal_basis" in said.fields,
    )
    return ask(case, pending, said.roles, now)


def _withdraw_request(case: Case, said: Said, _: int) -> Why | None:
    return take_back(case, said.fields["request_id"], said.party)


def _approve(case: Case, said: Said, now: int) -> Why | None:
    return decide(case, said.fields["request_id"], said.party, allowed=True, now=now)


def _refuse(case: Case, said: Said, now: int) -> Why | None:
    return decide(case, said.fields["request_id"], said.party, allowed=False, now=now)


def _dismiss(case: Case, _: Said, now: int) -> Why | None:
    case.tell("case.dismissed")
    case.end("not_accepted", now)
    return None


def _unmerge(case: Case, _: Said, now: int) -> Why | None:
    unmerge(case, now)
    return None


def _resume(case: Case, _: Said, now: int) -> Why | None:
    resume(case, now)
    return None


def withdrawn(case: Case, _: Said, now: int) -> Why | None:
    """End the case because its reporter wants that; what may harm others is not his alone."""
    if case.urgency == "E" or case.joined:
        return "threatens_others" if case.urgency == "E" else "others_reported", None
    case.tell("case.withdrawn")
    case.end("withdrawn", now)
    return None


def _refuse_reopening(case: Case, _: Said, now: int) -> Why | None:
    if case.before is None:
        return "wrong_state", None
    if now > reached("WH", case.before[2], REFUSED_WITHIN):
        return "reopened_too_long", None
    case.tell("reopen.refused")
    case.stay_closed(now)
    return None


COMMANDS: Final[dict[str, Callable[[Case, Said, int], Why | None]]] = {
    "case.annotate": _annotate,
    "case.reassign": _reassign,
    "case.correct": _correct,
    "case.add_co_handler": _add,
    "case.drop_co_handler": _drop,
    "case.supervise": _supervise,
    "case.unsupervise": _unsupervise,
    "case.request": _request,
    "case.withdraw_request": _withdraw_request,
    "case.approve": _approve,
    "case.refuse": _refuse,
    "case.resume": _resume,
    "case.dismiss": _dismiss,
    "case.refuse_reopening": _refuse_reopening,
    "case.merge": lambda case, said, now: merge(case, said.fields["into"], now),
    "case.unmerge": _unmerge,
    "case.withdraw": withdrawn,
}
