"""Between rows and what the rules speak of."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from operator import attrgetter
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel

from schemas.events.assignment import Wanted
from schemas.events.blocking import Blocking
from schemas.events.ending import ClosedBefore
from schemas.events.rating import Rating
from schemas.events.requests import PendingRequest
from schemas.events.set_aside import ClockSetAside
from schemas.lifecycle import CaseState
from schemas.plan.handling_clock import HandlingClock
from schemas.plan.limits import LimitUnit
from schemas.vocabulary import Channel, PartStatus, RequestKind, Role, Tier, Urgency
from services.notifier.domain.case import Case, Follower, Raised, Scene, Statement
from services.notifier.domain.part import Part
from services.notifier.domain.story_line import StoryLine

M = TypeVar("M", bound=BaseModel)

Row = dict[str, Any]

CORRECTABLE = ("category", "title_en", "title_zh", "triage")
"""What changes after the registration only when somebody corrects it."""

FIXED = (
    *CORRECTABLE,
    "partition",
    "source",
    "source_id",
    "channel",
    "exercise",
    "reported_at",
    "registered_at",
)
"""What is written once, at the registration."""

_EMPTY_AT_FIRST = (
    *("supervised_for", "watcher", "triage_by", "reminded_at", "overdue_at", "overrun_told_at"),
    *("merged_into", "took_in", "suspended_until", "exempt_at"),
)
_IN_THEIR_OWN_FORM = ("raised", "blocked", "closed_before", "set_aside", "requests")
_SELDOM = ("failures", "returns", "promise", "promised_at", "promised_by")
_APART = frozenset(
    {
        *("clock", "set_aside", "blocked", "closed_before"),
        *("requests", "spent", "hands", "ratings"),
    }
)
_CASE_ALL = tuple(f.name for f in fields(Case) if f.name not in _APART)
_OFTEN = tuple(
    f.name
    for f in fields(Case)
    if f.name
    not in {*_APART, "raised", "case_id", *FIXED, *_EMPTY_AT_FIRST, *_IN_THEIR_OWN_FORM, *_SELDOM}
)
_later_of = attrgetter(*_EMPTY_AT_FIRST, *_IN_THEIR_OWN_FORM)
_seldom_of = attrgetter(*_SELDOM, *_EMPTY_AT_FIRST, *_IN_THEIR_OWN_FORM)
_PART_FIELDS = tuple(f.name for f in fields(Part))
_FOLLOWER_FIELDS = tuple(f.name for f in fields(Follower) if f.name != "said")


def changing_row(case: Case, *, seldom: bool) -> Row:
    """Return the columns of a case that may change, those that `seldom` do too or without them."""
    row = {"case_id": case.case_id} | _often_row(case)
    return row | _seldom_row(case) | _later_row(case) if seldom else row


def seldom_in(case: Case) -> tuple[object, ...]:
    """Return what changes in few cases only, to be compared."""
    found: tuple[object, ...] = _seldom_of(case)
    return found


def _often_row(case: Case) -> Row:
    clock = case.clock
    row: Row = {name: getattr(case, name) for name in _OFTEN}
    return row | {
        "handling_limit_seconds": None if clock is None else clock.limit.total_seconds(),
        "handling_used_seconds": None if clock is None else clock.used.total_seconds(),
        "handling_since": None if clock is None else clock.since,
        "handling_unit": None if clock is None else str(clock.unit),
        "handling_extensions": None if clock is None else clock.extensions,
        "asked": _asked_row(case),
    }


def _seldom_row(case: Case) -> Row:
    return {name: getattr(case, name) for name in _SELDOM}


def _later_row(case: Case) -> Row:
    """Return the columns that are empty when a case begins, nearly always."""
    row: Row = {name: getattr(case, name) for name in _EMPTY_AT_FIRST}
    return row | {
        "raised": None if case.raised is None else _raised_row(case.raised),
        "blocked": _json_of(case.blocked),
        "closed_before": _json_of(case.closed_before),
        "set_aside": [_json_of(one) for one in case.set_aside] or None,
    }


def _asked_row(case: Case) -> dict[str, Any] | None:
    """Return what people said of a case beside its life; of most there is nothing to keep."""
    if not (case.requests or case.spent or case.hands or case.ratings):
        return None
    return {
        "requests": [one.model_dump(mode="json", exclude_none=True) for one in case.requests],
        "spent": [str(kind) for kind in case.spent],
        "hands": [*case.hands],
        "ratings": [_json_of(one) for one in case.ratings],
    }


def _asked_of(asked: Mapping[str, Any] | None) -> Row:
    if asked is None:
        return {}
    several = asked["requests"]
    return {
        "requests": tuple(PendingRequest.model_validate(one, strict=False) for one in several),
        "spent": tuple(RequestKind(kind) for kind in asked["spent"]),
        "hands": tuple(asked["hands"]),
        # What was saved before there were any has none.
        "ratings": tuple(
            Rating.model_validate(one, strict=False) for one in asked.get("ratings", ())
        ),
    }


def _json_of(told: BaseModel | None) -> Row | None:
    return None if told is None else told.model_dump(mode="json", exclude_none=True)


def told_in(row: Mapping[str, Any] | None, model: type[M]) -> M | None:
    """Return what a column of JSON tells, None where it is empty."""
    return None if row is None else model.model_validate(row, strict=False)


def _set_aside_of(rows: Sequence[Row] | None) -> tuple[ClockSetAside, ...]:
    return tuple(ClockSetAside.model_validate(one, strict=False) for one in rows or ())


def _raised_row(raised: Raised) -> Row:
    return {"urgency": raised.urgency, "merged_id": str(raised.merged_id), "danger": raised.danger}


def _raised_of(row: Mapping[str, Any] | None) -> Raised | None:
    if row is None:
        return None
    return Raised(
        urgency=Urgency(row["urgency"]), merged_id=UUID(row["merged_id"]), danger=row["danger"]
    )


def is_plain(case: Case) -> bool:
    """Tell whether a case that was just registered has none of what most come to later, if ever."""
    return not any(_later_of(case))


def new_row(case: Case, scene: Scene, *, plain: bool) -> Row:
    """Return the columns of a case that was just registered; of a `plain` one those it needs."""
    row = {name: getattr(case, name) for name in FIXED}
    row |= {"place": scene.place, "description": scene.description}
    row |= changing_row(case, seldom=False) | _seldom_row(case)
    return row if plain else row | _later_row(case)


def case_of(row: Mapping[Any, Any]) -> Case:
    """Return the case of a row."""
    values = {name: row[name] for name in _CASE_ALL}
    return Case(
        **values
        | {
            "state": CaseState(row["state"]),
            "urgency": Urgency(row["urgency"]),
            "channel": Channel(row["channel"]),
            "tier": None if row["tier"] is None else Tier(row["tier"]),
            "evidence": list(row["evidence"]),
            "took_in": list(row["took_in"] or ()),
            "clock": clock_of(row),
            "raised": _raised_of(row["raised"]),
            "blocked": blocking_of(row),
            "closed_before": told_in(row["closed_before"], ClosedBefore),
            "set_aside": _set_aside_of(row["set_aside"]),
            **_asked_of(row["asked"]),
        }
    )


def blocking_of(row: Mapping[Any, Any]) -> Blocking | None:
    """Return the part that the lead of a row waits for."""
    return told_in(row["blocked"], Blocking)


def clock_of(row: Mapping[Any, Any]) -> HandlingClock | None:
    """Return the clock of a row; one of before there were units runs through nights."""
    limit = row["handling_limit_seconds"]
    if limit is None:
        return None
    return HandlingClock.told(
        limit_seconds=limit,
        used_seconds=row["handling_used_seconds"],
        since=row["handling_since"],
        unit=LimitUnit(row["handling_unit"] or LimitUnit.URGENT_HOUR),
        extensions=row["handling_extensions"] or 0,
    )


def follower_row(follower: Follower) -> Row:
    """Return the columns of somebody who joined."""
    said = asdict(follower.said)
    known = {name: value for name, value in said.items() if value}
    return {name: getattr(follower, name) for name in _FOLLOWER_FIELDS} | {"said": known or None}


def follower_of(row: Mapping[Any, Any]) -> Follower:
    """Return who joined, of a row."""
    said = {**(row["said"] or {})}
    if "urgency" in said:
        said["urgency"] = Urgency(said["urgency"])
    told = Statement(**said | {"media": tuple(said.get("media", ()))})
    return Follower(**{name: row[name] for name in _FOLLOWER_FIELDS}, said=told)


def part_row(part: Part) -> Row:
    """Return a part's columns."""
    row: Row = {name: getattr(part, name) for name in _PART_FIELDS}
    return row | {"wanted": _json_of(part.wanted)}


def line_row(line: StoryLine) -> Row:
    """Return a story line's columns."""
    return line._asdict() | {"clock": _json_of(line.clock)}


def part_of(row: Mapping[Any, Any]) -> Part:
    """Return the part of a row."""
    return Part(
        **{name: row[name] for name in _PART_FIELDS}
        | {
            "tier": Tier(row["tier"]),
            "role": Role(row["role"]),
            "status": PartStatus(row["status"]),
            "wanted": told_in(row["wanted"], Wanted),
        }
    )
