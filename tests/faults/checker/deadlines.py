"""I8: every deadline has its effect once, not before its time, and before the house is idle.

The ledger of one case is kept from its events alone: an offer must be signed for, a handling clock
runs through its marks (reminder, overdue, far overdue) until it is stopped.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from schemas.lifecycle import CaseEvent
from schemas.vocabulary import MAX_LEVEL, EscalationTrigger
from tests.faults.checker.anomalies import Anomaly, Kind
from tests.faults.checker.book import Book
from tests.faults.checker.grace import Grace
from tests.faults.history import Limits, PendingTimer, Seen

_SIGNED: Final = {
    str(CaseEvent.ACCEPTED),
    str(CaseEvent.RETURNED),
    str(CaseEvent.REVOKED),
    str(CaseEvent.REASSIGNED),
    str(CaseEvent.CORRECTED),
    str(CaseEvent.DISMISSED),
    str(CaseEvent.WITHDRAWN),
    str(CaseEvent.MERGED_INTO),
    str(CaseEvent.REOPEN_REFUSED),
    str(CaseEvent.FORCE_CLOSED),
}
"""What ends the wait for a signature; of an event that names no assignment, the lead's."""
_STOPS: Final = {
    str(CaseEvent.RETURNED),
    str(CaseEvent.REVOKED),
    str(CaseEvent.REASSIGNED),
    str(CaseEvent.CORRECTED),
    str(CaseEvent.SUSPENDED),
    str(CaseEvent.FEEDBACK_SUBMITTED),
    "case.blocked",
    str(CaseEvent.CLOSED),
    str(CaseEvent.FORCE_CLOSED),
    str(CaseEvent.DISMISSED),
    str(CaseEvent.WITHDRAWN),
    str(CaseEvent.MERGED_INTO),
    str(CaseEvent.REOPEN_REFUSED),
}
_RESTED: Final = {
    str(CaseEvent.RESUMED): str(CaseEvent.SUSPENDED),
    "case.unblocked": "case.blocked",
}
"""What ends each cause of a rest; a clock goes on when the last of them has ended."""
_RESTS: Final = frozenset(_RESTED.values())
_ENDINGS: Final = {str(CaseEvent.CLOSED), str(CaseEvent.FORCE_CLOSED)}
_NEAR: Final = timedelta(seconds=1)


@dataclass(slots=True)
class Signing:
    """An offer that waits for a signature until `sign_by`; `personal` when it is a person's."""

    sign_by: datetime
    personal: bool
    expired: int = 0
    over: bool = False


@dataclass(slots=True)
class Stretch:
    """A handling clock that runs since `since`, `used` of its limit being gone before.

    `added` is how often the limit was added to it; a check that fails leaves a share of it alone.
    `told` counts what was said of its marks; a stretch that resumes another one shares its count.
    """

    limit: timedelta
    used: timedelta
    since: datetime
    added: int = 0
    told: dict[str, int] = field(default_factory=lambda: {"remind": 0, "overdue": 0})

    def reaches(self, share: float) -> datetime:
        """Return when this share of the limit is used up."""
        return self.since + self.whole * share - self.used

    @property
    def whole(self) -> timedelta:
        """The limit with what was added to it."""
        return self.limit * (1 + self.added)

    def stopped(self, at: datetime) -> timedelta:
        """Return how much of the limit is used at an instant."""
        return self.used + max(at - self.since, timedelta())


