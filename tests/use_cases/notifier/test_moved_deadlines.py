"""Deadlines of open cases that a new calendar moves: counted anew, and told once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from schemas.events.case import CaseEscalated, CaseReminded
from schemas.events.clocks import CaseDeadlineMoved
from schemas.vocabulary import MAX_LEVEL
from services.notifier.domain.clocks import TimerKind
from services.notifier.store import reading
from services.notifier.use_cases.recounting import recount
from tests.model.minutes import instant, minute_of, reached
from tests.support.calendars import without_table
from tests.support.notifier import (
    NotifierBench,
    Told,
    assigned,
    case_of,
    registered,
    the_plan,
)

LEAD, HELP = "urban-management", "police"
HOUR = timedelta(hours=1)


def local(text: str) -> datetime:
    """Return an instant by the plan's clock on the wall, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=the_plan().timezone).astimezone(UTC)


NEW_YEARS_EVE = local("2026-12-31 17:30")
FRIDAY, MONDAY = local("2027-01-01 09:30"), local("2027-01-04 09:30")


@pytest.fixture
async def bench(bench: NotifierBench) -> NotifierBench:
    """Return a bench that does not know the holidays of 2027 yet."""
    bench.plan = without_table("cn-2027")
    return bench


async def report(bench: NotifierBench, *, limit: str = "2 WH") -> None:
    bench.now = NEW_YEARS_EVE
    at = bench.now
    await bench.tell(
        registered(at=at), assigned(LEAD, limit_text=limit, at=at, sign_seconds=864_000)
    )


async def learn(bench: NotifierBench) -> tuple[int, Told]:
    """Let the plan have all tables; returns how many cases are looked at, and what is told then."""
    bench.plan = the_plan()
    found = await recount(bench.database, plan=bench.plan, stage="notifier.cases", now=bench.now)
    return found, await bench.pass_time(seconds=5)


async def due_by(bench: NotifierBench) -> datetime | None:
    async with bench.database.read() as conn:
        found = await reading.case(conn, case_of())
    assert found is not None
    due: datetime | None = found["due_by"]
    return due


