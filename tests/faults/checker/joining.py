"""I7: a merged case is told of once by the other, and a report of danger raises its case."""

from collections import Counter
from collections.abc import Iterator

from schemas.events.clocks import CaseUrgencyRaised
from schemas.lifecycle import CaseEvent
from schemas.vocabulary import Urgency
from tests.faults.checker.anomalies import Anomaly, Kind
from tests.faults.checker.book import Book, CaseLog

_JOINED, _LEFT = "case.joined", "case.left"


def check_joining(book: Book) -> Iterator[Anomaly]:
    """Judge every case whose log is in order, and the case that it was merged into."""
    for case in book.cases.values():
        if not case.sound:
            continue
        yield from _raised_by_nobody(case)
        yield from _not_raised(case)
        if book.history.meta.drained:
            yield from _untold(book, case)


def _raised_by_nobody(case: CaseLog) -> Iterator[Anomaly]:
    """Find cases that are more urgent by a report that never joined them."""
    joined = {event.merged_id for event in case.of_type(CaseEvent.MERGED)}
    for event in case.of_type(CaseUrgencyRaised.type):
        if event.merged_id not in joined:
            told = f"raised by {event.merged_id}, which never joined it"
            yield Anomaly(Kind.UNASKED, case.case_id, told, (event.position,))


def _not_raised(case: CaseLog) -> Iterator[Anomaly]:
    """Find cases that came to a lead after a report of danger had joined, and were not raised.

    Whoever corrects a case knows better than who joined it.
    """
    if case.of_type(CaseEvent.CORRECTED) or case.of_type(CaseUrgencyRaised.type):
        return
    danger = None
    for event in case.events:
        if event.ce_type == CaseEvent.MERGED and event.urgency == Urgency.EMERGENCY:
            danger = event
        assigned = event.ce_type == CaseEvent.ASSIGNED and event.urgency != Urgency.EMERGENCY
        if assigned and danger is not None and event.urgency:
            told = f"is {event.urgency}, and {danger.merged_id} had told of danger"
            yield Anomaly(Kind.LOST_FEEDBACK, case.case_id, told, (danger.position, event.position))
            return


def _untold(book: Book, case: CaseLog) -> Iterator[Anomaly]:
    """Find cases that were merged or taken apart, and the other one says something else."""
    into, last = None, None
    others: set[str] = set()
    for event in case.events:
        if event.ce_type == CaseEvent.MERGED_INTO and event.primary_id is not None:
            into, last = event.primary_id, event
            others.add(event.primary_id)
        elif event.ce_type == CaseEvent.UNMERGED:
            into, last = None, event
    for id_ in others:
        primary = book.cases.get(id_, CaseLog(id_))
        kinds = Counter(e.ce_type for e in primary.events if e.merged_id == case.case_id)
        told, expected = kinds[_JOINED] - kinds[_LEFT], int(id_ == into)
        if told != expected and last is not None:
            kind = Kind.LOST_FEEDBACK if abs(told) <= 1 else Kind.DUP_EFFECT
            text = f"{id_} tells {told} times that it joined, and {expected} is so"
            yield Anomaly(kind, case.case_id, text, (last.position,))
