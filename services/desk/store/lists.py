"""Lists of cases: what somebody may see of what they look for, a page at a time.

A list is walked in its order along one index, and stops when the page is full. Which index that is
follows from what narrows it most: a party's own cases, or the few open ones. How a text is looked
for in a list stands in `search`.
Whoever reads is an argument of every query, and what they may not see is not in it.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    Select,
    Table,
    TextClause,
    case,
    false,
    func,
    literal,
    select,
    text,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.access.actor import Actor
from services.desk.bounds import MOST_PARTIES
from services.desk.domain.own_clocks import helping_as
from services.desk.domain.parties import DEPARTMENT, OFFERED, PERSON, WATCHER, party, seen_as
from services.desk.domain.terms import wanted_in
from services.desk.store import search
from services.desk.store.rows import view_of
from services.desk.store.tables import (
    AWAITED,
    DISSATISFIED,
    ENDED,
    OVERRAN,
    REQUESTED,
    RUNNING,
    SUPERVISED,
    TRIAGE,
    CaseParty,
    CaseView,
)
from services.desk.store.wanted import Wanted
from services.kit.sql.declaring import table_of

Found = dict[str, Any]
"""A row by its columns' names."""

VIEW: Final = table_of(CaseView)
_PARTY: Final = table_of(CaseParty)
_SAME: Final = ("category", "class_code", "grid", "source", "level", "urgency", "exercise")
_NARROW: Final = ("grid", "class_code", "category")
"""What has an index of its own, the narrowest first."""
_MARKS: Final = {
    "overran": OVERRAN,
    "triage": TRIAGE,
    "supervised": SUPERVISED,
    "requested": REQUESTED,
}
_FEW: Final = ("triage", "supervised", "requested")
"""Marks that fewer cases have than any party."""


async def cases(
    conn: AsyncConnection, wanted: Wanted, *, actor: Actor, now: datetime
) -> list[Found]:
    """Return the cases of a list that somebody may see, the newest first."""
    terms = () if wanted.text is None else wanted_in(wanted.text)
    if wanted.text is not None and not terms:
        return []
    if conn.dialect.name == "postgresql":
        # The best way depends on who asks for what: a plan for anybody would walk the wrong index.
        await conn.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
    if terms:
        rows = await search.having(conn, terms, _listed(wanted, actor=actor, now=now))
    else:
        query = _query(wanted, actor=actor, now=now)
        rows = [{**row} for row in (await conn.execute(query)).mappings()]
    return [as_seen(row, actor=actor) for row in rows]


async def count(
    conn: AsyncConnection, wanted: Wanted, *, actor: Actor, now: datetime, most: int
) -> int:
    """Return how many cases a list without a text has that somebody may see; `most` at most."""
    page = _query(replace(wanted, limit=most), actor=actor, now=now)
    ids = page.with_only_columns(VIEW.c.case_id).subquery()
    return int(await conn.scalar(select(func.count()).select_from(ids)) or 0)


def may_see(actor: Actor, case_id: Column[UUID]) -> ColumnElement[bool] | None:
    """Return the condition that somebody may see a case; None for who sees all."""
    if actor.sees_all:
        return None
    return _has_party(case_id, seen_as(actor))


def as_seen(row: Found, *, actor: Actor) -> Found:
    """Return a case without what another source was told, for who sees it for theirs alone."""
    if actor.sees_all or not actor.sources or actor.reports_for(row["source"]):
        return row
    departments = {department for department, _ in view_of(row).parties()}
    return row | {"description": ""} if actor.departments.isdisjoint(departments) else row


