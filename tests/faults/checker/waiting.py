"""I8: the end of a part that a lead waits for moves for a reason, is told, and counts from then."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from schemas.events.clocks import PART, CaseDeadlineMoved
from tests.faults.checker.anomalies import Anomaly, Kind
from tests.faults.checker.book import Book, CaseLog
from tests.faults.history import Seen

_RECOUNTED = "timer/recount/"
_RAN_OUT = "timer/blocked/"


def check_waiting(book: Book) -> Iterator[Anomaly]:
    """Judge every case whose log is in order."""
    early = timedelta(seconds=book.history.meta.limits.early)
    for case in book.cases.values():
        if case.sound:
            yield from _ends(case, early)
            if book.history.meta.drained:
                yield from _untold(case)


def _is_moved(event: Seen) -> bool:
    return event.ce_type == CaseDeadlineMoved.type and event.clock == PART


def _ends(case: CaseLog, early: timedelta) -> Iterator[Anomaly]:
    """Find ends that were moved for nothing, and those that came before they were told to be."""
    waits_for, until = "", None
    for event in case.events:
        if event.ce_type == "case.blocked":
            waits_for, until = event.party, event.until
        elif _is_moved(event):
            if not (event.department == waits_for and event.cause.startswith(_RECOUNTED)):
                told = f"the part of {event.department} was moved for nothing"
                yield Anomaly(Kind.UNASKED, case.case_id, told, (event.position,))
            until = event.after
        elif event.ce_type == "case.unblocked":
            if _is_early(event, until, early):
                told = f"the part of {waits_for} had until {until}"
                yield Anomaly(Kind.EARLY_DEADLINE, case.case_id, told, (event.position,))
            waits_for, until = "", None


def _is_early(event: Seen, until: datetime | None, early: timedelta) -> bool:
    if event.at is None or until is None or not event.cause.startswith(_RAN_OUT):
        return False
    return event.at < until - early


def _untold(case: CaseLog) -> Iterator[Anomaly]:
    """Find moved ends of which nobody told whose part it is."""
    told = Counter(n.recipient for n in case.notices if n.template == "part_moved")
    moved = [event for event in case.events if _is_moved(event)]
    for department in dict.fromkeys(event.department for event in moved):
        own = [event for event in moved if event.department == department]
        heard = sum(n for who, n in told.items() if who.startswith(f"department:{department}"))
        if heard < len(own):
            text = f"{department} was told {heard} of {len(own)} times that its part moved"
            where = tuple(event.position for event in own)
            yield Anomaly(Kind.LOST_FEEDBACK, case.case_id, text, where)
