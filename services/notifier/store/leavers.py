"""Open cases that have a department which the plan does not know.

Nothing here grows with history.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.sql.among import among
from services.kit.sql.declaring import table_of
from services.notifier.bounds import LEAVERS_AT_ONCE
from services.notifier.domain.part import GOING_ON
from services.notifier.store.tables import OPEN, CasePart, FollowUp
from services.notifier.store.walk import AFTER, COLUMNS, IN_ORDER, Found, Place, parameters

_CASE = table_of(FollowUp)
_PART = table_of(CasePart)
_FOUND = (
    select(*COLUMNS)
    .where(
        OPEN,
        AFTER,
        or_(
            _CASE.c.department.is_not(None) & ~among(_CASE.c.department, "known"),
            exists().where(
                _PART.c.case_id == _CASE.c.case_id,
                _PART.c.status.in_(sorted(GOING_ON)),
                ~among(_PART.c.department, "known"),
            ),
        ),
    )
    .order_by(*IN_ORDER)
    .limit(LEAVERS_AT_ONCE)
)


async def open_with_others(
    conn: AsyncConnection, known: Iterable[str], *, after: Place
) -> Sequence[Found]:
    """Return open cases in the order of registration, one portion.

    They have a department that is not `known`, as their lead or as one still at its part.
    """
    found = await conn.execute(_FOUND, {"known": sorted(known), **parameters(after)})
    return found.all()
