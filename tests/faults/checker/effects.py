"""I7: whatever is delivered again, each cause has its effect once."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from schemas.events.clocks import (
    PART,
    RESIDENT,
    CaseDeadlineMoved,
    CaseUrgencyRaised,
    PromiseMissed,
)
from schemas.lifecycle import CaseEvent
from tests.faults.checker.anomalies import Anomaly, Kind
from tests.faults.checker.book import Book, CaseLog
from tests.faults.history import Seen

_ONCE_PER_EVENT: Final = {
    "registered": CaseEvent.REGISTERED,
    "rejected": CaseEvent.REJECTED,
    "closed": CaseEvent.CLOSED,
    "reopened": CaseEvent.REOPENED,
    "dismissed": CaseEvent.DISMISSED,
    "withdrawn": CaseEvent.WITHDRAWN,
    "merged_into": CaseEvent.MERGED_INTO,
    "reopen_refused": CaseEvent.REOPEN_REFUSED,
    "unmerged": CaseEvent.UNMERGED,
    "promise_missed": PromiseMissed.type,
    "promise_broken": PromiseMissed.type,
    "raised": CaseUrgencyRaised.type,
}
"""Notices that each recipient gets at most once for each event of the case, by template."""
_ONCE_PER_MOVE: Final = {
    "deadline_moved": "handling",
    "part_moved": PART,
    "promise_moved": RESIDENT,
}
"""Notices that each recipient gets at most once for each time that this clock's end moved."""
_ONE_A_PART: Final = {
    *("released", "without", "taken_back", "request_lapsed", "decide"),
    *("case_joined", "case_left"),
}
"""Notices of which one cause leads to several: several parts end at once, or several requests.

Or several cases were merged since somebody looked."""


def check_effects(book: Book) -> Iterator[Anomaly]:
    """Find work orders, notices and events of different ids that say the same thing."""
    for case in book.cases.values():
        yield from _orders(case)
        yield from _events(case)
        yield from _notices(case)


def _orders(case: CaseLog) -> Iterator[Anomaly]:
    helping = {e.assignment_id for e in case.of_type("case.co_handler_wanted")}
    again = Counter(e.assignment_id for e in case.of_type("part.asked_again"))
    for (round_, department, _), orders in _grouped(
        case.orders,
        # Who was let go and is wanted again has two parts in one round.
        key=lambda o: (
            str(o.round),
            o.department,
            str(o.assignment_id in helping and o.assignment_id),
        ),
    ):
        if len(orders) > 1 + again[orders[0].assignment_id]:
            told = f"{len(orders)} work orders for {department} in round {round_}"
            yield _found(Kind.DUP_ASSIGNMENT, case, told, orders)
    for number, leads in _leads(case).items():
        if len({order.department for order in leads}) > 1:
            told = f"round {number} is led by {' and '.join(o.department for o in leads)}"
            yield _found(Kind.DOUBLE_LEAD, case, told, leads)


def _leads(case: CaseLog) -> dict[int, list[Seen]]:
    found: dict[int, list[Seen]] = defaultdict(list)
    for order in case.orders:
        if order.role == "lead":
            found[order.round].append(order)
    return found


def _events(case: CaseLog) -> Iterator[Anomaly]:
    """Find what was told twice for one cause; clocks are judged by their deadlines instead."""
    caused = [e for e in case.events if e.cause and not e.cause.startswith("timer/")]
    for (source, cause, type_, department, _), events in _grouped(
        caused, key=lambda e: (e.ce_source, e.cause, e.ce_type, e.department, e.request_id)
    ):
        if len(events) > 1:
            kind = Kind.DUP_ASSIGNMENT if type_ == CaseEvent.ASSIGNED else Kind.DUP_EFFECT
            told = f"{source} told {type_} {department} {len(events)} times for {cause}"
            yield _found(kind, case, told, events)


def _notices(case: CaseLog) -> Iterator[Anomaly]:
    for (template, recipient), notices in _grouped(
        case.notices, key=lambda notice: (notice.template, notice.recipient)
    ):
        reported = False
        for (cause,), same in _grouped(notices, key=lambda notice: (_reason_of(notice),)):
            if len(same) > 1 and template not in _ONE_A_PART:
                reported = True
                told = f"{recipient} got {len(same)} {template} notices for {cause}"
                yield _found(Kind.DUP_EFFECT, case, told, same)
        if not reported and len(notices) > _reasons(case, template) > 0:
            told = f"{recipient} got {len(notices)} {template} notices, more than there are reasons"
            yield _found(Kind.DUP_EFFECT, case, told, notices)


def _reasons(case: CaseLog, template: str) -> int:
    """Return for how many events of the case a recipient may get a notice; 0 is for any."""
    clock = _ONCE_PER_MOVE.get(template)
    if clock is not None:
        # Older recordings do not say of which clock it is.
        return sum(e.clock in {clock, ""} for e in case.of_type(CaseDeadlineMoved.type))
    event = _ONCE_PER_EVENT.get(template)
    return 0 if event is None else len(case.of_type(event))


def _reason_of(notice: Seen) -> str:
    """Return what a notice was told for; whoever waits for a case may be told twice for one."""
    if notice.cause.startswith("timer/") or notice.recipient.startswith("report:"):
        return notice.cause
    return notice.cause.partition("/")[0]


def _grouped(
    records: Iterable[Seen], *, key: Callable[[Seen], tuple[str, ...]]
) -> Iterable[tuple[tuple[str, ...], list[Seen]]]:
    found: dict[tuple[str, ...], list[Seen]] = defaultdict(list)
    for record in records:
        found[key(record)].append(record)
    return found.items()


def _found(kind: Kind, case: CaseLog, told: str, records: list[Seen]) -> Anomaly:
    return Anomaly(kind, case.case_id, told, tuple(record.position for record in records))
