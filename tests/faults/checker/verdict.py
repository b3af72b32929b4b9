"""The verdict on a history: what is wrong with it, by type, safety apart from liveness."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from tests.faults.checker.anomalies import Anomaly, Kind
from tests.faults.checker.answers import check_answers
from tests.faults.checker.book import Book, book_of
from tests.faults.checker.commands import check_commands
from tests.faults.checker.databases import check_databases
from tests.faults.checker.deadlines import check_deadlines
from tests.faults.checker.desks import check_desk
from tests.faults.checker.drained import check_drained
from tests.faults.checker.effects import check_effects
from tests.faults.checker.files import check_files
from tests.faults.checker.incidents import check_incidents
from tests.faults.checker.joining import check_joining
from tests.faults.checker.lives import check_lives
from tests.faults.checker.ordering import check_ordering
from tests.faults.checker.outboxes import check_outboxes
from tests.faults.checker.requests import check_requests
from tests.faults.checker.waiting import check_waiting
from tests.faults.history import History

_CHECKS: Final[tuple[Callable[[Book], Iterator[Anomaly]], ...]] = (
    check_incidents,
    check_ordering,
    check_lives,
    check_effects,
    check_answers,
    check_commands,
    check_deadlines,
    check_requests,
    check_joining,
    check_waiting,
    check_outboxes,
    check_databases,
    check_files,
    check_desk,
    check_drained,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """All anomalies of a history, and how much was judged."""

    anomalies: tuple[Anomaly, ...]
    sizes: dict[str, int]

    @property
    def counts(self) -> Counter[Kind]:
        """How many anomalies of each type there are."""
        return Counter(anomaly.kind for anomaly in self.anomalies)

    @property
    def safe(self) -> bool:
        """Whether nothing that happened is wrong."""
        return all(anomaly.kind.is_liveness for anomaly in self.anomalies)

    @property
    def live(self) -> bool:
        """Whether nothing stands still or came late."""
        return not any(anomaly.kind.is_liveness for anomaly in self.anomalies)

    @property
    def valid(self) -> bool:
        """Whether every promise was kept."""
        return not self.anomalies

    def examples(self, kind: Kind, *, at_most: int = 5) -> list[Anomaly]:
        """Return the first anomalies of a type."""
        return [anomaly for anomaly in self.anomalies if anomaly.kind is kind][:at_most]


def check(history: History) -> Verdict:
    """Judge a history: a pure function of its files, linear in their size."""
    book = book_of(history)
    found = (anomaly for judged in _CHECKS for anomaly in judged(book))
    sizes = {
        "attempts": len(history.sent),
        "observed": sum(map(len, history.observed.values())),
        "final": len(history.final),
        "cases": sum(1 for case in book.cases.values() if case.registered),
        "rows": sum(map(len, history.state.values())),
        "faults": len(history.faults),
    }
    return Verdict(anomalies=tuple(dict.fromkeys(found)), sizes=sizes)
