"""I6: when all is worked off, the desk shows of every case what the notifier holds."""

from collections.abc import Iterator

from tests.faults.checker.anomalies import Anomaly, Kind
from tests.faults.checker.book import Book
from tests.faults.history import DeskCase, NotifierCase


def check_desk(book: Book) -> Iterator[Anomaly]:
    """Compare what the desk shows with the notifier's rows, each with the other's."""
    if not (book.history.meta.drained and book.has_state("desk") and book.has_state("notifier")):
        return
    shown = {row.case_id: _told(row) for row in book.rows(DeskCase)}
    held = {row.case_id: _told(row) for row in book.rows(NotifierCase)}
    for case_id in sorted(shown.keys() | held.keys()):
        ours, theirs = shown.get(case_id), held.get(case_id)
        if ours != theirs:
            detail = f"the desk shows {ours}, the notifier holds {theirs}"
            yield Anomaly(Kind.STATE_MISMATCH, case_id, detail)


def _told(row: DeskCase | NotifierCase) -> dict[str, object]:
    return row.model_dump(exclude={"row", "case_id"})