class TestTableThatComes:
    async def test_moves_the_deadline_and_says_so_with_both_instants(
        self, bench: NotifierBench
    ) -> None:
        """Who did not know that 1 January rests had counted it as a working Friday."""
        await report(bench)
        assert await due_by(bench) == FRIDAY
        found, told = await learn(bench)
        assert (found, told.kinds) == (1, ["case.deadline_moved"])
        [moved] = told.facts(CaseDeadlineMoved)
        assert (moved.before, moved.after) == (FRIDAY, MONDAY)
        assert (moved.department, moved.reason) == (LEAD, "calendar_changed")
        assert moved.plan_version == the_plan().version
        [notice] = told.notices()
        assert (notice.template, notice.recipient) == ("deadline_moved", f"department:{LEAD}")
        assert "is due by 2027-01-04 09:30 +08:00 and not by 2027-01-01 09:30" in notice.text_en
        assert notice.text_en.endswith("the plan's calendar changed.")
        assert await due_by(bench) == MONDAY

    async def test_moves_reminder_and_level_with_it(self, bench: NotifierBench) -> None:
        await report(bench)
        await bench.say(LEAD, "accepted", "started")
        await learn(bench)
        timers = await bench.timers()
        assert timers[TimerKind.OVERDUE] == MONDAY
        assert timers[TimerKind.REMIND] == MONDAY - HOUR * 2 / 5
        bench.now = FRIDAY
        assert (await bench.pass_time(hours=0)).kinds == []
        bench.now = MONDAY
        late = await bench.pass_time(hours=0)
        assert (len(late.facts(CaseReminded)), len(late.facts(CaseEscalated))) == (0, 1)

    async def test_reminds_again_who_was_reminded_of_the_old_end(
        self, bench: NotifierBench
    ) -> None:
        await report(bench)
        bench.now = FRIDAY - HOUR * 2 / 5
        assert (await bench.pass_time(hours=0)).kinds == ["case.reminded"]
        await learn(bench)
        bench.now = MONDAY - HOUR * 2 / 5
        assert (await bench.pass_time(hours=0)).kinds == ["case.reminded"]

    async def test_tells_of_a_far_overrun_when_that_comes_by_the_days_of_now(
        self, bench: NotifierBench
    ) -> None:
        """The end that ran out stays; what is three times the limit is counted anew."""
        await report(bench)
        bench.now = FRIDAY
        await bench.pass_time(hours=0)
        far = (await bench.timers())[TimerKind.OVERDUE_FAR]
        assert far == FRIDAY + 6 * HOUR  # two working hours before the break and two after it
        await learn(bench)
        bench.now = far
        assert (await bench.pass_time(hours=0)).kinds == []
        bench.now = (await bench.timers())[TimerKind.OVERDUE_FAR]
        assert bench.now == MONDAY + 6 * HOUR
        [raised] = (await bench.pass_time(hours=0)).facts(CaseEscalated)
        assert raised.level == MAX_LEVEL

    async def test_moves_no_time_to_sign_that_was_told(self, bench: NotifierBench) -> None:
        at = bench.now = NEW_YEARS_EVE
        told: dict[str, Any] = {"helpers_sign_by": FRIDAY, "sign_seconds": (FRIDAY - at).seconds}
        await bench.tell(registered(at=at), assigned(LEAD, HELP, limit_text="90 ND", at=at, **told))
        await learn(bench)
        bench.now = FRIDAY
        told_then = (await bench.pass_time(hours=0)).kinds
        assert {"part.asked_again", "assignment.expired"} <= {*told_then}

    async def test_asks_a_co_handler_again_when_that_has_more_time(
        self, bench: NotifierBench
    ) -> None:
        """Of an offer from before the router told until when it is to be signed for."""
        bench.now = NEW_YEARS_EVE
        offered = assigned(LEAD, HELP, limit_text="90 ND", at=bench.now, sign_seconds=8_640_000)
        await bench.tell(registered(at=bench.now), offered)
        assert (await bench.timers())[TimerKind.PART] == FRIDAY
        await learn(bench)
        bench.now = FRIDAY
        assert (await bench.pass_time(hours=0)).kinds == []
        bench.now = MONDAY
        assert (await bench.pass_time(hours=0)).kinds == ["part.asked_again"]

    async def test_is_told_once(self, bench: NotifierBench) -> None:
        await report(bench)
        assert (await learn(bench))[0] == 1
        assert (await learn(bench))[0] == 0


class TestPartThatIsWaitedFor:
    """Its time, too, rests while nobody works; a slow count of minutes says until when."""

    async def wait(self, bench: NotifierBench, limit: str, *, minutes: int = 0) -> None:
        """Let the lead wait some minutes before the evening, or after."""
        at = bench.now = NEW_YEARS_EVE
        offered = assigned(LEAD, HELP, limit_text=limit, at=at, sign_seconds=864_000)
        await bench.tell(registered(at=at), offered)
        bench.now += timedelta(minutes=minutes)
        await bench.say(LEAD, "accepted", "started")
        await bench.say(HELP, "accepted")
        await bench.say(LEAD, "blocked")

    @pytest.mark.parametrize("limit", ["15 min", "2 WH", "7 WH", "3 WD", "40 WH"])
    @pytest.mark.parametrize("minutes", [0, 20, 60])
    async def test_has_it_by_the_days_of_now(
        self, bench: NotifierBench, limit: str, minutes: int
    ) -> None:
        await self.wait(bench, limit, minutes=minutes)
        amount, unit = limit.split()
        begun = round(minute_of(bench.now) or 0)
        spent = int(amount) * {"min": 1, "WH": 60, "WD": 8 * 60}[unit]
        slowly = instant(reached(unit, begun, spent))
        before = (await bench.timers())[TimerKind.BLOCKED]
        found, told = await learn(bench)
        moved = [(one.before, one.after) for one in told.facts(CaseDeadlineMoved)]
        assert moved == ([(before, slowly)] if before != slowly else [])
        assert found == len(moved)
        assert (await bench.timers())[TimerKind.BLOCKED] == slowly

    async def test_has_it_told_to_whose_it_is(self, bench: NotifierBench) -> None:
        await self.wait(bench, "2 WH")
        _, told = await learn(bench)
        [moved] = told.facts(CaseDeadlineMoved)
        assert (moved.department, moved.clock) == (HELP, "part")
        [notice] = told.notices()
        assert (notice.template, notice.recipient) == ("part_moved", f"department:{HELP}")
        assert "is due by 2027-01-04 09:30 +08:00 and not by 2027-01-01 09:30" in notice.text_en
        assert (await learn(bench))[0] == 0
        bench.now = MONDAY
        assert "case.unblocked" in (await bench.pass_time(hours=0)).kinds

    async def test_has_what_was_left_when_it_is_waited_for_again(
        self, bench: NotifierBench
    ) -> None:
        await self.wait(bench, "2 WH")
        bench.now += timedelta(minutes=20)
        await bench.say(LEAD, "unblocked")
        await bench.say(LEAD, "blocked")
        await learn(bench)
        assert (await bench.timers())[TimerKind.BLOCKED] == MONDAY

    async def test_that_ran_out_stays_so(self, bench: NotifierBench) -> None:
        await self.wait(bench, "2 WH")
        bench.now = FRIDAY
        found, told = await learn(bench)
        assert (found, told.facts(CaseDeadlineMoved)) == (0, [])