def _query(wanted: Wanted, *, actor: Actor, now: datetime) -> Select[Any]:
    asked, own, walked = _parties(wanted, actor)
    conditions = _conditions(wanted, actor=actor, now=now)
    conditions += [_has_party(VIEW.c.case_id, [one]) for one in asked[1:]]
    if not own and _is_limited(wanted, actor):
        conditions.append(false())
    elif own and walked != own:
        conditions.append(_has_party(VIEW.c.case_id, own))
    if seldom := _seldom(wanted):
        # Few of many, which no planner guesses along the order of the list: taken out first.
        theirs = select(VIEW.c.registered_at, VIEW.c.case_id).where(*seldom)
        few = theirs.cte("few").prefix_with("MATERIALIZED")
        conditions += [_has_party(VIEW.c.case_id, asked[:1])] if asked else []
        conditions += [_has_party(VIEW.c.case_id, own)] if own and walked == own else []
        query = select(VIEW).join(few, few.c.case_id == VIEW.c.case_id)
        return _page(query.where(*conditions, *_open(VIEW, wanted)), few, wanted)
    if not walked:
        return _page(select(VIEW).where(*conditions, *_open(VIEW, wanted)), VIEW, wanted)
    pages = [_of_party(one, conditions, wanted) for one in walked]
    if len(pages) == 1:
        return pages[0]
    each = [page.with_only_columns(VIEW.c.case_id).subquery() for page in pages]
    ids = union_all(*(select(one.c.case_id) for one in each))
    return _page(select(VIEW).where(VIEW.c.case_id.in_(ids)), VIEW, wanted, within=False)


def _listed(wanted: Wanted, *, actor: Actor, now: datetime) -> search.Listed:
    """Return a list as a text is looked for in it."""
    asked, own, parties = _parties(wanted, actor)
    conditions = [*_conditions(wanted, actor=actor, now=now), *_open(VIEW, wanted)]
    conditions += [_has_party(VIEW.c.case_id, [one]) for one in asked]
    if _is_limited(wanted, actor):
        conditions.append(_has_party(VIEW.c.case_id, own) if own else false())
    if actor.sources and not actor.sees_all:
        # Nor is what another source was told looked through for them.
        theirs = [party(DEPARTMENT, one) for one in actor.departments]
        told = VIEW.c.source.in_(sorted(actor.sources))
        conditions.append(told | _has_party(VIEW.c.case_id, theirs))
    if parties and not any(getattr(wanted, name) for name in _FEW):
        way = select(_PARTY.c.registered_at, _PARTY.c.case_id).where(*_open(_PARTY, wanted))
        walked = [way.where(_PARTY.c.party == one) for one in parties]
    else:
        # The narrowest that has an index: what else is demanded may hold of none of many rows.
        marks = [_mark(mark) for name, mark in _MARKS.items() if getattr(wanted, name)]
        named = [VIEW.c[name] == getattr(wanted, name) for name in _NARROW if getattr(wanted, name)]
        way = select(VIEW.c.registered_at, VIEW.c.case_id)
        walked = [way.where(*_open(VIEW, wanted), *(marks or named[:1]))]
    return search.Listed(
        walked=walked,
        shown=select(VIEW).where(*conditions),
        since=wanted.since,
        until=wanted.until,
        after=wanted.after,
        limit=wanted.limit,
    )


def _parties(wanted: Wanted, actor: Actor) -> tuple[list[str], list[str], list[str]]:
    """Return which parties are asked for, one of which the reader is, and which are walked."""
    asked = [party(WATCHER, wanted.watcher)] if wanted.watcher is not None else []
    asked += [party(DEPARTMENT, wanted.party)] if wanted.party is not None else []
    asked += [party(PERSON, wanted.person)] if wanted.person is not None else []
    asked += [party(PERSON, actor.id)] if wanted.mine else []
    own = [] if actor.sees_all else seen_as(actor)
    if wanted.unsigned:  # who has to sign sees the case, too
        own = sorted(party(OFFERED, one) for one in actor.departments)
    # What is walked: one party's cases, those of each of the reader's own parties, or all.
    return asked, own, asked[:1] or (own if len(own) <= MOST_PARTIES else [])


def _is_limited(wanted: Wanted, actor: Actor) -> bool:
    """Tell whether a list has only cases to which one of the reader's parties belongs."""
    return wanted.unsigned or not actor.sees_all


def _of_party(one: str, conditions: Collection[ColumnElement[bool]], wanted: Wanted) -> Select[Any]:
    """Return a page of the cases of one party, along that party's index."""
    query = select(VIEW).join(_PARTY, _PARTY.c.case_id == VIEW.c.case_id)
    query = query.where(_PARTY.c.party == one, *conditions, *_open(_PARTY, wanted))
    return _page(query, _PARTY, wanted)


