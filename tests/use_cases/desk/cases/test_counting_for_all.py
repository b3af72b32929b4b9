"""Numbers for everybody are counted once, when their days are over, and never again."""

import asyncio
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Final

import pytest

from schemas.lifecycle import CaseState
from services.commands.backups.counting_anew import count_from_today
from services.desk.domain.public_numbers import Part
from services.desk.handlers import STAGE
from services.desk.migrations import HISTORY as DESKS
from services.desk.store import public_numbers
from services.desk.store.anew import begin_anew
from services.desk.store.lists import VIEW
from services.desk.store.public_numbers import Days
from services.desk.use_cases.counting_for_all import count_for_all
from tests.support.databases import Place
from tests.support.explained import explained
from tests.support.notifier import the_plan
from tests.support.public_numbers import (
    GRIDS,
    KEPT_BACK,
    counting,
    heard,
    look,
    plan_that_counts,
    told,
)
from tests.support.shown import DeskBench

FIRST: Final = date(2026, 1, 5)
LAST: Final = date(2026, 1, 11)
BEFORE: Final = datetime(2026, 1, 5, 9, tzinfo=the_plan().timezone).astimezone(UTC)
"""On the first day of a week that is counted."""
DURING: Final = BEFORE + timedelta(days=3)
AFTER: Final = BEFORE + timedelta(days=8)
"""On the day after the one on which it can be counted."""
ONE, TWO = GRIDS[:2]

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(autouse=True)
async def begun(desk: DeskBench) -> None:
    """Let a plan turn the page on, on the first day."""
    desk.plan, desk.now = plan_that_counts(public_without=KEPT_BACK), BEFORE
    await look(desk)


class TestCounting:
    async def test_begins_with_the_day_on_which_the_plan_turns_it_on(self, desk: DeskBench) -> None:
        assert await counting(desk) == Days(first_day=FIRST, last_day=LAST)
        await heard(desk, {(ONE, "E0112"): 9}, at=BEFORE - timedelta(days=1))
        desk.now = AFTER
        await look(desk)
        [week] = await told(desk)
        assert (week.first_day, week.last_day, week.areas) == (FIRST, LAST, [])

    async def test_tells_numbers_of_the_cases_of_these_days(self, desk: DeskBench) -> None:
        await heard(desk, {(ONE, "E0112"): 7, (ONE, "E0401"): 1, (TWO, "E0405"): 6}, at=DURING)
        await heard(desk, {(TWO, "E0401"): 4}, at=AFTER)
        desk.now = AFTER
        await look(desk)
        [week] = await told(desk)
        assert week.areas == [Part((ONE,), 8), Part(GRIDS[1:], 6)]
        first, others = week.categories
        assert (first, others.count, "E0405" in others.codes) == (Part(("E0112",), 7), 7, True)
        assert week.least == desk.plan.residents.public_k
        assert await counting(desk) == Days(
            first_day=LAST + timedelta(days=1), last_day=LAST + timedelta(days=7)
        )

    async def test_leaves_out_what_is_no_case_of_theirs(self, desk: DeskBench) -> None:
        await heard(desk, {(ONE, "E0112"): 6}, at=DURING)
        await heard(desk, {(ONE, "E0112"): 5}, at=DURING, exercise=True)
        await heard(desk, {(ONE, KEPT_BACK[0]): 7, ("nowhere", "E0112"): 7}, at=DURING)
        await heard(desk, {(TWO, "E0112"): 9}, at=DURING)
        async with desk.database.write() as conn:
            withdrawn = VIEW.update().where(VIEW.c.grid == TWO)
            await conn.execute(withdrawn.values(state=CaseState.WITHDRAWN))
        desk.now = AFTER
        await look(desk)
        [week] = await told(desk)
        assert [part.count for part in week.areas] == [6]
        assert all(KEPT_BACK[0] not in part.codes for part in week.categories)

    async def test_waits_until_all_is_shown(self, desk: DeskBench) -> None:
        desk.now = AFTER
        for seen in (DURING, AFTER - timedelta(days=1)):
            await look(desk, seen=seen)
            assert await told(desk) == []
        desk.now = AFTER - timedelta(days=1)
        await look(desk, seen=AFTER)
        assert await told(desk) == []
        desk.now = AFTER
        await look(desk)
        assert len(await told(desk)) == 1

    async def test_is_done_once_however_many_look(self, desk: DeskBench) -> None:
        await heard(desk, {(ONE, "E0112"): 8}, at=DURING)
        desk.now = AFTER
        await look(desk, seen=DURING)
        async with asyncio.TaskGroup() as both:
            for _ in range(3):
                both.create_task(look(desk))
        [week] = await told(desk)
        await look(desk)
        assert await told(desk) == [week]

    async def test_reads_the_cases_of_these_days_alone(self, desk: DeskBench) -> None:
        async with desk.database.read() as conn:
            plan = await explained(
                conn, lambda c: public_numbers.registered(c, BEFORE, AFTER, without=KEPT_BACK)
            )
        assert "ix_case_view_newest" in plan


