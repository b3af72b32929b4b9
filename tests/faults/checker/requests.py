"""What was asked for: nothing is granted unasked, a pause costs nothing, and nobody waits unheard.

The handling clock itself is the ledger's, in `deadlines`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from schemas.lifecycle import CaseEvent
from tests.faults.checker.anomalies import Anomaly, Kind
from tests.faults.checker.book import Book, CaseLog
from tests.faults.checker.grace import Grace
from tests.faults.history import Limits, PendingTimer, Seen

_GRANTS: Final = {
    str(CaseEvent.SUSPENDED),
    str(CaseEvent.EXTENDED),
    str(CaseEvent.FORCE_CLOSED),
    str(CaseEvent.APPEAL_APPROVED),
}
_ENDS: Final = _GRANTS | {"request.refused", "request.withdrawn", "request.lapsed"}
_NEAR: Final = 1.0
"""Second; what is left travels as a number."""


@dataclass(slots=True)
class Requests:
    """The requests of one case that wait, by id, and its suspension."""

    case_id: str
    limits: Limits
    grace: Grace
    asked: dict[str, Seen] = field(default_factory=dict)
    told_at: dict[str, datetime] = field(default_factory=dict)
    suspended: Seen | None = None

    def take(self, event: Seen, at: datetime) -> Iterator[Anomaly]:
        """Enter one event, and judge what it makes of a request or a suspension."""
        if event.ce_type == "request.submitted" and event.decide_by is not None:
            self.asked[event.request_id] = event
            self.told_at[event.request_id] = event.decide_by
        elif event.ce_type == "request.asked_again":
            yield from self._asked_again(event, at)
        elif event.ce_type == CaseEvent.RESUMED:
            yield from self._resumed(event, at)
        elif event.ce_type in _ENDS:
            yield from self._ended(event)

    def _ended(self, event: Seen) -> Iterator[Anomaly]:
        if event.ce_type in _GRANTS:
            yield from self._granted(event)
        self.asked.pop(event.request_id, None)
        self.told_at.pop(event.request_id, None)
        if event.ce_type == CaseEvent.SUSPENDED:
            self.suspended = event
        elif event.ce_type == CaseEvent.FORCE_CLOSED:
            self.suspended = None

    def _granted(self, event: Seen) -> Iterator[Anomaly]:
        asked = self.asked.get(event.request_id)
        if asked is None:
            yield self._found(Kind.UNASKED, event, "nobody asked for it, or it was decided")
        elif asked.person == event.person:
            yield self._found(Kind.UNASKED, event, f"{event.person} asked for it and allowed it")

    def _asked_again(self, event: Seen, at: datetime) -> Iterator[Anomaly]:
        due = self.told_at.get(event.request_id)
        if due is None:
            yield self._found(Kind.ZOMBIE_ESCALATION, event, "no such request waits")
            return
        yield from self._timed(event, at, due)
        if event.again_at is not None:
            self.told_at[event.request_id] = event.again_at

    def _resumed(self, event: Seen, at: datetime) -> Iterator[Anomaly]:
        before, self.suspended = self.suspended, None
        if before is None:
            return  # the table of the life cycle forbids it, which is told of there
        if event.cause.startswith("timer/") and before.until is not None:
            yield from self._timed(event, at, before.until)
        left, was = event.left_seconds, before.left_seconds
        if left is not None and was is not None and abs(left - was) > _NEAR:
            yield self._found(Kind.LOST_PAUSE, event, f"{left} s are left of {was} s")

    def _timed(self, event: Seen, at: datetime, due: datetime) -> Iterator[Anomaly]:
        if at < due - timedelta(seconds=self.limits.early):
            yield self._found(Kind.EARLY_DEADLINE, event, f"{due - at} before {due}")
        elif at > self.grace.until(due):
            yield self._found(Kind.LATE_DEADLINE, event, f"{at - due} after {due}")

    def end(self) -> Iterator[tuple[str, datetime]]:
        """Yield what is still to happen by itself, by the timer's kind."""
        if self.told_at:
            yield "request", min(self.told_at.values())
        if self.suspended is not None and self.suspended.until is not None:
            yield "suspension", self.suspended.until

    def _found(self, kind: Kind, event: Seen, told: str) -> Anomaly:
        return Anomaly(kind, self.case_id, f"{event.ce_type}: {told}", (event.position,))


def check_requests(book: Book) -> Iterator[Anomaly]:
    """Follow the requests of every case whose log is in order."""
    meta = book.history.meta
    grace = Grace.of(meta, book.history.timeline)
    waiting = {(timer.subject, timer.kind) for timer in book.rows(PendingTimer)}
    for case in book.cases.values():
        if case.sound:
            requests = Requests(case.case_id, meta.limits, grace)
            for event in case.events:
                if event.at is not None:
                    yield from requests.take(event, event.at)
            yield from _forgotten(book, case, requests, waiting)


def _forgotten(
    book: Book, case: CaseLog, requests: Requests, waiting: set[tuple[str, str]]
) -> Iterator[Anomaly]:
    """Yield what was due before the end of the history and did not happen."""
    meta = book.history.meta
    until = meta.house_time(meta.drained_at)
    for kind, due in requests.end():
        settled = due + timedelta(seconds=meta.limits.settled)
        excused = settled if meta.drained else requests.grace.until(due)
        # One that still waits is told of as stuck.
        if excused < until and (case.case_id, kind) not in waiting:
            told = f"the {kind} deadline of {due} had no effect"
            yield Anomaly(Kind.MISSED_DEADLINE, case.case_id, told)
