"""Who looks for cases of departments that left the plan."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.plan import Plan
from services.kit.sql.database import Database
from services.notifier.bounds import LEAVERS_AT_ONCE, SETTLING
from services.notifier.domain.clocks import TimerKind
from services.notifier.store import leavers
from services.notifier.store.walk import Found, Place
from services.notifier.use_cases.looking_again import look_again


async def call_back(database: Database, *, plan: Plan, stage: str, now: datetime) -> int:
    """Set a timer for every open case with a department that the plan lacks; returns how many."""

    async def find(conn: AsyncConnection, after: Place) -> Sequence[Found]:
        return await leavers.open_with_others(conn, plan.departments, after=after)

    return await look_again(
        database,
        find,
        at_once=LEAVERS_AT_ONCE,
        stage=stage,
        kind=TimerKind.LEFT,
        due_at=now + SETTLING,
    )
