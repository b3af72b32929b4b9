"""The cases of a list that have the terms of a text, a page at a time.

A term may be in every case, in none, or in those of last winter alone, and what a planner guesses
of several at once is wrong: pairs of neighbouring characters come together. So no step relies on a
guess, and each but the last looks at a bounded number of rows:

- the newest cases of the list are looked through for the terms, which fills the page of a word that
  many write;
- else all cases with the terms are taken out of the index and put in order, if they are few;
- else the same is done for each span of time, the newest first, and for its parts where both the
  cases with the terms and those of the list are too many, until the page is full.

SQLite has no index of terms: it looks through the list to its end.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnCollection,
    ColumnElement,
    FromClause,
    Select,
    Text,
    and_,
    cast,
    func,
    literal,
    select,
    tuple_,
    union,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncConnection

from services.desk.bounds import FEW_STEPS, LOOKED_AT_ONCE
from services.desk.domain.spans import Span, dividing
from services.desk.domain.terms import Wanted as Term
from services.desk.store.tables import CaseTerms
from services.kit.sql.cursors import Cursor
from services.kit.sql.declaring import table_of

Place = ColumnCollection[str, Any]
"""Columns with `registered_at` and `case_id`."""

_TERMS: Final = table_of(CaseTerms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A list: `walked` are selections of `registered_at` and `case_id`, each along one index.

    What is in none of them is not in the list. `shown` selects its rows, of which `case_id` is one
    column, by every condition but those of the place in it: from `since` on, before `until`, and
    `after` a row.
    """

    walked: Sequence[Select[Any]]
    shown: Select[Any]
    since: datetime | None
    until: datetime | None
    after: Cursor | None
    limit: int


async def having(
    conn: AsyncConnection, terms: Collection[Term], listed: Listed
) -> list[dict[str, Any]]:
    """Return a page of those of a list that have all of these terms, the newest first."""
    once = None if conn.dialect.name == "sqlite" else LOOKED_AT_ONCE
    search = _Search(conn, terms, listed, after=listed.after, once=once)
    await search.run()
    return search.rows


@dataclass(slots=True)
class _Search:
    """One page in the making: all up to `after` is looked through, `rows` are what was found.

    `once` rows are looked at in a step, all of them if it is None. A step doubles it that found so
    little that many more would be needed: a list that hardly has the terms is not looked through
    in small steps.
    """

    conn: AsyncConnection
    terms: Collection[Term]
    listed: Listed
    after: Cursor | None
    once: int | None
    rows: list[dict[str, Any]] = field(default_factory=list)

    @property
    def _missing(self) -> int:
        return self.listed.limit - len(self.rows)

    async def run(self) -> None:
        """Find the page."""
        last = await self._last(None)
        await self._walk(None)
        if self._missing <= 0 or last is None:
            return
        self.after = last
        if await self._fetch(None):
            return
        oldest = await self.conn.scalar(select(func.min(_TERMS.c.registered_at))) or last.at
        spans = dividing(max(oldest, self.listed.since or oldest), last.at)
        while spans and self._missing > 0:
            span = spans.pop()
            if span.begins > last.at or await self._fetch(span):
                continue
            if await self._last(span) is None:
                await self._walk(span)
            else:
                spans += span.parts()

    async def _walk(self, span: Span | None) -> None:
        """Look through the list's next rows in a span for the terms."""
        looked = self._next(span).limit(self.once).subquery()
        # A value, not a join: only so is each row looked at by its key, in the order of the list.
        has = select(self._matches(None)).where(_TERMS.c.case_id == looked.c.case_id)
        await self._add(select(looked).where(has.scalar_subquery()).subquery())

    async def _last(self, span: Span | None) -> Cursor | None:
        """Return the last place of a walk; None if it comes to the end of the span before."""
        if self.once is None:
            return None
        last = await self.conn.execute(self._next(span).limit(1).offset(self.once - 1))
        return None if (row := last.first()) is None else Cursor(row.registered_at, row.case_id)

    async def _fetch(self, span: Span | None) -> bool:
        """Take those with the terms in a span out of the index; return whether they were few."""
        once = None if span is not None and span.size == 0 else self.once
        # Planned apart and for all its rows: so it is read by the index of terms, which a limit
        # would talk the planner out of. It is read only as far as rows are asked for.
        found = select(_TERMS.c.registered_at, _TERMS.c.case_id).where(self._matches(span))
        met = found.cte("met").prefix_with("MATERIALIZED")
        some = select(met.c.case_id).limit(None if once is None else once + 1).subquery()
        number = await self.conn.scalar(select(func.count()).select_from(some)) or 0
        if once is not None and number > once:
            return False
        if number > 0:
            await self._add(select(met).limit(once).subquery())
        return True

    async def _add(self, places: FromClause) -> None:
        """Add the first of these places that the list shows, as many as are missing."""
        shown = self.listed.shown
        query = shown.join(places, places.c.case_id == shown.selected_columns.case_id)
        query = query.where(*self._within(places.c, None)).limit(self._missing)
        rows = (await self.conn.execute(query.order_by(*_newest(places.c)))).mappings().all()
        if self.once is not None and len(rows) * FEW_STEPS < self._missing:
            self.once *= 2
        self.rows += [{**row} for row in rows]

    def _next(self, span: Span | None) -> Select[Any]:
        """Return the places of the list in a span that come next, in its order."""
        ways = [
            way.where(*self._within(way.selected_columns, span)).order_by(
                *_newest(way.selected_columns)
            )
            for way in self.listed.walked
        ]
        if len(ways) == 1:
            return ways[0]
        each = (way.limit(self.once).subquery() for way in ways)
        places = union(*(select(one) for one in each)).subquery()
        return select(places).order_by(*_newest(places.c))

    def _within(self, place: Place, span: Span | None) -> list[ColumnElement[bool]]:
        """Return the conditions that a place is in the list, after what was looked through.

        There is one for each end at the most: of two, an index would begin at the wrong one.
        """
        conditions: list[ColumnElement[bool]] = []
        ends = [] if self.listed.until is None else [self.listed.until]
        ends += [] if span is None else [span.ends]
        if self.after is not None and all(self.after.at < end for end in ends):
            after = tuple_(self.after.at, self.after.id)
            conditions.append(tuple_(place.registered_at, place.case_id) < after)
        elif ends:
            conditions.append(place.registered_at < min(ends))
        begins = [] if self.listed.since is None else [self.listed.since]
        begins += [] if span is None else [span.begins]
        if begins:
            conditions.append(place.registered_at >= max(begins))
        return conditions

    def _matches(self, span: Span | None) -> ColumnElement[bool]:
        """Return the condition that a case has all of the terms, and is of a span."""
        if self.conn.dialect.name == "postgresql":
            told = [f"'{one.text}'{':*' if one.is_beginning else ''}" for one in self.terms]
            told += [] if span is None else [f"'{span.term}'"]
            return _TERMS.c.terms.bool_op("@@")(cast(cast(" & ".join(told), Text), TSQUERY))
        padded = literal(" ").op("||")(_TERMS.c.terms).op("||")(literal(" "))
        told = [f" {one.text}{'' if one.is_beginning else ' '}" for one in self.terms]
        return and_(*(func.instr(padded, one) > 0 for one in told))


def _newest(place: Place) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    return place.registered_at.desc(), place.case_id.desc()