@dataclass(slots=True)
class Ledger:
    """The deadlines of one case."""

    case_id: str
    limits: Limits
    grace: Grace
    level: int = 0
    current: str = ""
    signings: dict[str, Signing] = field(default_factory=dict)
    stretches: list[Stretch] = field(default_factory=list)
    running: bool = False
    stopped_by: str = ""
    rests: set[str] = field(default_factory=set)
    used: timedelta = timedelta()
    department: str = ""
    kept: dict[str, Stretch] = field(default_factory=dict)
    drained: bool = False
    missed: list[tuple[str, datetime]] = field(default_factory=list)

    # What starts and ends ---------------------------------------------------------------------

    def take(self, event: Seen, at: datetime) -> Iterator[Anomaly]:
        """Enter one event, and judge it when it is the effect of a deadline."""
        if event.urgency == "E" and event.ce_type != CaseEvent.MERGED:
            self.level = max(self.level, 1)
        if event.ce_type == CaseEvent.REOPENED:
            self.department = ""
            self.kept.clear()
        self._rest(event.ce_type)
        begun = self._begun(event.ce_type)
        if begun is not None:
            begun(event, at)
        elif event.ce_type in _SIGNED:
            self._signed(event, at)
        elif event.ce_type == CaseEvent.EXPIRED:
            yield from self._expired(event, at)
        else:
            yield from self._marked(event, at)
        if event.ce_type in _STOPS:
            self._stop(at)
            self.stopped_by = event.ce_type

    def _rest(self, type_: str) -> None:
        """Note why the clock rests; whatever else stops it ends every cause."""
        if type_ in _RESTS:
            self.rests.add(type_)
        elif type_ in _STOPS:
            self.rests.clear()
        self.rests.discard(_RESTED.get(type_, ""))

    def _begun(self, type_: str) -> Callable[[Seen, datetime], None] | None:
        """Return what begins with an event of a type, None where no clock does."""
        begins = {
            str(CaseEvent.ASSIGNED): self._assigned,
            str(CaseEvent.CHECK_FAILED): self._rework,
            "case.urgency_raised": self._raised,
            str(CaseEvent.RESUMED): self._resumed,
            str(CaseEvent.EXTENDED): self._extended,
            "case.unblocked": self._resumed,
        }
        return begins.get(type_)

    def _assigned(self, event: Seen, at: datetime) -> None:
        if event.lead is None:
            return
        self.current = event.lead.assignment_id
        sign_by = at + timedelta(seconds=event.sign_seconds)
        self.signings.setdefault(self.current, Signing(sign_by, event.lead.person is not None))
        limit = timedelta(seconds=event.limit_seconds)
        own = self._passed_to(event.lead.department, at)
        if own is not None and event.resumes:
            self._run(own)
        elif not event.resumes or not self.stretches:
            self._stop(at)
            self._run(Stretch(limit, timedelta(), at))
        elif not self.running:
            self._go_on(at)

    def _passed_to(self, department: str, at: datetime) -> Stretch | None:
        """Keep what another department used; returns what this one had left, if it comes back."""
        before, self.department = self.department, department
        if before and before != department and self.stretches:
            self._stop(at)
            last = self.stretches[-1]
            self.kept[before] = Stretch(last.limit, self.used, at, last.added, last.told)
        own = self.kept.pop(department, None)
        return None if own is None or before == department else replace(own, since=at)

    def _signed(self, event: Seen, at: datetime) -> None:
        signing = self.signings.get(event.assignment_id or self.current)
        if signing is not None and not signing.over:
            self._unsigned(signing, at)
            signing.over = True

    def _unsigned(self, signing: Signing, until: datetime) -> None:
        # A desk on the top level is not hurried; the offer may have been read after the rise.
        asked = signing.personal or self.level < MAX_LEVEL
        if asked and not signing.over and self._excused(signing.sign_by) < until:
            self.missed.append(("sign", signing.sign_by))

    def _run(self, stretch: Stretch) -> None:
        self.stretches.append(stretch)
        self.running = True

    def _rework(self, _event: Seen, at: datetime) -> None:
        if self.stretches:
            self._stop(at)
            last = self.stretches[-1]
            used = min(self.used, last.whole - last.limit * self.limits.rework_floor)
            self._run(Stretch(last.limit, used, at, last.added))

    def _resumed(self, _event: Seen, at: datetime) -> None:
        """Let the clock go on after a suspension, or when the lead waits for no part any more."""
        if self.stretches and not self.running and not self.rests:
            self._go_on(at)

    def _go_on(self, at: datetime) -> None:
        last = self.stretches[-1]
        self._run(Stretch(last.limit, self.used, at, last.added, last.told))

    def _extended(self, _event: Seen, at: datetime) -> None:
        """Add the limit once more; it is reminded of anew."""
        if self.stretches:
            was_running = self.running
            self._stop(at)
            last = self.stretches[-1]
            self._run(Stretch(last.limit, self.used, at, last.added + 1))
            self.running = was_running

    def _raised(self, event: Seen, at: datetime) -> None:
        """Let an offer wait no longer than is told, and a limit that begins anew run from here."""
        signing = self.signings.get(self.current)
        if signing is not None and event.sign_by is not None:
            signing.sign_by = min(signing.sign_by, event.sign_by)
        if event.limit_text and event.due_by is not None:
            self._stop(at)
            self._run(Stretch(event.due_by - at, timedelta(), at))

    def _stop(self, at: datetime) -> None:
        if self.running:
            stretch = self.stretches[-1]
            self._unmarked(stretch, at)
            self.used, self.running = stretch.stopped(at), False

    def _unmarked(self, stretch: Stretch, until: datetime) -> None:
        expected = [
            # Who was told that the limit is over is not reminded of it.
            ("remind", stretch.reaches(self.limits.remind_at), not any(stretch.told.values())),
            ("overdue", stretch.reaches(1), stretch.told["overdue"] < 1),
            (
                "overdue_far",
                stretch.reaches(self.limits.overdue_far),
                stretch.told["overdue"] < 2 and self.level < MAX_LEVEL,
            ),
        ]
        for kind, mark, untold in expected:
            if untold and self._excused(max(mark, stretch.since)) < until:
                self.missed.append((kind, mark))

    def _excused(self, mark: datetime) -> datetime:
        """Return until when a deadline may have had no effect yet."""
        if self.drained:
            return mark + timedelta(seconds=self.limits.settled)
        return self.grace.until(mark)

    def end(self, until: datetime, *, drained: bool) -> list[tuple[str, datetime]]:
        """Return every deadline that passed without effect; `until` is the end of the history.

        Once `drained`, no fault excuses one: it is late no more, it is forgotten.
        """
        self.drained = drained
        current = self.signings.get(self.current)
        if current is not None:
            self._unsigned(current, until)
        if self.running:
            self._unmarked(self.stretches[-1], until)
        return self.missed

    # Effects ----------------------------------------------------------------------------------

    def _expired(self, event: Seen, at: datetime) -> Iterator[Anomaly]:
        signing = self.signings.get(event.assignment_id or "")
        if signing is None:
            return
        signing.expired += 1
        signing.over = True
        if signing.expired > 1:
            yield self._found(Kind.DOUBLE_DEADLINE, event, "the offer expired before")
        else:
            yield from self._timed(event, at, signing.sign_by)

    def _marked(self, event: Seen, at: datetime) -> Iterator[Anomaly]:
        overdue = (
            event.ce_type == "case.escalated" and event.trigger == EscalationTrigger.OVERDUE.value
        )
        if event.due_by is not None and (overdue or event.ce_type == "case.reminded"):
            if not self.running and self.stopped_by not in _ENDINGS:
                yield self._found(Kind.DOUBLE_CLOCK, event, "while the handling clock stands")
            stretch = self._stretch_of(event.due_by)
            if stretch is not None:
                judged = self._overdue if overdue else self._reminded
                yield from judged(event, at, stretch)
        if event.ce_type == "case.escalated":
            self.level = max(self.level, event.level)

    def _stretch_of(self, due_by: datetime) -> Stretch | None:
        for stretch in reversed(self.stretches):
            if abs(stretch.reaches(1) - due_by) < _NEAR:
                return stretch
        return None

    def _reminded(self, event: Seen, at: datetime, stretch: Stretch) -> Iterator[Anomaly]:
        stretch.told["remind"] += 1
        if stretch.told["remind"] > 1:
            yield self._found(Kind.DOUBLE_DEADLINE, event, "was reminded of before")
        else:
            mark = max(stretch.reaches(self.limits.remind_at), stretch.since)
            yield from self._timed(event, at, mark)

    def _overdue(self, event: Seen, at: datetime, stretch: Stretch) -> Iterator[Anomaly]:
        stretch.told["overdue"] += 1
        count, far = stretch.told["overdue"], stretch.reaches(self.limits.overdue_far)
        if count > 2 or (count > 1 and at < far):
            yield self._found(Kind.DOUBLE_DEADLINE, event, "was raised for this before")
        else:
            mark = stretch.reaches(1) if count == 1 else far
            yield from self._timed(event, at, max(mark, stretch.since))

    def _timed(self, event: Seen, at: datetime, mark: datetime) -> Iterator[Anomaly]:
        if at < mark - timedelta(seconds=self.limits.early):
            yield self._found(Kind.EARLY_DEADLINE, event, f"{mark - at} before {mark}")
        elif at > self.grace.until(mark):
            yield self._found(Kind.LATE_DEADLINE, event, f"{at - mark} after {mark}")

    def _found(self, kind: Kind, event: Seen, told: str) -> Anomaly:
        return Anomaly(kind, self.case_id, f"{event.ce_type}: {told}", (event.position,))


def check_deadlines(book: Book) -> Iterator[Anomaly]:
    """Keep the ledger of every case whose log is in order."""
    meta = book.history.meta
    grace = Grace.of(meta, book.history.timeline)
    until = meta.house_time(meta.drained_at)
    waiting = {(timer.subject, timer.kind) for timer in book.rows(PendingTimer)}
    for case in book.cases.values():
        if case.sound:
            ledger = Ledger(case.case_id, meta.limits, grace)
            for event in case.events:
                if event.at is not None:
                    yield from ledger.take(event, event.at)
            for kind, mark in ledger.end(until, drained=meta.drained):
                # One that still waits is told of as stuck.
                if (case.case_id, kind) not in waiting:
                    told = f"the {kind} deadline of {mark} had no effect"
                    yield Anomaly(Kind.MISSED_DEADLINE, case.case_id, told)
