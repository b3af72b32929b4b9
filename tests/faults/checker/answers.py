"""I7, I13: every acknowledged answer has an effect, or a refusal that says why, or still waits.

So has every command, which has no party.

One that was taken back has none of these: nobody said it. One that was not begun before the
drain's end is not judged: there was nobody left to take it.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from schemas.topics import FEEDBACK_REFUSALS
from schemas.vocabulary import derived_id
from tests.faults.checker.anomalies import Anomaly, Kind
from tests.faults.checker.book import NOTIFIER, Book
from tests.faults.history import ParkedAnswer, Seen, Sent

Name = tuple[str, str]


def check_answers(book: Book) -> Iterator[Anomaly]:
    """Judge every answer that was acknowledged or stands on a feedback topic."""
    effects = {e.cause: e for c in book.cases.values() for e in c.events if e.ce_source == NOTIFIER}
    refusals = {(r.party, r.id): r for r in book.firsts if r.topic == FEEDBACK_REFUSALS}
    parked = {(row.party, row.id) for row in book.rows(ParkedAnswer)}
    event_ids = {(one.party, one.id): _event_id(one) for one in _said(book)}
    for name, positions in _accepted(book).items():
        effect = effects.get(event_ids[name])
        refusal = refusals.get(name)
        subject = "/".join(name)
        if effect and refusal:
            where = (effect.position, refusal.position)
            told = f"led to {effect.ce_type} and was refused"
            yield Anomaly(Kind.DUP_EFFECT, subject, told, where)
        elif not (effect or refusal or name in parked or _put_aside(book, positions)):
            told = "acknowledged, without effect, refusal or dead letter"
            yield Anomaly(Kind.LOST_FEEDBACK, subject, told, tuple(sorted(positions)))
    for name in _unsaid(book):
        led_to = effects.get(event_ids[name]) or refusals.get(name)
        if led_to or name in parked:
            told = f"nobody said it, and it {f'led to {led_to.ce_type}' if led_to else 'waits'}"
            positions = {led_to.position} if led_to else set()
            yield Anomaly(Kind.ABORTED_FEEDBACK, "/".join(name), told, tuple(positions))


def _said(book: Book) -> Iterator[Sent | Seen]:
    yield from book.sent_answers
    yield from book.answers


def _event_id(said: Sent | Seen) -> str:
    """Return the id of the event that an answer or a command is."""
    if said.party:
        return str(derived_id("feedback", said.party, said.id))
    return str(derived_id("command", said.case_id, said.id))


def _unsaid(book: Book) -> set[Name]:
    """Return the answers that were refused or taken back each time they were tried."""
    tried = {(sent.party, sent.id) for sent in book.sent_answers}
    return tried - {(s.party, s.id) for s in book.sent_answers if s.outcome != "refused"}


def _accepted(book: Book) -> dict[Name, set[str]]:
    """Return the answers that count, each with where it stands."""
    found: dict[Name, set[str]] = defaultdict(set)
    begun: dict[Name, datetime] = {}
    for sent in book.sent_answers:
        name = sent.party, sent.id
        begun[name] = min(sent.begun_at, begun.get(name, sent.begun_at))
        if sent.outcome == "ok":
            found[name] |= {sent.position} if sent.position else set()
    for record in book.answers:
        if record.readable and record.id:
            found[record.party, record.id].add(record.position)
    end = book.history.meta.drained_at
    return {name: where for name, where in found.items() if begun.get(name, end) <= end}


def _put_aside(book: Book, positions: set[str]) -> bool:
    return any(book.letter("notifier", position) for position in positions)
