"""Closed cases that are to be archived. What is archived is not looked at again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.sql.declaring import table_of
from services.notifier.bounds import ARCHIVED_AT_ONCE
from services.notifier.store.tables import CLOSED, FollowUp
from services.notifier.store.walk import COLUMNS, Found, Place, comes_after, parameters

_CASE: Final = table_of(FollowUp)
_FOUND: Final = (
    select(*COLUMNS, _CASE.c.closed_at)
    .where(
        CLOSED,
        _CASE.c.closed_at <= bindparam("until"),
        comes_after(_CASE.c.closed_at),
    )
    .order_by(_CASE.c.closed_at, _CASE.c.case_id)
    .limit(ARCHIVED_AT_ONCE)
)


async def closed_until(conn: AsyncConnection, until: datetime, *, after: Place) -> Sequence[Found]:
    """Return cases that were closed at an instant or before, a portion, the longest closed first.

    The place is that of its closing, which they have as `closed_at` besides.
    """
    return (await conn.execute(_FOUND, {"until": until, **parameters(after)})).all()
