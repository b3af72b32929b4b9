"""Lists of cases as pages: a role's queues with their counts, and what narrows them."""

import re
from datetime import timedelta
from html import unescape

import pytest

from schemas.events.incident import Place
from schemas.roles import ActingRole
from services.access.actor import Actor
from tests.support.desk_town import HOSTILE, asked, page_of
from tests.support.followed import FollowedBench
from tests.support.notifier import NOON, assigned, case_of, registered
from tests.support.shown import SUPERVISOR, DeskBench, person

HANDLER = person(ActingRole.HANDLER, departments=["urban-management"])
POLICE = person(ActingRole.HANDLER, id_="li.wei", departments=["police"])
DISPATCHER = person(ActingRole.DISPATCHER, id_="zhao-min")

pytestmark = pytest.mark.timeout(300)


def counts(text: str) -> dict[str, str]:
    """Return how many cases each queue of a page says it has."""
    return dict(re.findall(r"<span>([^<]*)</span> <b class=.count.>([^<]*)</b>", text))


def shown(text: str) -> list[str]:
    """Return the titles of the cases on a page, the newest first."""
    found = re.search(r'<ol class="cases">.*</ol>', text, re.DOTALL)
    return [] if found is None else re.findall(r"<b>([^<]+)</b> ", found[0])


def red_of(text: str) -> list[str]:
    """Return which cases of a page have a red clock."""
    rows = re.findall(r'<li id="case-([^"]*)">(.*?)</li>', text, re.DOTALL)
    return [id_ for id_, row in rows if 'class="clock red"' in row]


class TestStart:
    @pytest.mark.parametrize(
        ("actor", "leads_to"),
        [
            (HANDLER, "/cases?unsigned=true"),
            (DISPATCHER, "/cases?unheld=true"),
            (SUPERVISOR, "/overview"),
            (person(ActingRole.SHIFT_LEAD), "/cases?requested=true"),
            (person(ActingRole.ACCEPTOR), "/cases?triage=true&open=true"),
            (person(ActingRole.EVALUATOR), "/cases?late=true"),
            (person(ActingRole.COLLECTOR), "/cases?unsigned=true"),
            (person(ActingRole.DEPARTMENT), "/cases?unsigned=true"),
            (person(ActingRole.ADMINISTRATOR), "/people"),
            (person(ActingRole.OPERATOR), "/me"),
        ],
        ids=lambda value: "" if isinstance(value, str) else "-".join(sorted(value.roles)),
    )
    async def test_is_what_a_role_sees_first(
        self, desk: DeskBench, actor: Actor, leads_to: str
    ) -> None:
        answer = await asked(desk, "/", actor)
        assert (answer.status_code, answer.headers["location"]) == (303, leads_to)


