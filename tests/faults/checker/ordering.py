"""I4, I5: events of a case are numbered without gaps, and every reader meets them in order."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from schemas.topics import CASES
from tests.faults.checker.anomalies import Anomaly, Kind
from tests.faults.checker.book import HOUSE, Book, is_output
from tests.faults.history import Seen

_Counted = tuple[str, str]


def check_ordering(book: Book) -> Iterator[Anomaly]:
    """Judge the numbers on the log, what each observer met, and that repeats are identical."""
    yield from _gaps(book)
    yield from _moved(book)
    there = {
        counted: {e.sequence for e in events} for counted, events in _numbers(book.log).items()
    }
    for observer, seen in book.observed:
        yield from _met(observer, seen, there=there)
    if CASES not in book.history.meta.truncated:
        yield from _met("final", book.log, there=there)
    yield from _conflicting(chain(*(seen for _, seen in book.observed), book.log))


def _numbers(seen: Iterable[Seen]) -> dict[_Counted, list[Seen]]:
    """Return the numbered events by who tells of which case, each number once, as they came."""
    found: dict[_Counted, dict[int, Seen]] = defaultdict(dict)
    for record in seen:
        if record.topic == CASES and record.sequence and record.ce_source.startswith(HOUSE):
            found[record.ce_source, record.case_id or ""].setdefault(record.sequence, record)
    return {counted: list(numbers.values()) for counted, numbers in found.items()}


def _gaps(book: Book) -> Iterator[Anomaly]:
    for (producer, case_id), events in _numbers(book.log).items():
        numbers = {event.sequence for event in events}
        missing = sorted(set(range(1, max(numbers) + 1)) - numbers)
        if missing:
            told = f"{producer} never told number {', '.join(map(str, missing))}"
            yield Anomaly(Kind.VERSION_GAP, case_id, told, (events[-1].position,))


def _moved(book: Book) -> Iterator[Anomaly]:
    """Find cases whose events stand on more than one partition: nothing orders those."""
    places: dict[str, dict[int, Seen]] = defaultdict(dict)
    for record in book.log:
        if record.topic == CASES:
            places[record.case_id or ""].setdefault(record.partition, record)
    for case_id, on in places.items():
        if len(on) > 1:
            where = tuple(record.position for record in on.values())
            told = f"stands on partitions {', '.join(map(str, sorted(on)))}"
            yield Anomaly(Kind.NONMONOTONIC_CASE, case_id, told, where)


def _met(
    observer: str, seen: Iterable[Seen], *, there: Mapping[_Counted, set[int]]
) -> Iterator[Anomaly]:
    """Judge the order one reader met events in; a reader may begin late, and then skips nothing."""
    for (producer, case_id), events in _numbers(seen).items():
        highest = 0
        for event in events:
            if event.sequence < highest:
                told = f"{observer} met {producer} {event.sequence} after {highest}"
                yield Anomaly(Kind.NONMONOTONIC_CASE, case_id, told, (event.position,))
            highest = max(highest, event.sequence)
        numbers = {event.sequence for event in events}
        between = set(range(min(numbers), highest)) & there.get((producer, case_id), set())
        skipped = sorted(between - numbers)
        if skipped:
            told = f"{observer} never met {producer} {', '.join(map(str, skipped))}"
            yield Anomaly(Kind.POLL_SKIP, case_id, told, (events[-1].position,))


def _conflicting(seen: Iterable[Seen]) -> Iterator[Anomaly]:
    by_id: dict[tuple[str, str], Seen] = {}
    by_number: dict[tuple[str, str, int], Seen] = {}
    reported: set[tuple[str, str]] = set()
    for record in seen:
        if not is_output(record.topic):
            continue
        same = [by_id.setdefault((record.topic, record.ce_id), record)]
        if record.sequence and record.topic == CASES:
            number = (record.ce_source, record.case_id or "", record.sequence)
            same.append(by_number.setdefault(number, record))
        for one in same:
            pair = (record.ce_id, record.sha256)
            if pair != (one.ce_id, one.sha256) and pair not in reported:
                reported.add(pair)
                told = f"{record.ce_type} {record.ce_id} is told in two ways"
                where = (one.position, record.position)
                yield Anomaly(Kind.CONFLICTING, record.case_id or "", told, where)
