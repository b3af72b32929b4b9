"""Who looks for cases of departments that left the plan."""

from datetime import datetime

from schemas.plan import Plan
from services.kit.sql.database import Database
from services.kit.stage import timers
from services.kit.stage.timers import Deadline
from services.notifier.bounds import LEAVERS_AT_ONCE, SETTLING
from services.notifier.domain.clocks import TimerKind
from services.notifier.store import leavers


async def call_back(database: Database, *, plan: Plan, stage: str, now: datetime) -> int:
    """Set a timer for every open case with a department that the plan lacks; returns how many.

    A portion at a time; the lane's owner looks at each case again when its timer fires.
    """
    found, after = 0, leavers.BEFORE_ALL
    while True:
        async with database.write() as conn:
            portion = await leavers.open_with_others(conn, plan.departments, after=after)
            due = [
                Deadline(
                    subject=one.case_id,
                    kind=TimerKind.LEFT,
                    partition=one.partition,
                    due_at=now + SETTLING,
                )
                for one in portion
            ]
            await timers.set_all(conn, stage=stage, deadlines=due)
        found += len(portion)
        if len(portion) < LEAVERS_AT_ONCE:
            return found
        after = portion[-1].registered_at, portion[-1].case_id
