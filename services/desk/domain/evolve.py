"""The only thing that changes what is shown of a case: each fact does what it says.

It shows what the notifier decided and decides nothing itself: what that told holds, whatever is
known here. What intake and the router tell holds where the life of a case allows it, as there.
"""

from typing import Final

from schemas.events.assignment import CaseAssigned
from schemas.events.base import CaseFact, in_utc
from schemas.events.case import CaseRegistered
from schemas.events.clocks import CaseUrgencyRaised
from schemas.events.work import hands_with
from schemas.lifecycle import TRANSITIONS, CaseEvent, CaseState, led_to
from schemas.plan import Plan
from schemas.vocabulary import NOTIFIER, first_level
from services.desk.domain.evolving import Evolves, how_it_ends, what_is_asked, who_has_it
from services.desk.domain.view import View

_LEADS_TO: Final[dict[str, CaseState]] = {
    str(event): state
    for row in TRANSITIONS
    for event, state in row.outcomes
    if event is not CaseEvent.MERGED  # what the report becomes that joined, and not the case
}
"""Wherever a case stands, the same event leads to the same state."""

_HELD_BY_NOBODY: Final = frozenset(
    {CaseState.REGISTERED, CaseState.RETURNED, CaseState.CONSULTATION, CaseState.REOPENED}
)

EVOLVES: Final[Evolves] = who_has_it.EVOLVES | how_it_ends.EVOLVES | what_is_asked.EVOLVES


def begun(fact: CaseRegistered, plan: Plan) -> View:
    """Return what is shown of a case that was just registered (rows 1 and 2)."""
    view = View(
        case_id=fact.case_id,
        state=CaseState.REGISTERED,
        level=first_level(fact.urgency),
        urgency=fact.urgency,
        category=fact.category,
        class_code=fact.class_code,
        title_en=fact.title_en,
        title_zh=fact.title_zh,
        source=fact.reporter.source,
        source_id=fact.reporter.source_id,
        channel=fact.reporter.channel,
        place=fact.place.model_dump(mode="json", exclude_none=True),
        description=fact.description,
        exercise=fact.exercise,
        triage=fact.triage,
        reported_at=in_utc(fact.reported_at),
        registered_at=in_utc(fact.at),
        promised_by=None if fact.promised_by is None else in_utc(fact.promised_by),
    )
    view.note_dispatch(plan, at=in_utc(fact.at))
    return view


def evolve(view: View, fact: CaseFact, *, producer: str, plan: Plan) -> bool:
    """Let a fact that `producer` told change what is shown; returns whether it holds."""
    target = _LEADS_TO.get(fact.type)
    if target is not None:
        if producer != NOTIFIER and led_to(view.state, CaseEvent(fact.type)) is None:
            return isinstance(fact, CaseRegistered)  # what is shown began with it
        view.state = target
    if isinstance(fact, CaseAssigned):
        who_has_it.assigned(view, fact, plan)
    elif isinstance(fact, CaseUrgencyRaised):
        what_is_asked.raised(view, fact, plan)
    elif (change := EVOLVES.get(type(fact))) is not None:
        change(view, fact)
    view.hands = hands_with(view.hands, fact)
    if target in _HELD_BY_NOBODY:
        view.held_by_nobody()
    view.note_dispatch(plan, at=in_utc(fact.at))
    return True
