"""The page of numbers for everybody: what it says, to whom, and that caches may keep it."""

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from html import unescape
from io import StringIO
from itertools import product
from typing import Final

import httpx
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection

from schemas.plan import Plan
from services.access.pace import Pace, Strangers
from services.desk.http.site import Site
from services.desk.pages.public_page import NUMBERS, public_router
from services.kit.sql.database import Database
from tests.support.desk import desk_on
from tests.support.desk_pages import desk_app, frame_of, refuse_by_pages
from tests.support.desk_town import pages_app
from tests.support.notifier import the_plan
from tests.support.public_numbers import KEPT_BACK, plan_that_counts, tell_months
from tests.support.shown import DeskBench
from tests.support.web import talking_to

LAST: Final = date(2026, 1, 3)

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(autouse=True)
async def shown(desk: DeskBench) -> None:
    """Let the plan show numbers of two months to everybody."""
    desk.plan = plan_that_counts()
    await tell_months(desk.database, until=LAST, months=2)


async def asked(
    desk: DeskBench, path: str = "/numbers", *, language: str = "zh", **headers: str
) -> httpx.Response:
    """Return what a browser gets of somebody who is not signed in."""
    told = {"Accept": "text/html", "Accept-Language": language} | headers
    async with talking_to(pages_app(desk, None), token="") as browser:
        return await browser.get(path, headers=told)


async def page_of(desk: DeskBench, path: str = "/numbers", *, language: str = "zh") -> str:
    answer = await asked(desk, path, language=language)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def rows_of(text: str) -> list[list[str]]:
    """Return the cells of all tables of a page."""
    rows = re.findall(r"<tr>(.*?)</tr>", text, re.DOTALL)
    return [[*re.findall(r"<(?:t[hd]|small)[^>]*>([^<]*)(?=<)", row)] for row in rows]


class TestPage:
    async def test_says_how_many_cases_there_were_by_grid_and_by_category(
        self, desk: DeskBench
    ) -> None:
        text = await page_of(desk)
        assert "2025年12月5日至2026年1月3日" in text
        assert "共 272 件" in text
        heads, *rows = rows_of(text)
        end = rows.index(["事项", "件数"])
        grids, kinds = rows[:end], rows[end + 1 :]
        assert (heads, grids[5]) == (["网格", "件数"], ["湖滨社区第7网格", "17"])
        assert grids[1] == ["湖滨社区第2网格 ", "多于平均", "44"]
        assert [row[-1] for row in grids if "至" in row[0] or "与" in row[0]] == ["67", "30", "48"]
        assert sum(int(row[-1]) for row in grids) == sum(int(row[1]) for row in kinds) == 272
        assert kinds[0] == ["道路不洁", "96"]
        assert kinds[-1] == ["其余 49 类事项", "15"]

    async def test_says_the_same_in_english_and_as_a_map(self, desk: DeskBench) -> None:
        text = await page_of(desk, language="en")
        assert "272 cases" in text
        [svg] = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
        assert "Hubin community, grid 6: 23 cases · About average" in svg
        assert "Σ 67" in svg

    async def test_of_an_earlier_time_is_a_link_away(self, desk: DeskBench) -> None:
        text = await page_of(desk)
        [_, (address, days)] = re.findall(r'<a href="(/numbers\?from=[^"]*)"[^>]*>([^<]*)<', text)
        earlier = await page_of(desk, address)
        assert (days, "2025年11月5日至2025年12月4日" in earlier) == (
            "2025年11月5日至2025年12月4日",
            True,
        )

    async def test_of_too_few_cases_has_no_number(self, desk: DeskBench) -> None:
        await tell_months(desk.database, until=LAST, months=1, share=0.03)
        text = await page_of(desk)
        assert "不足 10 件" in text
        assert (rows_of(text), "<svg" in text) == ([], False)

    async def test_says_that_matters_are_left_out_where_some_are(self, desk: DeskBench) -> None:
        private = "涉及个人生活的事项不计入。"
        assert private not in await page_of(desk)
        desk.plan = plan_that_counts(public_without=KEPT_BACK)
        assert private in await page_of(desk)

    async def test_before_anything_was_counted_says_when(self, desk: DeskBench) -> None:
        await tell_months(desk.database, until=LAST, months=0)
        text = await page_of(desk)
        assert "还没有可以公布的数字。" in text
        assert "2026年2月4日起公布" in text

    async def test_names_what_left_the_plan_by_its_code(self, desk: DeskBench) -> None:
        plan = plan_that_counts()
        kept = {code: one for code, one in plan.categories.items() if code != "E0112"}
        # A copy would keep the table of its grids that was made already.
        fields = {name: getattr(plan, name) for name in Plan.model_fields}
        fields |= {"grids": plan.grids[1:], "categories": kept}
        desk.plan = Plan.model_construct(**fields)
        text = await page_of(desk)
        assert f"网格 {plan.grids[0].code}" in text
        assert ["E0112", "96"] in rows_of(text)


