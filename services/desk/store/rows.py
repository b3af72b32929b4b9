"""Between rows and what is shown of a case."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter

from schemas.events.base import in_utc
from schemas.events.blocking import Blocking
from schemas.events.case_file import CaseFiled, FiledFollower, FiledPart
from schemas.events.ending import ClosedBefore
from schemas.events.rating import Rating
from schemas.events.requests import PendingRequest
from schemas.lifecycle import CaseState
from schemas.plan.handling_clock import HandlingClock
from schemas.plan.limits import LimitUnit
from schemas.standing import whose_turn
from schemas.vocabulary import Channel, Tier, Urgency, derived_id
from services.desk.domain.spans import spans_of
from services.desk.domain.terms import terms_of
from services.desk.domain.view import View

Row = dict[str, Any]

OF_A_FILE: Final = "file"
"""Who told a line that came with the file of a case."""
_APART: Final = frozenset(
    {"clock", "blocked", "closed_before", "hands", "requests", "ratings", "parts"}
)
_SAME: Final = tuple(f.name for f in fields(View) if f.name not in _APART)
_REQUESTS: Final = TypeAdapter(tuple[PendingRequest, ...])
_RATINGS: Final = TypeAdapter(tuple[Rating, ...])
_BLOCKED: Final = TypeAdapter(Blocking | None)
_CLOSED_BEFORE: Final = TypeAdapter(ClosedBefore | None)
_PARTS: Final = TypeAdapter(tuple[FiledPart, ...])


def row_of(view: View) -> Row:
    """Return a view as its row."""
    clock, before, turn = view.clock, view.closed_before, whose_turn(view)
    return {name: getattr(view, name) for name in _SAME} | {
        "grid": view.grid,
        "cell": view.cell,
        "decide_by": view.decide_by,
        "dissatisfied_at": view.dissatisfied_at,
        "turn_who": None if turn is None else turn.who,
        "turn_clock": None if turn is None else turn.clock,
        "turn_by": None if turn is None else turn.until,
        "limit_seconds": None if clock is None else clock.limit.total_seconds(),
        "used_seconds": None if clock is None else clock.used.total_seconds(),
        "runs_since": None if clock is None else clock.since,
        "limit_unit": None if clock is None else str(clock.unit),
        "extensions": None if clock is None else clock.extensions,
        "blocked": _BLOCKED.dump_python(view.blocked, mode="json", exclude_none=True),
        "closed_before": None if before is None else before.model_dump(mode="json"),
        "hands": [*view.hands],
        "requests": _REQUESTS.dump_python(view.requests, mode="json", exclude_none=True),
        "ratings": _RATINGS.dump_python(view.ratings, mode="json"),
        "parts": _PARTS.dump_python((*view.parts.values(),), mode="json", exclude_none=True),
    }


def view_of(row: Mapping[Any, Any]) -> View:
    """Return the view that a row has."""
    parts = _PARTS.validate_python(row["parts"], strict=False)
    told = {name: row[name] for name in _SAME} | {
        "state": CaseState(row["state"]),
        "urgency": Urgency(row["urgency"]),
        "channel": Channel(row["channel"]),
        "tier": None if row["tier"] is None else Tier(row["tier"]),
    }
    return View(
        **told,
        clock=_clock_of(row),
        blocked=_BLOCKED.validate_python(row["blocked"], strict=False),
        closed_before=_CLOSED_BEFORE.validate_python(row["closed_before"], strict=False),
        hands=tuple(row["hands"]),
        requests=_REQUESTS.validate_python(row["requests"], strict=False),
        ratings=_RATINGS.validate_python(row["ratings"], strict=False),
        parts={part.assignment_id: part for part in parts},
    )


def _clock_of(row: Mapping[Any, Any]) -> HandlingClock | None:
    if row["limit_seconds"] is None:
        return None
    return HandlingClock.told(
        limit_seconds=row["limit_seconds"],
        used_seconds=row["used_seconds"],
        since=row["runs_since"],
        unit=LimitUnit(row["limit_unit"]),
        extensions=row["extensions"],
    )


def terms_row(view: View) -> Row:
    """Return under which terms a case is found."""
    spans = (span.term for span in spans_of(view.registered_at))
    return {
        "case_id": view.case_id,
        "registered_at": view.registered_at,
        "terms": " ".join((terms_of(view.texts), *spans)),
    }


def follower_row(case_id: UUID, one: FiledFollower) -> Row:
    """Return a follower out of a file as its row."""
    return {
        "merged_id": one.merged_id,
        "case_id": case_id,
        "source": one.source,
        "source_id": one.source_id,
        "joined_at": in_utc(one.joined_at),
        "why": one.why,
    }


def filed_line(filed: CaseFiled, number: int) -> Row:
    """Return the n-th line of the story in a file as its row."""
    line = filed.story[number]
    return {
        "case_id": filed.case_id,
        "line_id": derived_id("line", OF_A_FILE, filed.case_id, line.number),
        "number": line.number,
        "producer": OF_A_FILE,
        "sequence": 0,
        "at": in_utc(line.at),
        "type": line.type,
        "text_en": line.text_en,
        "text_zh": line.text_zh,
        "data": line.data,
    }
