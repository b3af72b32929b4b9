"""A history in the order a judge reads it: what the topics say of every case, each event once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Final, TypeVar

from schemas.lifecycle import CaseEvent
from schemas.topics import CASE_FILES, CASES, COMMANDS, FEEDBACK_REFUSALS, INCIDENT_REPORTS, NOTICES
from tests.faults.history import (
    History,
    Line,
    Seen,
    Sent,
)

HOUSE: Final = "/tongxin/"
INTAKE: Final = HOUSE + "intake"
ROUTER: Final = HOUSE + "router"
NOTIFIER: Final = HOUSE + "notifier"
R = TypeVar("R", bound=Line)


def is_output(topic: str) -> bool:
    """Tell whether a topic holds what the house tells, dead letters left aside."""
    return topic in {CASE_FILES, CASES, NOTICES, FEEDBACK_REFUSALS} or topic.startswith(
        "assignments."
    )


@dataclass(slots=True)
class CaseLog:
    """What was told of one case, each event once, in the order of the log.

    `sound` is false when the order or the numbers are broken: that is an anomaly of its own, and
    what a reader would make of such a log says nothing more.
    """

    case_id: str
    events: list[Seen] = field(default_factory=list)
    orders: list[Seen] = field(default_factory=list)
    notices: list[Seen] = field(default_factory=list)
    sound: bool = True
    last: dict[str, int] = field(default_factory=dict)

    @property
    def registered(self) -> Seen | None:
        """The event that made it a case."""
        return next((e for e in self.events if e.ce_type == CaseEvent.REGISTERED), None)

    def of_type(self, type_: str) -> list[Seen]:
        """Return the case's events of one type."""
        return [e for e in self.events if e.ce_type == type_]

    def add(self, event: Seen) -> None:
        """Enter an event that was not told before."""
        last = self.last.get(event.ce_source, 0)
        if event.sequence:
            self.sound &= event.sequence == last + 1
            self.last[event.ce_source] = max(last, event.sequence)
        self.events.append(event)


@dataclass(slots=True)
class Book:
    """An index over a history.

    `log` is what was on the topics: the final read, and for topics that lost records on purpose
    what was observed before. `firsts` are the house's own, each once. What a client sent raw is
    `forged` and stands in neither.
    """

    history: History
    forged: set[str | None] = field(default_factory=set)
    log: list[Seen] = field(default_factory=list)
    firsts: list[Seen] = field(default_factory=list)
    cases: dict[str, CaseLog] = field(default_factory=dict)
    letters: dict[str, set[str]] = field(default_factory=dict)

    def is_forged(self, record: Seen) -> bool:
        """Tell whether a client sent this record raw; its dead letter has the same bytes."""
        sent_raw = record.position in self.forged or record.sha256 in self.forged
        return sent_raw and record.letter_of is None

    @property
    def observed(self) -> Iterator[tuple[str, list[Seen]]]:
        """What each observer met, in its order."""
        for observer, seen in self.history.observed.items():
            yield observer, [r for r in seen if not self.is_forged(r)] if self.forged else seen

    @property
    def sent_reports(self) -> Iterator[Sent]:
        """Every attempt to report."""
        return (s for s in self.history.sent if s.op == "report")

    @property
    def sent_answers(self) -> Iterator[Sent]:
        """Every attempt to answer or to command."""
        return (s for s in self.history.sent if s.op in {"feedback", "command"})

    @property
    def reports(self) -> Iterator[Seen]:
        """Every record on the topic of reports."""
        return (r for r in self.log if r.topic == INCIDENT_REPORTS)

    @property
    def answers(self) -> Iterator[Seen]:
        """Every record on a feedback topic, and every command."""
        return (r for r in self.log if r.topic == COMMANDS or r.topic.startswith("feedback."))

    def letter(self, service: str, position: str) -> bool:
        """Tell whether a service put this record among its dead letters."""
        return position in self.letters.get(f"{service}.dead-letters.v1", ())

    def rows(self, kind: type[R]) -> Iterator[R]:
        """Return the rows of one kind that the databases hold at the end."""
        every = chain.from_iterable(self.history.state.values())
        return (row for row in every if isinstance(row, kind))

    def has_state(self, service: str) -> bool:
        """Tell whether a service's database was read."""
        return service in self.history.state


def book_of(history: History) -> Book:
    """Return the index of a history, in one pass over it."""
    book = Book(history)
    book.forged = {s.position or s.sha256 for s in history.sent if s.op == "raw"} - {None}
    book.log = [r for r in _log(history) if not book.is_forged(r)]
    told: set[tuple[str, str]] = set()
    for record in book.log:
        if record.letter_of is not None:
            book.letters.setdefault(record.topic, set()).add(record.letter_of)
        elif is_output(record.topic) and (record.topic, record.ce_id) not in told:
            told.add((record.topic, record.ce_id))
            _enter(book, record)
    return book


def _log(history: History) -> Iterable[Seen]:
    lost = set(history.meta.truncated)
    before = (r for seen in history.observed.values() for r in seen if r.topic in lost)
    letters = (
        r for seen in history.observed.values() for r in seen if r.letter_of and r.topic not in lost
    )
    in_order = sorted(history.final, key=lambda r: (r.topic, r.partition, r.offset))
    return chain(before, letters, in_order)


def _enter(book: Book, record: Seen) -> None:
    book.firsts.append(record)
    case_id = record.case_id or ""
    case = book.cases.setdefault(case_id, CaseLog(case_id))
    if record.topic == CASES:
        case.add(record)
    elif record.topic == NOTICES:
        case.notices.append(record)
    elif record.topic.startswith("assignments."):
        case.orders.append(record)
