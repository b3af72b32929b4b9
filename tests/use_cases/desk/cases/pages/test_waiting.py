"""A part that the lead waits for: its clock on lists and on the case's page, also when it moves."""

import re
from datetime import UTC, datetime, timedelta

from schemas.roles import ActingRole
from services.notifier.handlers import STAGE
from services.notifier.use_cases.recounting import recount
from tests.support.calendars import without_table
from tests.support.desk_town import page_of
from tests.support.followed import FollowedBench
from tests.support.notifier import assigned, case_of, registered, the_plan
from tests.support.shown import SUPERVISOR, DeskBench, person

LEAD, HELP = "urban-management", "police"
PART = "协办(主办等待中)"
HELPER = person(ActingRole.HANDLER, departments=[HELP])
EVE = datetime(2026, 12, 31, 17, 30, tzinfo=the_plan().timezone).astimezone(UTC)
"""Half an hour before a working day ends, after which there is a holiday and a weekend."""


async def wait(bench: FollowedBench) -> None:
    """Let a lead wait for a part for two working hours, before the holidays are told."""
    bench.plan = bench.desk.plan = without_table("cn-2027")
    bench.now = EVE
    offered = assigned(LEAD, HELP, limit_text="2 WH", at=EVE, sign_seconds=864_000)
    await bench.tell(registered(at=EVE), offered)
    await bench.say(LEAD, "accepted", "started")
    await bench.say(HELP, "accepted")
    await bench.say(LEAD, "blocked")


async def learn(bench: FollowedBench) -> None:
    """Let the notifier take the plan that has the holidays."""
    bench.plan = bench.desk.plan = the_plan()
    await recount(bench.database, plan=bench.plan, stage=STAGE, now=bench.now)
    await bench.pass_time(seconds=5)


async def clocks(desk: DeskBench) -> list[tuple[str, str, str]]:
    """Return the case's clock on the co-handler's list and on its page: colour, left, by when."""
    found = []
    for path, actor in (("/cases?open=true", HELPER), (f"/cases/{case_of()}", SUPERVISOR)):
        text = await page_of(desk, path, actor)
        [clock] = re.findall(r'class="clock (\w+)">(.*?)</span>', text, re.DOTALL)
        left, told = re.findall(r"<(?:b|small)>([^<]*)", clock[1])
        found.append((clock[0], left, told))
    return found


class TestPartThatIsWaitedFor:
    async def test_has_the_clock_on_lists_and_on_the_page(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        await wait(bench)
        assert await clocks(desk) == [("resting", "剩 16 小时", f"{PART}，明天 09:30 前")] * 2

    async def test_shows_its_new_end_when_the_calendar_moves_it(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        """The desk has it as the notifier does, on the part too: its bench compares both."""
        await wait(bench)
        bench.watched.append(case_of())
        try:
            await learn(bench)
        finally:
            bench.watched.clear()
        assert (
            await clocks(desk)
            == [("resting", "剩 3 天 15 小时", f"{PART}，2027年1月4日 周一 09:30 前")] * 2
        )

    async def test_is_red_when_it_was_not_done_in_time(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        await wait(bench)
        desk.now = EVE + timedelta(days=5)
        assert (
            await clocks(desk) == [("red", "超时 4 天 8 小时", f"{PART}，1月1日 周五 09:30 前")] * 2
        )