def _page(
    query: Select[Any], along: FromClause, wanted: Wanted, *, within: bool = True
) -> Select[Any]:
    """Return a page of a query, along a table's order; `within` what the list is limited to."""
    place = (along.c.registered_at, along.c.case_id)
    if within and wanted.after is not None:
        after = tuple_(wanted.after.at, wanted.after.id)
        query = query.where(tuple_(*place) < after)
    if within and wanted.since is not None:
        query = query.where(along.c.registered_at >= wanted.since)
    if within and wanted.until is not None:
        query = query.where(along.c.registered_at < wanted.until)
    return query.order_by(*(column.desc() for column in place)).limit(wanted.limit)


def _open(table: Table, wanted: Wanted) -> list[ColumnElement[bool]]:
    """Return the condition by which an index of the open ones is seen to apply."""
    if wanted.is_open is None:
        return []
    return [table.c.closed_at.is_(None) if wanted.is_open else table.c.closed_at.is_not(None)]


def _conditions(wanted: Wanted, *, actor: Actor, now: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        VIEW.c[name] == value for name in _SAME if (value := getattr(wanted, name)) is not None
    ]
    if wanted.state is not None:
        found.append(VIEW.c.state == wanted.state)
    if wanted.unheld:
        found.append(VIEW.c.department.is_(None))
    if wanted.unplaced:
        found.append(VIEW.c.grid.is_(None))
    if wanted.overdue:
        found += [_mark(RUNNING), VIEW.c.due_by < now]
    if wanted.late:
        found += _late(actor, now=now)
    found += [VIEW.c[f"turn_{name}"] == told for name, told in _turn(wanted) if told is not None]
    found += _seldom(wanted)
    return found + [_mark(mark) for name, mark in _MARKS.items() if getattr(wanted, name)]


def _late(actor: Actor, *, now: datetime) -> list[ColumnElement[bool]]:
    """Return the conditions that somebody is late: a department that helps, if it is with its part.

    Else, and to who sees every case, whoever has the move.
    """
    if not (theirs := sorted(helping_as(actor))):
        return [_mark(AWAITED), VIEW.c.turn_by < now]
    parties = [party(DEPARTMENT, one) for one in theirs]
    own = select(func.min(_PARTY.c.own_by)).where(
        _PARTY.c.case_id == VIEW.c.case_id, _PARTY.c.party.in_(parties)
    )
    helping = func.coalesce(own.correlate(VIEW).scalar_subquery(), VIEW.c.turn_by)
    leads = VIEW.c.department.in_(theirs)
    return [case((leads, VIEW.c.turn_by), else_=helping) < now]


def _turn(wanted: Wanted) -> tuple[tuple[str, str | None], ...]:
    return ("who", wanted.turn), ("clock", wanted.clock)


def _seldom(wanted: Wanted) -> list[ColumnElement[bool]]:
    """Return the conditions of what ended in a time, or was rated badly in one."""
    ended = (wanted.ended_since, wanted.ended_until)
    rated = (wanted.dissatisfied_since, wanted.dissatisfied_until)
    return [*_within("closed_at", ENDED, *ended), *_within("dissatisfied_at", DISSATISFIED, *rated)]


def _within(
    name: str, mark: TextClause, since: datetime | None, until: datetime | None
) -> list[ColumnElement[bool]]:
    column = VIEW.c[name]
    found = [] if since is None else [column >= since]
    found += [] if until is None else [column < until]
    return found and [_mark(mark), *found]


def _mark(mark: TextClause) -> Any:  # noqa: ANN401 - a text is as good as a condition
    return text(f"case_view.{mark.text}")


def _has_party(case_id: Any, parties: Collection[str]) -> ColumnElement[bool]:  # noqa: ANN401 - a column
    """Return the condition that a case has one of these parties."""
    theirs = select(literal(1)).where(_PARTY.c.case_id == case_id, _PARTY.c.party.in_([*parties]))
    return theirs.correlate(VIEW).exists()
