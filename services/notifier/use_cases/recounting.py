"""Who looks for deadlines that a new calendar moves."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.plan import Plan
from schemas.plan.limits import limit_of
from services.kit.sql.database import Database
from services.notifier.bounds import RECOUNTED_AT_ONCE, SETTLING
from services.notifier.domain.blocking import until_by
from services.notifier.domain.clocks import TimerKind
from services.notifier.domain.triage import NOBODY_AT_WORK
from services.notifier.store import recounts
from services.notifier.store.rows import blocking_of, clock_of
from services.notifier.store.walk import Found, Place
from services.notifier.use_cases.looking_again import look_again


def _is_due_otherwise(case: Found, plan: Plan) -> bool:
    clock = clock_of(case._mapping)  # noqa: SLF001 - SQLAlchemy's name for it, and public
    if clock is None or case.due_by is None or case.overrun_told_at is not None:
        return False
    counting = plan.counting(clock.unit, department=case.department)
    return bool(replace(clock, counting=counting).due_by != case.due_by)


def _is_waited_for_otherwise(case: Found, plan: Plan, now: datetime) -> bool:
    waits = blocking_of(case._mapping)  # noqa: SLF001 - SQLAlchemy's name for it, and public
    return waits is not None and now < waits.until != until_by(waits, plan)


def _is_promised_later(case: Found, plan: Plan, now: datetime) -> bool:
    if case.promise is None or case.promised_at is None or case.promised_by <= now:
        return False
    return bool(plan.until(limit_of(case.promise), case.promised_at) > case.promised_by)


def _is_unasked(case: Found) -> bool:
    return bool(case.triage) and case.triage_by is None and case.state in NOBODY_AT_WORK


async def recount(database: Database, *, plan: Plan, stage: str, now: datetime) -> int:
    """Set a timer for every open case that the plan's calendar makes due at another instant.

    For one that nobody was asked about as well, as of before there was a clock for that.

    Returns how many.
    """

    async def find(conn: AsyncConnection, after: Place) -> Sequence[Found]:
        return await recounts.in_working_time(conn, after=after)

    def is_moved(case: Found) -> bool:
        moves = _is_due_otherwise(case, plan) or _is_waited_for_otherwise(case, plan, now)
        return moves or _is_promised_later(case, plan, now) or _is_unasked(case)

    return await look_again(
        database,
        find,
        at_once=RECOUNTED_AT_ONCE,
        stage=stage,
        kind=TimerKind.RECOUNT,
        due_at=now + SETTLING,
        is_due=is_moved,
    )
