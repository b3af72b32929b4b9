"""Limits in working hours and days: they rest when people rest, and say until when exactly."""

from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.events.assignment import CaseAssigned
from schemas.events.case import CaseEscalated, CaseRegistered, CaseReminded, CaseReturned
from schemas.plan import LimitUnit, Plan, Working
from schemas.plan.handling_clock import HandlingClock
from services.notifier.store import files, reading
from services.notifier.store.rows import case_of as case_in
from services.notifier.sweeps import show_calendar
from tests.support.notifier import NotifierBench, Told, assigned, case_of, registered, the_plan

FIRE = "fire"
HOUR = timedelta(hours=1)


def local(text: str) -> datetime:
    """Return an instant by the plan's clock on the wall, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=the_plan().timezone).astimezone(UTC)


FRIDAY = local("2026-05-15 17:30")
MONDAY = local("2026-05-18 09:30")


def lane(at: datetime) -> CaseRegistered:
    """Return a fire lane that is reported to be blocked."""
    return registered("E0496", at=at)


def offered(at: datetime, limit: str = "2 WH", **changes: Any) -> CaseAssigned:
    """Return its assignment to the fire department; they have five days to sign."""
    return assigned(
        FIRE, category="E0496", limit_text=limit, at=at, sign_seconds=432_000, **changes
    )


async def reported(bench: NotifierBench, at: datetime, limit: str = "2 WH") -> Told:
    bench.now = at
    return await bench.tell(lane(at), offered(at, limit))


async def go_to(bench: NotifierBench, at: datetime) -> Told:
    """Let time pass until an instant, then fire what is due."""
    return await bench.pass_time(seconds=(at - bench.now).total_seconds())


async def due_by(bench: NotifierBench) -> datetime | None:
    async with bench.database.read() as conn:
        found = await reading.case(conn, case_of())
    assert found is not None
    due: datetime | None = found["due_by"]
    return due


class TestBlockedFireLane:
    """Reported on Friday at 17:30 with a limit of two working hours."""

    async def test_is_due_on_monday_at_half_past_nine(self, bench: NotifierBench) -> None:
        told = await reported(bench, FRIDAY)
        assert await due_by(bench) == MONDAY
        [notice] = [n for n in told.notices("offered") if n.recipient == "department:fire"]
        assert notice.due_by == MONDAY
        assert "finish by 2026-05-18 09:30" in notice.text_en
        assert "2026-05-18 09:30 +08:00前办结" in notice.text_zh

    async def test_leaves_everybody_in_peace_over_the_weekend(self, bench: NotifierBench) -> None:
        await reported(bench, FRIDAY)
        await bench.say(FIRE, "accepted", "started")
        assert (await go_to(bench, MONDAY - HOUR / 2)).kinds == []
        [reminded] = (await go_to(bench, MONDAY - HOUR * 2 / 5)).facts(CaseReminded)
        assert reminded.due_by == MONDAY
        [escalated] = (await go_to(bench, MONDAY)).facts(CaseEscalated)
        assert (escalated.level, escalated.due_by) == (1, MONDAY)
        far = await go_to(bench, local("2026-05-18 15:30"))
        assert [e.level for e in far.facts(CaseEscalated)] == [3]

    async def test_is_due_on_a_saturday_that_is_made_up_for(self, bench: NotifierBench) -> None:
        """9 May 2026 is worked, for the fifth day of the May holidays."""
        await reported(bench, local("2026-05-08 17:30"))
        assert await due_by(bench) == local("2026-05-09 09:30")

    async def test_waits_for_the_end_of_the_holidays(self, bench: NotifierBench) -> None:
        await reported(bench, local("2026-04-30 17:30"))
        assert await due_by(bench) == local("2026-05-06 09:30")

    async def test_of_a_department_that_always_works_is_due_the_same_evening(
        self, bench: NotifierBench
    ) -> None:
        bench.plan = always_working(FIRE)
        await reported(bench, FRIDAY)
        assert await due_by(bench) == FRIDAY + 2 * HOUR


def always_working(department: str) -> Plan:
    """Return the plan with a department that works day and night, in the week and at weekends."""
    week = Working.model_validate({"days": ["all"], "periods": ["00:00-24:00"]})
    plan = the_plan()
    changed = plan.department(department).model_copy(update={"working": week})
    departments = {**plan.departments, department: changed}
    return Plan.model_validate(dict(plan) | {"departments": departments})


class TestGasLeakAtNightOnAHoliday:
    async def test_has_one_hour_that_runs_on(self, bench: NotifierBench) -> None:
        night = bench.now = local("2026-10-01 02:00")
        await bench.tell(
            registered("E0502", at=night),
            assigned(FIRE, category="E0502", limit_text="1 UH", at=night),
        )
        assert await due_by(bench) == local("2026-10-01 03:00")
        assert "case.escalated" in (await bench.pass_time(hours=1)).kinds


class TestPause:
    async def test_keeps_what_was_used_of_working_time(self, bench: NotifierBench) -> None:
        """Half an hour on Friday and half an hour on Monday are gone when it is declined."""
        await reported(bench, FRIDAY)
        await go_to(bench, local("2026-05-18 08:30"))
        [returned] = (await bench.say(FIRE, "declined")).facts(CaseReturned)
        assert returned.left_seconds == HOUR.total_seconds()
        assert await due_by(bench) is None
        again = local("2026-05-18 17:30")
        await go_to(bench, again)
        await bench.tell(offered(again, round_=2, resumes=True))
        assert await due_by(bench) == local("2026-05-19 08:30")

    async def test_ends_with_a_fresh_limit_for_another_department(
        self, bench: NotifierBench
    ) -> None:
        await reported(bench, FRIDAY)
        await bench.say(FIRE, "declined")
        await bench.tell(
            assigned("police", category="E0496", limit_text="2 WH", at=bench.now, round_=2)
        )
        assert await due_by(bench) == MONDAY


class TestRework:
    async def test_has_at_least_half_of_the_limit_in_working_time(
        self, bench: NotifierBench
    ) -> None:
        await reported(bench, local("2026-05-15 16:00"))
        await bench.say(FIRE, "accepted", "started")
        await go_to(bench, local("2026-05-15 17:45"))
        await bench.say(FIRE, "done")
        await bench.say("supervision", "check_failed")
        assert await due_by(bench) == local("2026-05-18 08:45")


class TestFiveWorkingDays:
    async def test_end_a_week_later_at_the_same_time(self, bench: NotifierBench) -> None:
        await reported(bench, FRIDAY, "5 WD")
        assert await due_by(bench) == local("2026-05-22 17:30")

    async def test_are_longer_by_the_holidays_in_them(self, bench: NotifierBench) -> None:
        """1, 4 and 5 May rest, 9 May is worked."""
        await reported(bench, local("2026-04-29 17:30"), "5 WD")
        assert await due_by(bench) == local("2026-05-09 17:30")


class TestYearWithoutTable:
    async def test_is_shown_from_october_of_the_year_before(self, bench: NotifierBench) -> None:
        seen = []
        for day in ("2027-09-30 23:59", "2027-10-01 00:00"):
            bench.now = local(day)
            await show_calendar(lambda: bench.plan, metrics=bench.metrics, clock=lambda: bench.now)
            seen.append(bench.counted("tongxin_calendar_assumed_years"))
        assert seen == [0, 1]


class TestClockOfBeforeThereWereCalendars:
    async def test_runs_on_as_it_began(self, bench: NotifierBench) -> None:
        await reported(bench, FRIDAY)
        async with bench.database.read() as conn:
            row = await reading.case(conn, case_of())
        assert row is not None
        assert row["handling_unit"] == LimitUnit.WORK_HOUR
        before = case_in(row | {"handling_unit": None})
        before.count_by(bench.plan, department=FIRE)
        assert before.clock == HandlingClock(limit=2 * HOUR, since=FRIDAY)
        assert before.clock.due_by == FRIDAY + 2 * HOUR

    async def test_is_due_when_it_was_told_though_the_plan_changed(
        self, bench: NotifierBench
    ) -> None:
        await reported(bench, FRIDAY)
        bench.plan = always_working(FIRE)
        async with bench.database.write() as conn:
            found = (await files.load_files(conn, [case_of()]))[case_of()]
        assert found.case.due_by == MONDAY