class TestWhatWasTold:
    async def test_stays_whatever_is_corrected_later(self, desk: DeskBench) -> None:
        await heard(desk, {(ONE, "E0112"): 8}, at=DURING)
        desk.now = AFTER
        await look(desk)
        before = await told(desk)
        await heard(desk, {(TWO, "E0405"): 9}, at=DURING)
        desk.now += timedelta(days=1)
        await look(desk)
        assert await told(desk) == before

    async def test_stays_in_a_desk_that_is_built_anew(self, desk: DeskBench) -> None:
        await heard(desk, {(ONE, "E0112"): 8}, at=DURING)
        desk.now = AFTER
        await look(desk)
        before, following = await told(desk), await counting(desk)
        async with desk.database.write() as conn:
            await begin_anew(conn, stage=STAGE)
        # Nothing is counted while nobody knows until when all is shown.
        desk.now += timedelta(days=8)
        await count_for_all(desk.database, desk.plan, now=desk.now)
        assert (await told(desk), await counting(desk)) == (before, following)

    async def test_is_not_told_again_by_a_desk_that_lost_all(
        self, desk: DeskBench, other: DeskBench
    ) -> None:
        await heard(desk, {(ONE, "E0112"): 8}, at=DURING)
        other.plan, other.now = desk.plan, AFTER
        await heard(other, {(ONE, "E0112"): 8}, at=DURING)
        await look(other)
        assert (await told(other), await counting(other)) == (
            [],
            Days(first_day=date(2026, 1, 13), last_day=date(2026, 1, 19)),
        )

    async def test_is_not_told_again_after_a_backup_was_put_back(
        self, desk: DeskBench, place: Place
    ) -> None:
        await heard(desk, {(ONE, "E0112"): 8}, at=DURING)
        await count_from_today(await place.url_of(DESKS))
        desk.now = AFTER
        await look(desk)
        assert (await told(desk), await counting(desk)) == (
            [],
            Days(first_day=date(2026, 1, 13), last_day=date(2026, 1, 19)),
        )

    async def test_is_no_matter_of_a_backup_that_is_older(self, place: Place) -> None:
        await count_from_today(await place.empty())

    @pytest.mark.parametrize("days", [7, 9, 30])
    async def test_has_no_day_twice_when_the_plan_changes(self, desk: DeskBench, days: int) -> None:
        for number in range(12):
            length = 7 if number < 3 else days
            desk.plan = plan_that_counts(public_days=length, public_page=number % 5 != 4)
            desk.now += timedelta(days=6)
            await look(desk)
            await look(desk)
        weeks = await told(desk)
        assert len(weeks) > 1
        counted = Counter(
            one.first_day + timedelta(days=n)
            for one in weeks
            for n in range((one.last_day - one.first_day).days + 1)
        )
        assert {*counted.values()} == {1}


class TestOff:
    async def test_counts_nothing(self, desk: DeskBench) -> None:
        await heard(desk, {(ONE, "E0112"): 8}, at=DURING)
        desk.plan = the_plan()
        await look(desk)
        assert await counting(desk) is None
        desk.now = AFTER
        await look(desk)
        assert await told(desk) == []

    async def test_and_on_again_counts_from_that_day_on(self, desk: DeskBench) -> None:
        desk.plan = the_plan()
        await look(desk)
        desk.plan, desk.now = plan_that_counts(), DURING
        await look(desk)
        assert await counting(desk) == Days(
            first_day=FIRST + timedelta(days=3), last_day=LAST + timedelta(days=3)
        )