class TestQueues:
    async def test_of_a_department_are_its_own(self, town: DeskBench) -> None:
        text = await page_of(town, "/cases?open=true", HANDLER)
        assert counts(text) == {"待签收": "4", "我的": "0", "本部门": "7", "已超时": "1"}
        assert 'aria-current="page">' in text

    async def test_of_a_dispatcher_are_what_needs_a_person(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        await bench.tell(
            registered(report="1", place=Place(address="某路边")),
            registered("E9999", report="2", triage=True),
            registered(report="3"),
            assigned("urban-management", report="3"),
        )
        await bench.say("urban-management", "declined", report="3", reason="not ours")
        text = await page_of(desk, "/cases?unplaced=true", DISPATCHER)
        told = {"无人接办": "3", "待分拣": "1", "未定位": "1", "被退回": "1", "待审批": "0"}
        assert counts(text) == told | {"已超时": "0", "督办": "0", "全部在办": "3"}
        assert len(shown(text)) == 1
        assert len(shown(await page_of(desk, "/cases?state=returned", DISPATCHER))) == 1

    async def test_of_a_supervisor_are_of_all(self, town: DeskBench) -> None:
        text = await page_of(town, "/cases?open=true")
        told = {"已超时": "1", "待审批": "0", "督办": "1", "无人接办": "0", "全部在办": "7"}
        assert counts(text) == told

    async def test_count_no_further_than_anybody_reads(
        self, bench: FollowedBench, desk: DeskBench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.desk.pages.frame.MOST_COUNTED", 2)
        await bench.tell(*(registered(report=str(n)) for n in range(4)))
        assert counts(await page_of(desk, "/cases?open=true"))["全部在办"] == "2+"


class TestLate:
    """Late is who has the move and did not make it in time: on every page."""

    @pytest.mark.parametrize(
        "actor", [SUPERVISOR, HANDLER, POLICE], ids=["supervisor", "handler", "helper"]
    )
    @pytest.mark.parametrize("hours", [0, 1, 2, 4, 20, 300])
    async def test_are_the_red_rows_the_list_and_its_count(
        self, town: DeskBench, hours: float, actor: Actor
    ) -> None:
        town.now += timedelta(hours=hours)
        everything = await page_of(town, "/cases?open=true", actor)
        late = await page_of(town, "/cases?late=true", actor)
        red = red_of(everything)
        assert red == red_of(late)
        assert len(red) == len(shown(late)) == int(counts(late)["已超时"])
        assert len(red) < len(shown(everything)) or hours > (2 if actor is POLICE else 20)

    @pytest.mark.parametrize("hours", [0, 4, 20])
    async def test_is_what_the_day_counts(self, town: DeskBench, hours: float) -> None:
        town.now += timedelta(hours=hours)
        text = await page_of(town, "/overview")
        [told] = re.findall(r'href="/cases\?late=true&exercise=false">\s*<b>(\d+)', text)
        assert told == counts(text)["已超时"]

    async def test_is_so_after_the_limit_and_not_at_it(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        await bench.tell(registered())
        desk.now = NOON + desk.plan.limits.dispatch
        assert counts(await page_of(desk, "/cases?open=true"))["已超时"] == "0"
        assert red_of(await page_of(desk, "/cases?open=true")) == []
        desk.now += timedelta(seconds=1)
        text = await page_of(desk, "/cases?open=true")
        assert (counts(text)["已超时"], len(red_of(text))) == ("1", 1)


class TestList:
    async def test_shows_whose_move_each_is_and_how_long_still(self, town: DeskBench) -> None:
        text = await page_of(town, "/cases?open=true")
        assert shown(text)[:2] == ["道路不洁", "路灯不亮"]
        for told in (
            "剩 2 小时 30 分",
            "超时 1 小时 10 分",
            "剩 1 小时 55 分（工作时间）",
            "特急",
            "2 人反映",
        ):
            assert told in text

    async def test_shows_who_helps_the_clock_of_its_own_part(self, town: DeskBench) -> None:
        text = await page_of(town, "/cases?unsigned=true", POLICE)
        assert shown(text) == ["道路不洁"]
        assert "剩 2 小时 25 分" in text
        assert "签收，今天 15:55 前" in text
        page = await page_of(town, f"/cases/{case_of('5')}", POLICE)
        assert "协办 · 待签收 · 签收，今天 15:55 前" in page
        assert "签收，今天 15:55 前" not in await page_of(town, "/cases?open=true")

    async def test_is_in_english_for_who_asks_for_it(self, town: DeskBench) -> None:
        text = await page_of(town, "/cases?late=true", language="en")
        assert '<html lang="en">' in text
        assert (shown(text), "1 h 10 min late" in text) == (["Gas leak"], True)

    async def test_finds_words_within_the_list_it_stands_on(self, town: DeskBench) -> None:
        form = "/cases?supervised=true&open=true&text=%E4%BA%95%E7%9B%96&state=&late="
        text = await page_of(town, form)
        assert shown(text) == ["路灯不亮"]
        assert '<input type="hidden" name="supervised" value="true">' in text
        assert 'value="井盖"' in text

    async def test_goes_on_after_a_page_and_back(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        await bench.tell(
            *(registered(report=str(n), at=NOON + timedelta(n)) for n in range(3)),
            assigned(report="0"),
        )
        first = await page_of(desk, "/cases?open=true&limit=2")
        [following] = re.findall(r'href="([^"]*)" rel="next"', first)
        rest = await page_of(desk, unescape(following))
        assert [len(shown(first)), len(shown(rest))] == [2, 1]
        assert 'href="/cases?open=true"' in rest

    async def test_says_what_is_wrong_with_an_address(self, desk: DeskBench) -> None:
        answer = await asked(desk, "/cases?level=9")
        assert (answer.status_code, "查找条件有误：level" in answer.text) == (422, True)
        answer = await asked(desk, "/cases?after=x")
        assert (answer.status_code, "查找条件有误：after" in answer.text) == (422, True)

    async def test_says_that_it_is_empty(self, desk: DeskBench) -> None:
        assert "这里没有案件。" in await page_of(desk, "/cases?open=true")
        assert "没有符合条件的案件。" in await page_of(desk, "/cases?text=x")

    async def test_shows_only_what_somebody_may_see(self, town: DeskBench) -> None:
        police = person(ActingRole.HANDLER, departments=["police"])
        assert shown(await page_of(town, "/cases?open=true", police)) == ["道路不洁", "燃气泄漏"]

    async def test_is_data_to_everybody_else(self, desk: DeskBench) -> None:
        answer = await asked(desk, "/cases", accept="application/json")
        assert answer.headers["content-type"] == "application/json"

    async def test_takes_no_text_for_a_page(self, town: DeskBench) -> None:
        text = (await asked(town, "/cases?open=true")).text
        assert HOSTILE not in text
        assert "&lt;script&gt;alert" in text


class TestCase:
    async def test_shows_all_that_is_known(self, town: DeskBench) -> None:
        text = await page_of(town, f"/cases/{case_of('4')}")
        for told in (
            "燃气泄漏",
            "Gas leak",
            "湖滨东路 66 号 3 栋",
            "消防救援",
            "主办",
            "协办",
            "处置后照片",
        ):
            assert told in text
        assert text.index("升至2级") < text.index("消防救援已签收")

    async def test_is_no_page_for_who_may_not_see_it(self, town: DeskBench) -> None:
        court = person(ActingRole.HANDLER, departments=["court"])
        answer = await asked(town, f"/cases/{case_of('4')}", court)
        assert (answer.status_code, "没有此页" in answer.text) == (404, True)
        assert answer.headers["content-type"].startswith("text/html")

    async def test_of_a_report_that_joined_is_the_one_it_joined(self, town: DeskBench) -> None:
        assert "路灯不亮" in await page_of(town, f"/cases/{case_of('21')}")

    async def test_shows_a_source_its_own_reports_alone(self, town: DeskBench) -> None:
        other = person(ActingRole.COLLECTOR, sources=["hotline-12345"])
        text = await page_of(town, f"/cases/{case_of('2')}", other)
        assert "hotline-12345 / 21" in text
