"""Whether a case in the notifier is as on paper: where it stands, and what its story comes to."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from schemas.cloudevents import event_type
from schemas.plan import Plan
from schemas.standing import whose_turn
from services.kit.records import Message
from services.notifier.domain.ledger import ledger_of
from services.notifier.http.clocks import lines_of
from services.notifier.store.rows import case_of
from tests.model.bench import Looked
from tests.model.case import Case
from tests.model.minutes import instant, minute_of, passed, told_of
from tests.model.parts import GOING_ON
from tests.model.rights import TERMINAL

_LEFT: Final = {"case.returned", "case.reassigned", "case.corrected", "assignment.revoked"}
"""What says how much is left of a clock that stands; a raised level says when one ends."""
_TIMES: Final = {
    *("suspended_until", "due_by", "sign_by", "check_by", "triage_by", "overdue_at", "closed_at"),
}


def left_in(messages: list[Message]) -> Iterator[tuple[str, float | None]]:
    """Yield what the router is told of clocks and copies: minutes left, or the minute of an end."""
    for message in messages:
        kind, body = event_type(message.headers), json.loads(message.value or b"")
        if kind in _LEFT:
            seconds = body.get("left_seconds")
            yield kind, None if seconds is None else seconds / 60
        elif kind == "case.escalated":
            told = body.get("due_by")
            yield kind, None if told is None else minute_of(datetime.fromisoformat(told))


@dataclass
class Watch:
    """What must hold of a case from one look to the next."""

    ended_as: str | None = None
    overdue_level: int = 0

    def see(self, case: Case, now: int) -> None:
        """See that what ended stays so, and that no level falls while the case is late."""
        assert self.ended_as in {None, case.state}
        self.ended_as = case.state if case.state in TERMINAL else None
        live = [p.department for p in case.parts.values() if p.status in GOING_ON]
        assert len(live) == len({*live}), f"twice at it: {live}"
        is_late = case.clock is not None and case.clock.due is not None and case.clock.due < now
        assert not is_late or case.level >= self.overdue_level
        self.overdue_level = case.level if is_late else 0


def see_alike(case: Case, looked: Looked) -> None:
    """Compare where the case stands."""
    row, parts = looked
    if case.state == "unknown":
        assert row is None
        return
    assert row is not None
    expected = {
        "state": case.state,
        "level": case.level,
        "urgency": case.urgency,
        "category": case.category,
        "department": case.department,
        "due_by": None if case.clock is None else case.clock.due,
        "sign_by": case.sign_by,
        "check_by": case.check_by,
        "triage": case.unnamed,
        "triage_by": case.triage_by,
        "joined": case.joined,
        "must_check": case.terms[2],
        "overdue_at": case.overdue,
        "closed_at": case.closed,
        "supervised_for": case.wanted_by,
        "own_seq": case.count,
        "round": case.round,
        "failures": case.failures,
        "final": case.final,
        "suspended_until": case.rests_until,
    }
    found = {n: minute_of(v) if n in _TIMES else v for n, v in row.items() if n in expected}
    assert found == expected, {n: (found[n], expected[n]) for n in found if found[n] != expected[n]}
    assert {str(p["assignment_id"]): p["status"] for p in parts} == {
        part.id: part.status for part in case.parts.values()
    }
    turn = whose_turn(case_of(row))
    told = None if turn is None else told_of(turn)
    assert told == case.turn, (told, case.turn)


def see_story(
    case: Case, story: list[dict[str, Any]], plan: Plan, now: int, *, same_days: bool
) -> None:
    """See that no line is missing, the moves fill all the time, and the clocks counted it.

    What the days of other plans counted in each run is not told by those of now.
    """
    assert [line["number"] for line in story] == [*range(1, len(story) + 1)]
    if not story:
        assert case.state == "unknown"
        return
    ledger = ledger_of(lines_of(story), plan=plan)
    open_moves = [move.turn for move in ledger.moves if move.until is None]
    told = [told_of(turn) for turn in open_moves]
    assert told == ([] if case.turn is None else [case.turn])
    end = instant(now if case.closed is None or case.ended is None else case.ended)
    moves = [(minute_of(move.since), minute_of(move.until or end)) for move in ledger.moves]
    gaps = [(one[1], two[0]) for one, two in pairwise(moves) if one[1] != two[0]]
    assert gaps == [span for span in case.over if span[0] != span[1]]
    assert ledger.moves[0].since == instant(case.registered)
    assert (ledger.moves[-1].until or instant(now)) == end
    assert len(ledger.accounts) == case.fresh_clocks
    for account in ledger.accounts:
        for run in account.runs:
            unit, until = str(account.clock.unit), run.until or instant(now)
            since, ended = round(minute_of(run.since) or 0), round(minute_of(until) or 0)
            after = account.used(until) if run.used_after is None else run.used_after
            counted = (after - run.used_before).total_seconds() / 60
            assert counted == passed(unit, since, ended) or not same_days
    if case.clock is not None and ledger.current is not None:
        used = ledger.current.used(instant(now)).total_seconds() / 60
        assert used == case.clock.used_by(now)
