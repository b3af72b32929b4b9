"""I14: after healing and draining nothing is left over, and no record was swallowed."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from schemas.topics import CASES, INCIDENT_REPORTS
from tests.faults.checker.anomalies import Anomaly, Kind
from tests.faults.checker.book import HOUSE, ROUTER, Book
from tests.faults.history import NotifierCase, OutboxMessage, PendingTimer, Sample, Seen


def check_drained(book: Book) -> Iterator[Anomaly]:
    """Find backlog that the drain left, and records nobody processed or put aside."""
    meta = book.history.meta
    if not meta.drained:
        yield Anomaly(Kind.STUCK, meta.row, "the drain gave up")
    yield from _unpublished(book)
    yield from _due(book)
    yield from _behind(book)
    yield from _backlog(book.history.timeline)
    yield from _poison(book)


def _unpublished(book: Book) -> Iterator[Anomaly]:
    """Find chunks that are not on their topics; one that is there and not marked yet is fine."""
    there = {(record.topic, record.ce_id) for record in book.firsts}
    chunks: dict[str, list[OutboxMessage]] = defaultdict(list)
    for message in book.rows(OutboxMessage):
        if not message.published:
            chunks[message.position].append(message)
    for position, messages in chunks.items():
        left = sum(not _is_there(book, message, there) for message in messages)
        if left:
            told = f"{left} of the chunk's {len(messages)} messages were never published"
            yield Anomaly(Kind.STUCK, position, told, (position,))


def _is_there(book: Book, message: OutboxMessage, there: set[tuple[str, str]]) -> bool:
    if not message.ce_id:
        return message.key in book.letters.get(message.topic, ())
    return (message.topic, message.ce_id) in there


def _due(book: Book) -> Iterator[Anomaly]:
    meta = book.history.meta
    until = meta.house_time(meta.drained_at) - timedelta(seconds=meta.limits.settled)
    for timer in book.rows(PendingTimer):
        if timer.due_at < until:
            told = f"the {timer.kind} timer was due at {timer.due_at}"
            yield Anomaly(Kind.STUCK, timer.subject, told)


def _behind(book: Book) -> Iterator[Anomaly]:
    for row in book.rows(NotifierCase):
        case = book.cases.get(row.case_id)
        told = case.last.get(ROUTER, 0) if case else 0
        if row.router_seq < told:
            detail = f"the notifier read {row.router_seq} of the router's {told} events"
            yield Anomaly(Kind.STUCK, row.case_id, detail)


def _backlog(timeline: list[Sample]) -> Iterator[Anomaly]:
    last = {sample.service: sample for sample in timeline}
    for service, sample in last.items():
        left = {
            "lag": sample.lag,
            "unpublished": sample.unpublished,
            "overdue timers": sample.overdue_timers,
            "not ready": int(not sample.ready),
        }
        told = ", ".join(f"{name} {count}" for name, count in left.items() if count)
        if told:
            yield Anomaly(Kind.STUCK, service, f"at the end: {told}")


# Records nobody can read ----------------------------------------------------------------------


def _poison(book: Book) -> Iterator[Anomaly]:
    for sent in book.history.sent:
        if sent.op != "raw" or sent.outcome != "ok" or sent.position is None:
            continue
        for reader in sent.readers:
            if not book.letter(reader, sent.position):
                yield _swallowed(sent.position, reader)
    for record in book.log:
        reader = _must_put_aside(record)
        if reader and not book.letter(reader, record.position):
            yield _swallowed(record.position, reader)
    yield from _put_aside(book)


def _must_put_aside(record: Seen) -> str:
    """Return the service that can only put a record aside; "" when it can be taken."""
    if record.topic == INCIDENT_REPORTS and not record.readable:
        return "intake"
    nobodys = not record.readable or not record.id
    return "notifier" if record.topic.startswith("feedback.") and nobodys else ""


def _swallowed(position: str, reader: str) -> Anomaly:
    told = f"{reader} neither processed it nor put it aside"
    return Anomaly(Kind.POISON, position, told, (position,))


def _put_aside(book: Book) -> Iterator[Anomaly]:
    """Find events of the house that a service could not take: the others told it nonsense."""
    ours = {r.position: r for r in book.log if r.topic == CASES and r.ce_source.startswith(HOUSE)}
    for letters in book.letters.values():
        for position in letters & ours.keys():
            event = ours[position]
            told = f"{event.ce_type} {event.sequence} was put aside as a dead letter"
            yield Anomaly(Kind.ILLEGAL_TRANSITION, event.case_id or "", told, (position,))
