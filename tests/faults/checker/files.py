"""I6: who has only the file of a case, and the events after it, knows what the notifier holds."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from schemas.lifecycle import CaseEvent, CaseState
from schemas.topics import CASE_FILES
from tests.faults.checker.anomalies import Anomaly, Kind
from tests.faults.checker.book import INTAKE, NOTIFIER, ROUTER, Book, CaseLog
from tests.faults.checker.databases import as_followed, followed_as
from tests.faults.checker.lives import Life, life_after
from tests.faults.history import NotifierCase, Offer, Seen

_ENDS: Final = frozenset(
    str(event)
    for event in (
        *(CaseEvent.CLOSED, CaseEvent.FORCE_CLOSED),
        *(CaseEvent.DISMISSED, CaseEvent.WITHDRAWN, CaseEvent.MERGED_INTO),
        *(CaseEvent.ARCHIVED, CaseEvent.REOPEN_REFUSED),
    )
)

_OPENS: Final = frozenset({str(CaseEvent.REOPENED), str(CaseEvent.UNMERGED)})


def check_files(book: Book) -> Iterator[Anomaly]:
    """Rebuild every case from each of its files, as if the log had forgotten what is in it."""
    files = _files(book)
    for row in book.rows(NotifierCase):
        case, several = book.cases.get(row.case_id), files[row.case_id]
        if case is None or not (case.sound and book.history.meta.drained):
            continue
        ended = _ended(case)
        if (several[-1].own_seq if several else 0) < ended:
            yield Anomaly(Kind.WRONG_FILE, row.case_id, "it ended, and its last file does not")
        elif case.last.get(NOTIFIER, 0) == row.own_seq:
            for file in several:
                yield from _differs(row, file, case)


def _ended(case: CaseLog) -> int:
    """Return the number of the event that ended a case; 0 of one that is open.

    What a batch ends and opens again leaves no file.
    """
    turns = [e for e in case.events if e.ce_type in _ENDS or e.ce_type in _OPENS]
    return turns[-1].sequence if turns and turns[-1].ce_type in _ENDS else 0


def _files(book: Book) -> dict[str | None, list[Seen]]:
    found: dict[str | None, list[Seen]] = defaultdict(list)
    for record in book.log:
        if record.topic == CASE_FILES and record.readable:
            found[record.case_id].append(record)
    return found


def _differs(row: NotifierCase, file: Seen, case: CaseLog) -> Iterator[Anomaly]:
    numbers = {INTAKE: file.intake_seq, ROUTER: file.router_seq, NOTIFIER: file.own_seq}
    later = [e for e in case.events if e.sequence > numbers.get(e.ce_source, 0)]
    held, rebuilt = followed_as(row), as_followed(life_after(_life_in(file), later), later)
    wrong = [f"{n} {rebuilt[n]} (held: {held[n]})" for n in held if held[n] != rebuilt[n]]
    if wrong:
        told = f"a reader of its file has {', '.join(wrong)}"
        yield Anomaly(Kind.WRONG_FILE, row.case_id, told, (file.position,))


def _life_in(file: Seen) -> Life:
    lead = None
    if file.assignment_id is not None:
        lead = Offer(assignment_id=file.assignment_id, department=file.department)
    # Whether the lead still holds it, a file need not say: another event does.
    return Life(state=CaseState(file.state), lead=lead, round=file.round, level=file.level)
