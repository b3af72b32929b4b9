"""Who looks for deadlines that a new calendar moves."""

from dataclasses import replace
from datetime import datetime

from schemas.plan import Plan
from services.kit.sql.database import Database
from services.kit.stage import timers
from services.kit.stage.timers import Deadline
from services.notifier.bounds import RECOUNTED_AT_ONCE, SETTLING
from services.notifier.domain.clocks import TimerKind
from services.notifier.store import recounts
from services.notifier.store.leavers import BEFORE_ALL


async def recount(database: Database, *, plan: Plan, stage: str, now: datetime) -> int:
    """Set a timer for every open case that the plan's calendar makes due at another instant.

    Returns how many. A portion at a time; the lane's owner counts each again when its timer fires.
    """
    found, after = 0, BEFORE_ALL
    while True:
        async with database.write() as conn:
            portion = await recounts.in_working_time(conn, after=after)
            moved = [
                Deadline(
                    subject=row["case_id"],
                    kind=TimerKind.RECOUNT,
                    partition=row["partition"],
                    due_at=now + SETTLING,
                )
                for row, clock in portion
                if replace(
                    clock, counting=plan.counting(clock.unit, department=row["department"])
                ).due_by
                != row["due_by"]
            ]
            await timers.set_all(conn, stage=stage, deadlines=moved)
        found += len(moved)
        if len(portion) < RECOUNTED_AT_ONCE:
            return found
        last, _ = portion[-1]
        after = last["registered_at"], last["case_id"]
