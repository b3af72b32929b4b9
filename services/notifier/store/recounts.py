"""Open cases whose handling clock runs in working time.

Nothing here grows with history.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.plan.calendar import WORKING_UNITS
from services.kit.sql.declaring import table_of
from services.notifier.bounds import RECOUNTED_AT_ONCE
from services.notifier.domain.clocks import HandlingClock
from services.notifier.store.rows import clock_of
from services.notifier.store.tables import OPEN, FollowUp

_CASE = table_of(FollowUp)
_FOUND = (
    select(_CASE)
    .where(
        OPEN,
        _CASE.c.handling_since.is_not(None),
        _CASE.c.overdue_at.is_(None),
        _CASE.c.handling_unit.in_(sorted(WORKING_UNITS)),
        tuple_(_CASE.c.registered_at, _CASE.c.case_id)
        > tuple_(
            bindparam("at", type_=_CASE.c.registered_at.type),
            bindparam("id", type_=_CASE.c.case_id.type),
        ),
    )
    .order_by(_CASE.c.registered_at, _CASE.c.case_id)
    .limit(RECOUNTED_AT_ONCE)
    .with_only_columns(
        *(_CASE.c.case_id, _CASE.c.partition, _CASE.c.registered_at, _CASE.c.department),
        *(_CASE.c.handling_limit_seconds, _CASE.c.handling_used_seconds),
        *(_CASE.c.handling_since, _CASE.c.handling_unit, _CASE.c.due_by),
    )
)


async def in_working_time(
    conn: AsyncConnection, *, after: tuple[datetime, UUID]
) -> Sequence[tuple[RowMapping, HandlingClock]]:
    """Return open cases in the order of registration, each with its clock, one portion.

    Those whose limit ran out are not among them.
    """
    at, id_ = after
    found = await conn.execute(_FOUND, {"at": at, "id": id_})
    clocks: list[tuple[Any, HandlingClock]] = []
    for row in found.mappings():
        clock = clock_of(row)
        if clock is not None:
            clocks.append((row, clock))
    return clocks
