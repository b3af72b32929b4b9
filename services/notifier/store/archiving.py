"""Closed cases that are to be archived. What is archived is not looked at again."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.sql.declaring import table_of
from services.notifier.bounds import ARCHIVED_AT_ONCE
from services.notifier.store.tables import CLOSED, FollowUp
from services.notifier.store.walk import COLUMNS, Found

_CASE: Final = table_of(FollowUp)
_ORDER: Final = (_CASE.c.closed_at, _CASE.c.case_id)
_FOUND: Final = (
    select(*COLUMNS, _CASE.c.closed_at)
    .where(
        CLOSED,
        _CASE.c.closed_at <= bindparam("until"),
        tuple_(*_ORDER)
        > tuple_(
            bindparam("at", type_=_CASE.c.closed_at.type),
            bindparam("id", type_=_CASE.c.case_id.type),
        ),
    )
    .order_by(*_ORDER)
    .limit(ARCHIVED_AT_ONCE)
)

Since = tuple[datetime, UUID]
"""How far a walk is: when the last case was closed, and its id."""
BEFORE_ALL: Final[Since] = (datetime(1900, 1, 1, tzinfo=UTC), UUID(int=0))


async def closed_until(conn: AsyncConnection, until: datetime, *, after: Since) -> Sequence[Found]:
    """Return cases that were closed at an instant or before, a portion, the longest closed first.

    They have `closed_at` besides.
    """
    at, id_ = after
    return (await conn.execute(_FOUND, {"until": until, "at": at, "id": id_})).all()