class TestClocksThatAreShown:
    """What a person checks is what the notifier goes by, whatever plan was in force when."""

    async def test_keep_what_was_counted_before_they_stood(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        bench.now = FRIDAY - HOUR
        offered = assigned(LEAD, HELP, limit_text="4 WH", at=bench.now, sign_seconds=864_000)
        await bench.tell(registered(at=bench.now), offered)
        await bench.say(LEAD, "accepted", "started")
        await bench.say(HELP, "accepted")
        bench.now = FRIDAY + HOUR
        await bench.say(LEAD, "blocked")
        await learn(bench)
        bench.now = MONDAY
        await bench.say(LEAD, "unblocked")
        [shown] = (await client.get(f"/cases/{case_of()}/clocks")).json()["handling"]
        assert (shown["used_seconds"], shown["left_seconds"]) == (7200, 7200)
        assert [run["used_after_seconds"] for run in shown["runs"]] == [7200, 7200]
        assert datetime.fromisoformat(shown["due_by"]) == await due_by(bench)

    async def test_keep_an_end_that_was_over(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await report(bench)
        await bench.say(LEAD, "accepted", "started")
        bench.now = FRIDAY
        await bench.pass_time(hours=0.1)
        await learn(bench)
        found = (await client.get(f"/cases/{case_of()}/clocks")).json()
        [shown], own = found["handling"], found["own_clocks"][0]
        assert datetime.fromisoformat(shown["due_by"]) == await due_by(bench) == FRIDAY
        assert (shown["colour"], own["clock"], own["late"]) == ("red", "handling", True)


class TestCaseThatTheCalendarDoesNotTouch:
    @pytest.mark.parametrize("limit", ["2 UH", "1 ND", "30 min"])
    async def test_of_a_limit_that_runs_on(self, bench: NotifierBench, limit: str) -> None:
        await report(bench, limit=limit)
        found, told = await learn(bench)
        assert (found, told.facts(CaseDeadlineMoved)) == (0, [])

    async def test_that_is_due_before_the_days_that_changed(self, bench: NotifierBench) -> None:
        await report(bench, limit="1 WH")
        bench.now -= timedelta(days=7)
        await bench.tell(
            registered(report="2", at=bench.now),
            assigned(LEAD, report="2", limit_text="2 WH", at=bench.now),
        )
        found, told = await learn(bench)
        moved = [one.case_id for one in told.facts(CaseDeadlineMoved)]
        assert (found, moved) == (1, [case_of("1")])

    async def test_that_is_said_done_or_closed(self, bench: NotifierBench) -> None:
        await report(bench)
        await bench.say(LEAD, "accepted", "started", "done")
        assert (await learn(bench))[0] == 0

    async def test_that_ran_out_already_stays_overdue(self, bench: NotifierBench) -> None:
        await report(bench)
        bench.now = FRIDAY
        assert "case.escalated" in (await bench.pass_time(hours=0)).kinds
        assert (await learn(bench))[0] == 0
        assert await due_by(bench) == FRIDAY
