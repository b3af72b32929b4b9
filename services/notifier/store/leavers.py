"""Open cases that have a department which the plan does not know.

Nothing here grows with history.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, bindparam, exists, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.sql.among import among
from services.kit.sql.declaring import table_of
from services.notifier.bounds import LEAVERS_AT_ONCE
from services.notifier.domain.case import GOING_ON
from services.notifier.store.tables import OPEN, CasePart, FollowUp

BEFORE_ALL: Final = (datetime(1900, 1, 1, tzinfo=UTC), UUID(int=0))

_CASE = table_of(FollowUp)
_PART = table_of(CasePart)
_FOUND = (
    select(_CASE.c.case_id, _CASE.c.partition, _CASE.c.registered_at)
    .where(
        OPEN,
        tuple_(_CASE.c.registered_at, _CASE.c.case_id)
        > tuple_(
            bindparam("at", type_=_CASE.c.registered_at.type),
            bindparam("id", type_=_CASE.c.case_id.type),
        ),
        or_(
            _CASE.c.department.is_not(None) & ~among(_CASE.c.department, "known"),
            exists().where(
                _PART.c.case_id == _CASE.c.case_id,
                _PART.c.status.in_(sorted(GOING_ON)),
                ~among(_PART.c.department, "known"),
            ),
        ),
    )
    .order_by(_CASE.c.registered_at, _CASE.c.case_id)
    .limit(LEAVERS_AT_ONCE)
)


async def open_with_others(
    conn: AsyncConnection, known: Iterable[str], *, after: tuple[datetime, UUID]
) -> Sequence[Row[Any, Any, Any]]:
    """Return open cases in the order of registration, with id, lane and time, one portion.

    They have a department that is not `known`, as their lead or as one still at its part.
    """
    at, id_ = after
    found = await conn.execute(_FOUND, {"known": sorted(known), "at": at, "id": id_})
    return found.all()
