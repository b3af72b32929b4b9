"""Numbers that everybody may see: counted once, when their days are over, and never again.

No day is counted twice, so that no two numbers differ by a case that was corrected, or by one more
day. Counting begins with the day on which the plan turns the page on, in a database that counted
nothing yet too: what another one told is told by nobody a second time.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from schemas.events.base import in_utc
from schemas.plan import Plan
from services.desk.domain.public_numbers import COUNTED_AFTER, areas_of, categories_of
from services.desk.store import public_numbers, story
from services.desk.store.public_numbers import Days, Told
from services.kit.sql.database import Database


async def count_for_all(database: Database, plan: Plan, *, now: datetime) -> None:
    """Count what is over, and let the next days begin, as the plan says."""
    async with database.read() as conn:
        days = await public_numbers.counting(conn)
        seen = await story.as_of(conn)
        before = await public_numbers.last_told(conn, most=1)
    if not plan.residents.public_page:
        if days is not None:
            async with database.write() as conn:
                await public_numbers.end(conn, days)
        return
    if days is None:
        today = now.astimezone(plan.timezone).date()
        free = max((one.last_day + timedelta(days=1) for one in before), default=today)
        async with database.write() as conn:
            await public_numbers.begin(conn, _days_from(max(today, free), plan))
    elif seen is not None and min(seen, now) >= _midnight_after(days, plan) + COUNTED_AFTER:
        await _count(database, plan, days, now=now)


async def _count(database: Database, plan: Plan, days: Days, *, now: datetime) -> None:
    """Tell what everybody may know of these days, unless another process does."""
    kept_back = plan.residents.public_without
    async with database.write() as conn:
        if not await public_numbers.end(conn, days):
            return
        counts = await public_numbers.registered(
            conn, _midnight(days.first_day, plan), _midnight_after(days, plan), without=kept_back
        )
        await public_numbers.tell(conn, _told(counts, plan, days), now=now)
        await public_numbers.begin(conn, _days_from(days.last_day + timedelta(days=1), plan))


def _told(counts: Mapping[tuple[str, str], int], plan: Plan, days: Days) -> Told:
    """Return what everybody may know of how many cases there were by grid and category."""
    residents = plan.residents
    codes = {code: None for code in plan.categories if code not in residents.public_without}
    by_grid, by_category = Counter[str](), Counter[str]()
    for (grid, category), count in counts.items():
        if plan.grid(grid) is not None and category in codes:
            by_grid[grid] += count
            by_category[category] += count
    areas = areas_of(plan.grids, by_grid, least=residents.public_k)
    return Told(
        first_day=days.first_day,
        last_day=days.last_day,
        least=residents.public_k,
        areas=areas,
        categories=categories_of([*codes], by_category, least=residents.public_k) if areas else [],
    )


def _days_from(first_day: date, plan: Plan) -> Days:
    last_day = first_day + timedelta(days=plan.residents.public_days - 1)
    return Days(first_day=first_day, last_day=last_day)


def _midnight(day: date, plan: Plan) -> datetime:
    return in_utc(datetime.combine(day, time(), plan.timezone))


def _midnight_after(days: Days, plan: Plan) -> datetime:
    return _midnight(days.last_day + timedelta(days=1), plan)
