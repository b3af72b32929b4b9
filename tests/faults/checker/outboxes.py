"""I6: every message an outbox committed is on its topic, and nothing else is."""

from collections.abc import Iterable, Iterator

from tests.faults.checker.anomalies import Anomaly, Kind
from tests.faults.checker.book import HOUSE, Book, is_output
from tests.faults.history import OutboxMessage


def check_outboxes(book: Book) -> Iterator[Anomaly]:
    """Compare message by message; a service whose outbox was not read is left out."""
    kept = {(m.topic, m.ce_id): m for m in book.rows(OutboxMessage) if m.ce_id}
    seen = {(r.topic, r.ce_id): r for r in book.firsts}
    truncated = set(book.history.meta.truncated)
    for key, message in kept.items():
        if message.published and key not in seen and message.topic not in truncated:
            told = f"{message.ce_type} {message.ce_id} was committed, and is not on {message.topic}"
            yield Anomaly(Kind.UNSEEN, message.case_id or "", told, (message.position,))
    sources = {HOUSE + s for s, rows in book.history.state.items() if _has_outbox(rows)}
    for key, record in seen.items():
        if record.ce_source in sources and key not in kept:
            told = f"{record.ce_type} {record.ce_id} is in no outbox"
            yield Anomaly(Kind.PRECOMMITTED_READ, record.case_id or "", told, (record.position,))
    yield from _vanished(book)
    yield from _letters(book, truncated=truncated)


def _has_outbox(rows: Iterable[object]) -> bool:
    return any(isinstance(row, OutboxMessage) for row in rows)


def _vanished(book: Book) -> Iterator[Anomaly]:
    at_the_end = {(r.topic, r.ce_id) for r in book.firsts}
    truncated = set(book.history.meta.truncated)
    for observer, seen in book.observed:
        for record in seen:
            gone = (record.topic, record.ce_id) not in at_the_end
            if gone and record.topic not in truncated and is_output(record.topic):
                at_the_end.add((record.topic, record.ce_id))
                told = f"{observer} met {record.ce_type} {record.ce_id}, which is gone"
                yield Anomaly(Kind.UNSEEN, record.case_id or "", told, (record.position,))


def _letters(book: Book, *, truncated: set[str]) -> Iterator[Anomaly]:
    for message in book.rows(OutboxMessage):
        if message.ce_id or not message.published or message.topic in truncated:
            continue
        if message.key not in book.letters.get(message.topic, ()):
            told = f"the dead letter of {message.key} was committed, and is not on {message.topic}"
            yield Anomaly(Kind.UNSEEN, message.key, told, (message.position,))
