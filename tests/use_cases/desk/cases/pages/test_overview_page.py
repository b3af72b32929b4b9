"""What a supervisor sees at a glance, and where: numbers that lead to what they count."""

import re
from html import unescape

import httpx
import pytest

from schemas.roles import ActingRole
from services.desk.http.site import SESSION
from tests.support.browser.served_desk import served
from tests.support.desk_town import asked, page_of
from tests.support.notifier import case_of
from tests.support.shown import DeskBench, person

HANDLER = person(ActingRole.HANDLER, departments=["urban-management"])
FIRE = person(ActingRole.HANDLER, departments=["fire"])

pytestmark = pytest.mark.timeout(300)


def numbers(text: str) -> list[tuple[str, int]]:
    """Return every number of a page that leads to a list."""
    main = text[text.index("<main") :]
    found = re.findall(r'<a href="(/cases\?[^"]*)">(?:<b>)?(\d+)<', main)
    return [(address, int(number)) for address, number in found]


class TestOverview:
    @pytest.mark.parametrize("path", ["/overview", "/map"])
    async def test_has_no_number_whose_list_has_another(self, town: DeskBench, path: str) -> None:
        found = numbers(await page_of(town, path))
        assert len(found) > 3
        for address, number in found:
            text = await page_of(town, address)
            shown = re.search(r'<ol class="cases">.*</ol>', text, re.DOTALL)
            count = 0 if shown is None else shown[0].count("<time ")
            assert count == number, address

    async def test_says_who_is_late_and_since_when(self, town: DeskBench) -> None:
        text = await page_of(town, "/overview")
        [row] = re.findall(r'<tr [^>]*class="late">.*?</tr>', text, re.DOTALL)
        told = re.sub(r"<[^>]*>|\s+", " ", row).split()
        assert told == ["消防救援", "1", "0", "0", "1", "0", "1", "超时", "1", "小时", "10", "分"]

    async def test_says_the_same_in_the_chart_and_in_words(self, town: DeskBench) -> None:
        text = await page_of(town, "/overview", language="en")
        assert "Today: 8 registered, 1 ended" in text
        assert "<desc" in text

    @pytest.mark.parametrize("path", ["/overview", "/map"])
    async def test_is_not_for_who_sees_some_cases(self, town: DeskBench, path: str) -> None:
        answer = await asked(town, path, HANDLER)
        assert (answer.status_code, "您无权" in unescape(answer.text)) == (403, True)
        assert path not in await page_of(town, "/cases?open=true", HANDLER)

    async def test_is_data_for_who_wants_no_page(self, town: DeskBench) -> None:
        answer = await asked(town, "/overview", accept="application/json")
        assert (answer.json()["open"], answer.json()["late"]) == (7, 1)

    async def test_holds_where_nothing_is(self, desk: DeskBench) -> None:
        for path in ("/overview", "/map"):
            assert numbers(await page_of(desk, path)) == []


class TestWhere:
    async def test_shows_the_case_in_its_grid_with_others(self, town: DeskBench) -> None:
        text = await page_of(town, f"/cases/{case_of('2')}")
        assert "湖滨社区第3网格" in text
        assert f'<a href="/cases/{case_of("4")}" aria-label="燃气泄漏">' in text
        assert 'class="mark-at here"' in text

    async def test_shows_no_case_that_is_not_theirs(self, town: DeskBench) -> None:
        text = await page_of(town, f"/cases/{case_of('4')}", FIRE)
        assert str(case_of("2")) not in text
        assert "本网格没有其他在办案件" in text

    async def test_of_a_case_without_a_point_is_its_grid(self, town: DeskBench) -> None:
        text = await page_of(town, f"/cases/{case_of('5')}")
        assert 'class="area quiet chosen"' in text
        assert 'class="mark-at here"' not in text


class TestLive:
    @pytest.mark.parametrize(
        ("path", "parts"),
        [
            ("/overview", ["queues", "figures", "overview", "as-of"]),
            ("/map", ["queues", "counts", "as-of"]),
        ],
    )
    async def test_has_what_it_needs_to_read_itself_anew_and_no_more(
        self, town: DeskBench, path: str, parts: list[str]
    ) -> None:
        async with served(town.database) as there:
            first = await there.desk.let_in("chen", ActingRole.SUPERVISOR)
            token, _ = await there.desk.with_factor(first)
            position = there.hub.position
            headers = {"Cookie": f"{SESSION}={token}", "Accept": "text/html"}
            async with httpx.AsyncClient(trust_env=False) as browser:
                text = (await browser.get(f"{there.url}{path}", headers=headers)).text
        [main] = re.findall("<main[^>]*>", text)
        assert dict(re.findall(r'(data-\w+)="([^"]*)"', main)) == {
            "data-live": path,
            "data-position": position,
            "data-person": "chen",
            "data-rest": "10000",
        }
        assert re.findall(r'id="([\w-]+)" data-part', text) == parts
        assert 'id="live"' in text
        assert not re.findall('id="(?:news|sound|found)"|data-keep', text)
