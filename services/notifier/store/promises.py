"""Open cases that were to be closed by now, of which that was not told; none grows with history."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.sql.declaring import table_of
from services.notifier.bounds import MISSED_AT_ONCE
from services.notifier.store.tables import OPEN, FollowUp
from services.notifier.store.walk import AFTER, COLUMNS, IN_ORDER, Found, Place, parameters

_CASE = table_of(FollowUp)
_FOUND = (
    select(*COLUMNS)
    .where(
        OPEN,
        _CASE.c.promise_missed_at.is_(None),
        _CASE.c.promised_by <= bindparam("now", type_=_CASE.c.promised_by.type),
        AFTER,
    )
    .order_by(*IN_ORDER)
    .limit(MISSED_AT_ONCE)
)


async def missed(conn: AsyncConnection, *, now: datetime, after: Place) -> Sequence[Found]:
    """Return these cases in the order of registration, one portion."""
    return (await conn.execute(_FOUND, {"now": now, **parameters(after)})).all()