class TestSheet:
    async def test_has_the_numbers_of_the_page(self, desk: DeskBench) -> None:
        text = await page_of(desk, language="en")
        [address] = re.findall(r'href="(/numbers\.csv[^"]*)"', text)
        answer = await asked(desk, address, language="en", Accept="*/*")
        assert answer.headers["content-type"].startswith("text/csv")
        heads, *rows = csv.reader(StringIO(answer.content.decode("utf-8-sig")))
        assert heads == ["from", "until", "kind", "codes", "name", "cases"]
        assert {(row[0], row[1]) for row in rows} == {("2025-12-05", "2026-01-03")}
        numbers = [row[-1] for row in rows_of(text) if row[-1] != "Cases"]
        assert [row[-1] for row in rows] == numbers

    @pytest.mark.parametrize("query", ["", "?from=", "?from=2026-01-04", "?from=x"])
    async def test_of_other_days_is_not_there(self, desk: DeskBench, query: str) -> None:
        answer = await asked(desk, f"/numbers.csv{query}", Accept="*/*")
        assert answer.status_code == 404


class TestWhoAsks:
    @pytest.mark.parametrize("path", sorted(NUMBERS))
    async def test_sees_nothing_unless_the_plan_says_so(self, desk: DeskBench, path: str) -> None:
        desk.plan = the_plan()
        address = f"{path}?from=2025-12-05"
        assert (await asked(desk, address)).status_code == 404

    async def test_may_keep_it_and_hears_that_it_is_the_same(self, desk: DeskBench) -> None:
        for path in ("/numbers", "/numbers.csv?from=2025-12-05"):
            answer = await asked(desk, path)
            assert "public" in answer.headers["cache-control"]
            assert "set-cookie" not in answer.headers
            tag = answer.headers["etag"]
            for known in (tag, f'"x", W/{tag}'):
                again = await asked(desk, path, **{"If-None-Match": known})
                assert (again.status_code, again.content) == (304, b"")
                assert (again.headers["etag"], again.headers["vary"]) == (
                    tag,
                    answer.headers["vary"],
                )
            other = await asked(desk, path, language="en", **{"If-None-Match": tag})
            assert other.status_code == 200

    async def test_hears_of_what_is_new(self, desk: DeskBench) -> None:
        tag = (await asked(desk)).headers["etag"]
        await tell_months(desk.database, until=LAST, months=1)
        assert (await asked(desk, **{"If-None-Match": tag})).status_code == 200

    async def test_too_often_is_told_to_wait(self, desk: DeskBench) -> None:
        http = desk_app()
        frame = frame_of(desk_on(desk.database), plan=lambda: desk.plan)
        site = Site(public_url="", strangers=Strangers(Pace(0.001, 2)))
        http.include_router(public_router(frame, site))
        refuse_by_pages(http, frame)
        async with talking_to(http, token="") as browser:
            codes = [
                (await browser.get("/numbers", headers={"Accept": "text/html"})).status_code
                for _ in range(3)
            ]
        assert codes == [200, 200, 429]

    async def test_oddly_gets_a_page_or_hears_that_there_is_none(self, desk: DeskBench) -> None:
        odd = (
            *("from=", "from=2026-13-45", "from=0001-01-01", "from=9999-12-31", "from=2025-W49-5"),
            *("from=%00", "from=%ED%A0%80", "from=20251205", "from[]=1", "from=1&from=2", "from"),
            *(f"from={'9' * 4000}", "from='; DROP TABLE public_time; --", "x=%F0%9F%98%80"),
        )
        for path, query in product(sorted(NUMBERS), odd):
            answer = await asked(desk, f"{path}?{query}")
            assert answer.status_code in {200, 404}, (path, query)


class TestCost:
    async def test_reads_what_was_counted_alone(self, desk: DeskBench) -> None:
        with statements(desk.database) as asked_for:
            await page_of(desk)
        assert asked_for
        assert not [one for one in asked_for if "case_" in one]


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Return a list that has what a database is asked within the block."""
    found: list[str] = []

    def note(_conn: Connection, _cursor: object, statement: str, *_: object) -> None:
        found.append(statement)

    told = (database._engine.sync_engine, "before_cursor_execute", note)
    event.listen(*told)
    yield found
    event.remove(*told)
