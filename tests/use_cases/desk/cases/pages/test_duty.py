"""Who is on call, by the plan, for whoever sees all cases."""

import re

from schemas.plan import Plan
from schemas.roles import ActingRole
from tests.support.desk_town import asked, page_of
from tests.support.notifier import the_plan
from tests.support.shown import DeskBench, person

HANDLER = person(ActingRole.HANDLER, departments=["court"])


def plan_without(head: str, *duty_of: str) -> Plan:
    """Return the plan without the head of a department, and without the shifts of some."""
    departments = {**the_plan().departments}
    departments[head] = departments[head].model_copy(update={"head": None})
    for code in duty_of:
        departments[code] = departments[code].model_copy(update={"duty": ()})
    return the_plan().model_copy(update={"departments": departments})


def rows(text: str) -> list[tuple[str, str]]:
    """Return each department, and all that its row says."""
    found = re.findall(r'<li id="of-([^"]+)">(.*?)</li>', text, re.DOTALL)
    return [(code, " ".join(re.sub("<[^>]*>", " ", row).split())) for code, row in found]


class TestDuty:
    async def test_says_whom_each_department_on_call_asks_now(self, desk: DeskBench) -> None:
        found = rows(await page_of(desk, "/duty", language="en"))
        on_call = {c for c, one in the_plan().departments.items() if not one.tier.is_staffed}
        assert {code for code, _ in found} == on_call
        assert all("until" in told or "the head" in told for _, told in found)

    async def test_has_first_whom_nobody_answers_for(self, desk: DeskBench) -> None:
        desk.plan = plan_without("court", "court", "justice")
        text = await page_of(desk, "/duty", language="en")
        (first, nobody), (second, by_head), *_ = rows(text)
        assert (first, second) == ("court", "justice")
        assert "Nobody: cases go to" in nobody
        assert "the head" in by_head
        assert re.search(r'href="/duty"[^>]*><span>On call</span> <b class="count">1</b>', text)

    async def test_counts_nobody_where_each_has_somebody(self, desk: DeskBench) -> None:
        text = await page_of(desk, "/duty", language="en")
        assert re.search(r'href="/duty"[^>]*><span>On call</span></a>', text)

    async def test_is_not_for_who_sees_some_cases(self, desk: DeskBench) -> None:
        assert (await asked(desk, "/duty", HANDLER)).status_code == 403
        assert "/duty" not in await page_of(desk, "/cases?open=true", HANDLER)
