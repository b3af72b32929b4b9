"""A plan that shows numbers to everybody, cases to be counted, and numbers that were."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from schemas import topics
from schemas.events.base import event_of
from schemas.events.incident import Place
from schemas.plan import Plan, Residents
from schemas.vocabulary import INTAKE, case_id_for
from services.desk.domain.public_numbers import areas_of, categories_of
from services.desk.store import public_numbers, views
from services.desk.store.public_numbers import Days, Told
from services.desk.store.public_tables import PUBLIC_METADATA
from services.desk.use_cases.counting_for_all import count_for_all
from services.kit.records import message_of
from services.kit.sql.database import Database
from tests.support.notifier import registered, the_plan
from tests.support.shown import DeskBench

GRIDS: Final = tuple(sorted(grid.code for grid in the_plan().grids))
KEPT_BACK: Final = ("X-PO1", "X-PO2")
_MONTH: Final = timedelta(days=30)
_GRIDS: Final = (31, 44, 12, 9, 58, 23, 17, 4, 26, 39, 3, 6)
_CATEGORIES: Final = {"E0112": 96, "E0405": 71, "E0401": 38, "P0137": 22, "E0502": 8, "S-AID": 7}
"""With others they are as many as the cases of the grids."""


def plan_that_counts(**residents: Any) -> Plan:
    """Return the seed district's plan, that shows numbers to everybody, with these words."""
    shown = {"public_page": True, "public_k": 5, "public_days": 7} | residents
    return the_plan().model_copy(update={"residents": Residents(**shown)})


async def heard(
    desk: DeskBench, counts: Mapping[tuple[str, str], int], *, at: datetime, **case: Any
) -> None:
    """Let a desk hear of so many cases in each grid, of each category, registered then."""
    told = []
    for (grid, category), count in counts.items():
        for number in range(count):
            name = f"{grid}-{category}-{number}-{at:%m%d%H%M}-{len(case)}"
            fact = registered(
                category,
                case_id=case_id_for("hotline-12345", name),
                report=name,
                at=at,
                place=Place(grid=grid),
                **case,
            )
            told.append(message_of(event_of(fact, service=INTAKE, sequence=1), topic=topics.CASES))
    await desk.hear(*told)


async def look(desk: DeskBench, *, seen: datetime | None = None) -> None:
    """Let the desk's sweep look at its own time, when all is shown until `seen`, or until then."""
    async with desk.database.write() as conn:
        await views.save_seen(conn, {0: (seen or desk.now).astimezone(UTC)})
    await count_for_all(desk.database, desk.plan, now=desk.now)


async def told(desk: DeskBench) -> list[Told]:
    """Return all that is told to everybody, the latest first."""
    async with desk.database.read() as conn:
        days = await public_numbers.last_told(conn, most=100)
        found = [await public_numbers.told_of(conn, one.first_day) for one in days]
    return [one for one in found if one is not None]


async def counting(desk: DeskBench) -> Days | None:
    """Return of which days the next numbers will be."""
    async with desk.database.read() as conn:
        return await public_numbers.counting(conn)


async def tell_months(database: Database, *, until: date, months: int, share: float = 1) -> None:
    """Let numbers be told of so many months, and nothing before; with a share of the cases."""
    plan = the_plan()
    by_grid = {code: int(n * share) for code, n in zip(GRIDS, _GRIDS, strict=True)}
    by_category = {code: int(n * share) for code, n in _CATEGORIES.items()}
    by_category["E9999"] = sum(by_grid.values()) - sum(by_category.values())
    async with database.write() as conn:
        for table in PUBLIC_METADATA.sorted_tables:
            await conn.execute(table.delete())
        for number in range(months):
            last_day = until - number * _MONTH
            areas = areas_of(plan.grids, by_grid, least=10)
            one = Told(
                first_day=last_day - _MONTH + timedelta(days=1),
                last_day=last_day,
                least=10,
                areas=areas,
                categories=categories_of([*plan.categories], by_category, least=10)
                if areas
                else [],
            )
            await public_numbers.tell(conn, one, now=datetime.now(UTC))
        following = Days(first_day=until + timedelta(days=1), last_day=until + _MONTH)
        await public_numbers.begin(conn, following)
