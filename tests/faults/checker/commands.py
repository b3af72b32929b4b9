"""I4, I7: every command has the effect of its kind or one refusal, once, in the order it was given.

A department that somebody wants to help is offered one part. That no command is lost is judged with
the answers.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from schemas.lifecycle import CaseEvent
from schemas.topics import COMMANDS, FEEDBACK_REFUSALS
from schemas.vocabulary import derived_id
from tests.faults.checker.anomalies import Anomaly, Kind
from tests.faults.checker.book import NOTIFIER, Book, CaseLog
from tests.faults.history import Seen

_EFFECT: Final = {
    "case.annotate": "case.annotated",
    "case.reassign": str(CaseEvent.REASSIGNED),
    "case.correct": str(CaseEvent.CORRECTED),
    "case.add_co_handler": "case.co_handler_wanted",
    "case.drop_co_handler": "case.co_handler_dropped",
    "case.supervise": "case.supervised",
    "case.unsupervise": "case.unsupervised",
    "case.request": "request.submitted",
    "case.withdraw_request": "request.withdrawn",
    "case.refuse": "request.refused",
    "case.resume": str(CaseEvent.RESUMED),
    "case.dismiss": str(CaseEvent.DISMISSED),
    "case.withdraw": str(CaseEvent.WITHDRAWN),
    "case.merge": str(CaseEvent.MERGED_INTO),
    "case.unmerge": str(CaseEvent.UNMERGED),
    "case.refuse_reopening": str(CaseEvent.REOPEN_REFUSED),
}
"""What each command leads to, if it is not refused; `case.approve` leads to what was asked for."""
_EFFECTS: Final = frozenset(_EFFECT.values())
_AT_ONCE: Final = frozenset(
    {
        *("case.annotated", "case.supervised", "case.unsupervised", "request.submitted"),
        *("request.withdrawn", "request.refused", str(CaseEvent.RESUMED)),
        str(CaseEvent.UNMERGED),
    }
)
"""Effects of commands that never wait for the router; those that do, wait in their order."""
_MARKS: Final = ("case.supervised", "case.unsupervised")


def check_commands(book: Book) -> Iterator[Anomaly]:
    """Judge what became of the commands."""
    kinds = {_event_id(s.case_id, s.id): s.kind for s in book.sent_answers if s.op == "command"}
    places = _places(book)
    for case in book.cases.values():
        yield from _other_effects(case, kinds)
        yield from _out_of_order(case, places)
        yield from _marks(case)
        yield from _parts(case, drained=book.history.meta.drained)
    yield from _refused_twice(book)


def _event_id(case_id: str | None, command_id: str) -> str:
    return str(derived_id("command", case_id, command_id))


def _places(book: Book) -> dict[str, tuple[int, int]]:
    """Return where each command stood first, by the id of its event."""
    found: dict[str, tuple[int, int]] = {}
    for record in book.log:
        if record.topic == COMMANDS and record.readable and record.id:
            place = (record.partition, record.offset)
            id_ = _event_id(record.case_id, record.id)
            found[id_] = min(place, found.get(id_, place))
    return found


def _other_effects(case: CaseLog, kinds: dict[str, str]) -> Iterator[Anomaly]:
    """Find commands that led to what another one leads to."""
    for event in case.events:
        expected = _EFFECT.get(kinds.get(event.cause, ""))
        if expected is not None and event.ce_type in _EFFECTS - {expected}:
            told = f"{kinds[event.cause]} led to {event.ce_type}"
            yield Anomaly(Kind.DUP_EFFECT, case.case_id, told, (event.position,))


def _out_of_order(case: CaseLog, places: dict[str, tuple[int, int]]) -> Iterator[Anomaly]:
    """Find commands of one partition whose effects came in another order than they stand in."""
    caused = [e for e in case.events if e.ce_type in _EFFECTS and e.cause in places]
    classes: dict[tuple[bool, int], list[Seen]] = defaultdict(list)
    for event in caused:
        classes[event.ce_type in _AT_ONCE, places[event.cause][0]].append(event)
    for events in classes.values():
        for before, after in pairwise(events):
            if places[before.cause] > places[after.cause]:
                told = f"{after.ce_type} was commanded before {before.ce_type}"
                where = (before.position, after.position)
                yield Anomaly(Kind.NONMONOTONIC_CASE, case.case_id, told, where)


def _marks(case: CaseLog) -> Iterator[Anomaly]:
    """Find marks of supervision that were set or lifted twice."""
    marks = [e for e in case.events if e.ce_type in _MARKS]
    lifted = [(None, "case.unsupervised"), *((e, e.ce_type) for e in marks)]
    for (_, before), (event, after) in pairwise(lifted):
        if before == after and event is not None:
            told = f"{after} of a case that was so already"
            yield Anomaly(Kind.DUP_EFFECT, case.case_id, told, (event.position,))


def _parts(case: CaseLog, *, drained: bool) -> Iterator[Anomaly]:
    """Find parts that were wanted and never offered, and those offered more often than wanted."""
    wanted = {e.assignment_id: e for e in case.of_type("case.co_handler_wanted")}
    again = Counter(e.assignment_id for e in case.of_type("part.asked_again"))
    offers: dict[str | None, list[Seen]] = defaultdict(list)
    for event in case.of_type("case.co_handler_offered"):
        offers[event.assignment_id].append(event)
    for part, events in offers.items():
        if len(events) > (part in wanted) + again[part]:
            told = f"a part of {events[0].department} was offered {len(events)} times"
            yield Anomaly(
                Kind.DUP_ASSIGNMENT, case.case_id, told, tuple(e.position for e in events)
            )
    for part, event in wanted.items():
        if drained and part not in offers:
            told = f"{event.department} is wanted to help, and was never offered a part"
            yield Anomaly(Kind.LOST_FEEDBACK, case.case_id, told, (event.position,))


def _refused_twice(book: Book) -> Iterator[Anomaly]:
    """Find answers and commands that were refused by more than one event."""
    refused: dict[tuple[str, str, str], list[Seen]] = defaultdict(list)
    for record in book.firsts:
        if record.topic == FEEDBACK_REFUSALS and record.ce_source == NOTIFIER:
            refused[record.case_id or "", record.party, record.id].append(record)
    for (case_id, party, id_), records in refused.items():
        if len(records) > 1:
            told = f"{party or 'command'} {id_} was refused {len(records)} times"
            yield Anomaly(Kind.DUP_EFFECT, case_id, told, tuple(r.position for r in records))
