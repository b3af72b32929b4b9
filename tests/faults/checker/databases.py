"""I6: a database and the topics say the same of every case, so what is seen was committed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from schemas.lifecycle import ENDED, CaseEvent, CaseState
from schemas.topics import CASES
from tests.faults.checker.anomalies import Anomaly, Kind
from tests.faults.checker.book import INTAKE, NOTIFIER, ROUTER, Book, CaseLog
from tests.faults.checker.lives import Life, life_of
from tests.faults.history import IntakeReport, NotifierCase, OutboxMessage, RouterCase, Seen

_FIRST_LEVEL = {"E": 1}
_OUTCOMES = {
    "registered": str(CaseEvent.REGISTERED),
    "merged": str(CaseEvent.MERGED),
    "rejected": str(CaseEvent.REJECTED),
}


@dataclass(slots=True)
class _Pending:
    """What stands in chunks that were not published yet: late, but not lost."""

    numbers: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def last(self, service: str, case_id: str) -> int:
        """Return the last number of a case's events a service will still publish."""
        return self.numbers.get((service, case_id), 0)


def check_databases(book: Book) -> Iterator[Anomaly]:
    """Compare each service's rows with what its events on the topics say."""
    pending = _pending(book)
    if book.has_state("intake"):
        yield from _intake(book, pending)
    if book.has_state("router"):
        yield from _router(book, pending)
    if book.has_state("notifier"):
        yield from _notifier(book, pending)


def _pending(book: Book) -> _Pending:
    pending = _Pending()
    for service, rows in book.history.state.items():
        for row in rows:
            if isinstance(row, OutboxMessage) and not row.published and row.topic == CASES:
                key = (service, row.case_id or "")
                pending.numbers[key] = max(pending.numbers[key], row.sequence or 1)
    return pending


def _compared(
    case_id: str, service: str, *, told: int, kept: int, pending: int
) -> Iterator[Anomaly]:
    """Compare the last number on the topic with the last one in the database."""
    if told > kept:
        detail = f"{service} told number {told}, its database knows {kept}"
        yield Anomaly(Kind.PRECOMMITTED_READ, case_id, detail)
    elif max(told, pending) < kept:
        detail = f"{service} committed number {kept}, the topic has {told}"
        yield Anomaly(Kind.UNSEEN, case_id, detail)


def _intake(book: Book, pending: _Pending) -> Iterator[Anomaly]:
    told = _told_of(book)
    rows = {row.case_id: row for row in book.rows(IntakeReport)}
    for case_id, row in rows.items():
        events = told.get(case_id, [])
        expected = (_OUTCOMES[row.outcome], row.primary_id or case_id)
        if not events:
            if not pending.last("intake", row.primary_id or case_id):
                yield Anomaly(Kind.UNSEEN, case_id, f"intake kept {row.outcome}, and told nothing")
        elif expected not in {(event.ce_type, event.case_id) for event in events}:
            detail = f"intake kept {' '.join(expected)}, and told {events[0].ce_type}"
            yield Anomaly(Kind.STATE_MISMATCH, case_id, detail, (events[0].position,))
        elif row.outcome == "registered" and not _closed_alike(book.cases[case_id], row):
            detail = f"intake has it {'closed' if row.closed else 'open'}, the topic has not"
            yield Anomaly(Kind.STATE_MISMATCH, case_id, detail)
    for case_id in told.keys() - rows.keys():
        where = tuple(event.position for event in told[case_id])
        yield Anomaly(Kind.PRECOMMITTED_READ, case_id, "intake has no such report", where)


def _told_of(book: Book) -> dict[str, list[Seen]]:
    """Return what intake told of each report; more than one end is an anomaly of its own."""
    found: dict[str, list[Seen]] = defaultdict(list)
    for case in book.cases.values():
        for event in case.events:
            if event.ce_source == INTAKE:
                found[event.merged_id or event.case_id or ""].append(event)
    return found


def _closed_alike(case: CaseLog, row: IntakeReport) -> bool:
    return not case.sound or row.closed == (life_of(case).state in ENDED)


def _router(book: Book, pending: _Pending) -> Iterator[Anomaly]:
    rows = {row.case_id: row for row in book.rows(RouterCase)}
    for case_id in _followed(book) | rows.keys():
        case, row = book.cases.get(case_id), rows.get(case_id)
        told = case.last.get(ROUTER, 0) if case else 0
        kept = row.sequence if row else 0
        left = pending.last("router", case_id)
        differs = list(_compared(case_id, "router", told=told, kept=kept, pending=left))
        yield from differs
        if case and row and case.sound and not differs and not left:
            yield from _mismatch(case_id, "router", _routed(row), _as_routed(life_of(case)))


def _notifier(book: Book, pending: _Pending) -> Iterator[Anomaly]:
    rows = {row.case_id: row for row in book.rows(NotifierCase)}
    for case_id in _followed(book) | rows.keys():
        case, row = book.cases.get(case_id), rows.get(case_id)
        told = case.last.get(NOTIFIER, 0) if case else 0
        kept = row.own_seq if row else 0
        left = pending.last("notifier", case_id)
        differs = list(_compared(case_id, "notifier", told=told, kept=kept, pending=left))
        yield from differs
        if row is None and not differs:
            yield Anomaly(Kind.STATE_MISMATCH, case_id, "the notifier does not know the case")
        if case is None or row is None or differs or left:
            continue
        if case.sound and row.router_seq == case.last.get(ROUTER, 0):
            yield from _mismatch(
                case_id, "notifier", followed_as(row), as_followed(life_of(case), case.events)
            )


def _followed(book: Book) -> set[str]:
    return {case_id for case_id, case in book.cases.items() if case.registered}


def _mismatch(
    case_id: str, service: str, kept: dict[str, object], told: dict[str, object]
) -> Iterator[Anomaly]:
    wrong = [f"{n} {kept[n]} (topic: {told[n]})" for n in kept if kept[n] != told[n]]
    if wrong:
        yield Anomaly(Kind.STATE_MISMATCH, case_id, f"{service} has {', '.join(wrong)}")


def _routed(row: RouterCase) -> dict[str, object]:
    return {"round": row.round, "lead": row.lead, "assignment": row.assignment_id}


def _as_routed(life: Life) -> dict[str, object]:
    lead = life.lead
    return {
        "round": life.round,
        "lead": lead.department if lead else "",
        "assignment": lead.assignment_id if lead else "",
    }


def followed_as(row: NotifierCase) -> dict[str, object]:
    """Return where the notifier says a case stands."""
    return {
        "state": row.state,
        "round": row.round,
        "department": row.department,
        "assignment": row.assignment_id,
        "level": row.level,
    }


def as_followed(life: Life, events: Iterable[Seen]) -> dict[str, object]:
    """Return where a case stands by what was told of it, these events last."""
    lead = None if life.state in {CaseState.RETURNED, CaseState.REOPENED} else life.lead
    # What a report that joins says is no more than that until the case is raised.
    told = (event for event in events if event.ce_type != CaseEvent.MERGED)
    urgencies = (_FIRST_LEVEL.get(event.urgency, 0) for event in told)
    return {
        "state": None if life.state is None else str(life.state),
        "round": life.round,
        "department": lead.department if lead else None,
        "assignment": lead.assignment_id if lead else None,
        "level": max((life.level, *urgencies)),
    }
