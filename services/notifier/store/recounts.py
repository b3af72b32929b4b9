"""Open cases with a clock in working time: handling, a waited-for part, or what was promised.

And those that nobody could categorise, of which nobody was asked what they are.

Nothing here grows with history.
"""

from collections.abc import Sequence

from sqlalchemy import String, and_, cast, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.plan.calendar import WORKING_UNITS
from services.kit.sql.declaring import table_of
from services.notifier.bounds import RECOUNTED_AT_ONCE
from services.notifier.domain.triage import NOBODY_AT_WORK
from services.notifier.store.tables import OPEN, FollowUp
from services.notifier.store.walk import AFTER, COLUMNS, IN_ORDER, Found, Place, parameters

_CASE = table_of(FollowUp)
_RUNS = and_(
    _CASE.c.handling_since.is_not(None),
    _CASE.c.overrun_told_at.is_(None),
    _CASE.c.handling_unit.in_(sorted(WORKING_UNITS)),
)
_PROMISED = or_(*(_CASE.c.promise.like(f"% {unit}") for unit in sorted(WORKING_UNITS)))
# A case that waits for no part has the JSON null, or has NULL.
_WAITS = cast(_CASE.c.blocked, String) != "null"
_UNASKED = and_(
    _CASE.c.triage, _CASE.c.triage_by.is_(None), _CASE.c.state.in_(sorted(NOBODY_AT_WORK))
)
_FOUND = (
    select(
        *COLUMNS,
        *(_CASE.c.department, _CASE.c.handling_limit_seconds, _CASE.c.handling_used_seconds),
        *(_CASE.c.handling_since, _CASE.c.handling_unit, _CASE.c.handling_extensions),
        *(_CASE.c.due_by, _CASE.c.overrun_told_at, _CASE.c.blocked),
        *(_CASE.c.triage, _CASE.c.triage_by, _CASE.c.state),
        *(_CASE.c.promise, _CASE.c.promised_at, _CASE.c.promised_by),
    )
    .where(OPEN, or_(_RUNS, _WAITS, _PROMISED, _UNASKED), AFTER)
    .order_by(*IN_ORDER)
    .limit(RECOUNTED_AT_ONCE)
)


async def in_working_time(conn: AsyncConnection, *, after: Place) -> Sequence[Found]:
    """Return open cases in the order of registration, with their clocks' columns, one portion.

    A handling clock whose limit ran out counts no more.
    """
    return (await conn.execute(_FOUND, parameters(after))).all()
