"""I3, I4, I9, I13: every case goes where the table leads, with one lead at a time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from schemas.lifecycle import ENDED, CaseEvent, CaseState, led_to
from tests.faults.checker.anomalies import Anomaly, Kind
from tests.faults.checker.book import Book, CaseLog
from tests.faults.history import Offer, Seen

_KNOWN: Final = {str(event): event for event in CaseEvent}
_OF_THE_LEAD: Final = {
    CaseEvent.ACCEPTED,
    CaseEvent.RETURNED,
    CaseEvent.REVOKED,
    CaseEvent.REASSIGNED,
    CaseEvent.CORRECTED,
    CaseEvent.DISMISSED,
    CaseEvent.WITHDRAWN,
    CaseEvent.MERGED_INTO,
    CaseEvent.REOPEN_REFUSED,
    CaseEvent.STARTED,
    CaseEvent.EXPIRED,
}
_TAKES_IT_BACK: Final = {
    CaseEvent.EXPIRED,
    CaseEvent.RETURNED,
    CaseEvent.REVOKED,
    CaseEvent.REASSIGNED,
    CaseEvent.CORRECTED,
    CaseEvent.DISMISSED,
    CaseEvent.WITHDRAWN,
    CaseEvent.MERGED_INTO,
    CaseEvent.REOPEN_REFUSED,
    CaseEvent.REOPENED,
}
_CLOCKS: Final = {
    "case.reminded",
    "case.escalated",
    "assignment.asked_again",
    "part.asked_again",
    str(CaseEvent.EXPIRED),
}
_WAITS_FOR_ONE: Final = {CaseState.REGISTERED, CaseState.RETURNED, CaseState.REOPENED}


@dataclass(slots=True)
class Life:
    """Where a case stands: its state, the lead that was named last, whether it still has it."""

    state: CaseState | None = None
    lead: Offer | None = None
    round: int = 0
    held: bool = False
    level: int = 0


def check_lives(book: Book) -> Iterator[Anomaly]:
    """Replay every case whose log is in order."""
    for case in book.cases.values():
        if not case.sound:
            continue
        life = Life()
        for event in case.events:
            yield from _take(life, event)
        if book.history.meta.drained and case.events:
            yield from _unled(life, case)


def life_of(case: CaseLog) -> Life:
    """Return where a case stands after its last event, whatever was wrong on the way."""
    return life_after(Life(), case.events)


def life_after(life: Life, events: Iterable[Seen]) -> Life:
    """Return where a case stands that goes on with these events."""
    for event in events:
        for _ in _take(life, event):
            pass
    return life


def _take(life: Life, event: Seen) -> Iterator[Anomaly]:
    if event.ce_type in _CLOCKS and life.state in ENDED:
        yield _found(Kind.ZOMBIE_ESCALATION, event, f"{event.ce_type} in state {life.state}")
        return
    if event.ce_type == "case.escalated":
        if event.level < life.level:
            yield _found(Kind.LEVEL_FELL, event, f"from {life.level} to {event.level}")
        life.level = max(life.level, event.level)
    what = _KNOWN.get(event.ce_type)
    if what is None:
        if life.state is None:
            yield _found(Kind.ILLEGAL_TRANSITION, event, f"{event.ce_type} of no case")
    elif what is not CaseEvent.MERGED:
        yield from _move(life, event, what)


def _move(life: Life, event: Seen, what: CaseEvent) -> Iterator[Anomaly]:
    if what is CaseEvent.ASSIGNED and life.held and life.state not in ENDED:
        yield _found(Kind.DOUBLE_LEAD, event, f"{_name(life.lead)} leads it already")
        return
    if life.state is None and what in {CaseEvent.REGISTERED, CaseEvent.REJECTED}:
        life.state = led_to(None, CaseEvent.REPORTED)
    target = led_to(life.state, what)
    if target is None:
        yield _found(Kind.ILLEGAL_TRANSITION, event, f"{what} in state {life.state or '(none)'}")
        return
    if what in _OF_THE_LEAD and life.lead and event.assignment_id != life.lead.assignment_id:
        told = f"{what} by {event.department}, while {_name(life.lead)} leads"
        yield _found(Kind.FOREIGN_FEEDBACK, event, told)
        return
    life.state = target
    if what is CaseEvent.ASSIGNED:
        yield from _name_lead(life, event)
    elif what in _TAKES_IT_BACK:
        life.held = False


def _name_lead(life: Life, event: Seen) -> Iterator[Anomaly]:
    departments = [offer.department for offer in (event.lead, *event.co_handlers) if offer]
    if len(set(departments)) < len(departments):
        yield _found(Kind.DOUBLE_LEAD, event, f"the same twice among {', '.join(departments)}")
    if event.round <= life.round:
        yield _found(Kind.DOUBLE_LEAD, event, f"round {event.round} comes after {life.round}")
    life.lead, life.round, life.held = event.lead, max(life.round, event.round), True


def _unled(life: Life, case: CaseLog) -> Iterator[Anomaly]:
    if life.state in _WAITS_FOR_ONE or (life.state is CaseState.ASSIGNED and not life.held):
        yield Anomaly(
            Kind.NO_LEAD,
            case.case_id,
            f"is {life.state} at the end and nobody was named",
            (case.events[-1].position,),
        )


def _name(lead: Offer | None) -> str:
    return lead.department if lead else "nobody"


def _found(kind: Kind, event: Seen, told: str) -> Anomaly:
    return Anomaly(kind, event.case_id or "", told, (event.position,))
