"""Contacts are destroyed a while after the end of their case, and records of looks after years."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from services.intake.domain.closure import Closure
from services.intake.migrations import HISTORY
from services.intake.store import ends
from services.intake.store.looks import Look, add_look
from services.intake.store.tables import ContactLook, ReporterContact
from services.intake.sweeps import ageing
from services.intake.use_cases import keeping
from services.intake.use_cases.keeping import Kept
from services.kit.sql.database import Database
from services.kit.sql.declaring import table_of
from tests.support.databases import Place
from tests.support.intake import HERE, NOON, closed, north_of, recorded, report, report_at

CONTACT = table_of(ReporterContact)
KEPT = Kept(contacts=timedelta(days=90), records=timedelta(days=1_095))
LEFT = {"name": "Li Lei", "phone": "13800138000"}


class Years:
    """A database of intake, and a sweep that has every day of the years that pass."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = NOON
        self._sweep = ageing(database, clock=self.clock, kept=KEPT)

    def clock(self) -> datetime:
        return self.now

    async def until(self, day: int) -> None:
        while self.now < NOON + timedelta(days=day):
            self.now += timedelta(days=1)
            await self._sweep()

    async def ends(self, case_id: UUID, *, day: int, into: UUID | None = None) -> None:
        await self.until(day)
        news = Closure(
            case_id=case_id,
            closed_at=self.now,
            sequence=day,
            ended_as="merged" if into else "closed",
            into=into,
        )
        assert await closed(self.database, news) == []

    async def goes_on(self, case_id: UUID, *, day: int) -> None:
        await self.until(day)
        news = Closure(case_id=case_id, closed_at=None, sequence=day)
        assert await closed(self.database, news) == []

    async def last_day(self, case_id: UUID, *, most: int = 1_000) -> int:
        """Return the last day on which the contact of a report is there."""
        while await self._is_kept(case_id):
            day = (self.now - NOON).days
            assert day < most
            await self.until(day + 1)
        return (self.now - NOON).days - 1

    async def _is_kept(self, case_id: UUID) -> bool:
        async with self.database.read() as conn:
            row = (await conn.execute(select(CONTACT).where(CONTACT.c.case_id == case_id))).one()
        there = {row.data_key is not None, row.sealed is not None, row.phone_mark is not None}
        assert len(there) == 1
        return there.pop()


@pytest.fixture
async def years(place: Place) -> AsyncIterator[Years]:
    async with place.opened(HISTORY) as database:
        yield Years(database)


class TestContactAfterItsCase:
    async def test_is_kept_for_its_days_whenever_that_ended(self, years: Years) -> None:
        early, late = (report_at(north_of(HERE, 900 * n), n, contact=LEFT) for n in (1, 2))
        joins = report_at(north_of(HERE, 905), 3, channel="app", source="b", contact=LEFT)
        await recorded(years.database, [early, late, joins])

        await years.ends(early.case_id, day=10)
        await years.ends(late.case_id, day=200)

        assert await years.last_day(late.case_id) == 290
        async with years.database.read() as conn:
            left = await conn.scalar(select(func.count()).where(CONTACT.c.data_key.is_not(None)))
        assert left == 0

    async def test_is_kept_to_the_day(self, years: Years) -> None:
        one = report(1, contact=LEFT)
        await recorded(years.database, [one])
        await years.ends(one.case_id, day=10)

        assert await years.last_day(one.case_id) == 100

    async def test_is_kept_while_the_case_goes_on_again(self, years: Years) -> None:
        one = report(1, contact=LEFT)
        await recorded(years.database, [one])
        await years.ends(one.case_id, day=10)
        await years.goes_on(one.case_id, day=20)
        await years.ends(one.case_id, day=120)

        assert await years.last_day(one.case_id) == 210

    async def test_is_kept_while_the_case_that_took_it_in_goes_on(self, years: Years) -> None:
        taken, takes = (report_at(north_of(HERE, 900 * n), n, contact=LEFT) for n in (1, 2))
        await recorded(years.database, [taken, takes])
        await years.ends(taken.case_id, day=10, into=takes.case_id)
        await years.ends(takes.case_id, day=300)

        assert await years.last_day(taken.case_id) == 390

    async def test_of_a_refused_report_is_kept_from_then_on(self, years: Years) -> None:
        one = report(1, place={"grid": "nowhere"}, contact=LEFT)
        await recorded(years.database, [one])

        assert await years.last_day(one.case_id) == 90

    async def test_goes_in_portions(self, years: Years, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(keeping, "AGED_AT_ONCE", 2)
        monkeypatch.setattr(ends, "_AGED", ends._AGED.limit(None).limit(2))
        many = [report(n, place={"grid": "nowhere"}, contact=LEFT) for n in range(5)]
        await recorded(years.database, many)

        assert await years.last_day(many[0].case_id) == await years.last_day(many[4].case_id)


class TestRecordOfALook:
    async def test_is_kept_for_years(self, years: Years) -> None:
        look = Look(
            id=UUID(int=1),
            case_id=UUID(int=2),
            person="p1",
            name="Zhang San",
            role="handler",
            departments="fire",
            reason="call back",
            seen="",
            at=NOON,
        )
        async with years.database.write() as conn:
            await add_look(conn, look)

        async def count() -> int:
            async with years.database.read() as conn:
                query = select(func.count()).select_from(table_of(ContactLook))
                return int(await conn.scalar(query) or 0)

        years.now += KEPT.records - timedelta(days=1)
        await years.until(1_095)
        assert await count() == 1
        await years.until(1_096)
        assert await count() == 0
