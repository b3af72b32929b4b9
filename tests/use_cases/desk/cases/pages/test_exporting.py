"""Lists as files: all that a list has for who asks, as spreadsheets are to read it."""

import csv
import io
import logging
import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from python_calamine import CalamineWorkbook

from schemas.events.incident import Place
from schemas.roles import ActingRole
from services.access.actor import Actor
from tests.support.desk_town import HOSTILE, LONG, ZONE, asked, page_of
from tests.support.followed import FollowedBench
from tests.support.notifier import NOON, case_of, registered
from tests.support.shown import SUPERVISOR, DeskBench, key, person

HANDLER = person(ActingRole.HANDLER, departments=["fire"])

pytestmark = pytest.mark.timeout(300)


async def as_csv(desk: DeskBench, actor: Actor = SUPERVISOR, **query: str) -> list[dict[str, str]]:
    """Return the rows of a CSV by the names of their columns."""
    answer = await asked(desk, f"/cases.csv?{urlencode(query)}", actor, accept="*/*", language="en")
    assert (answer.status_code, answer.content[:3]) == (200, b"\xef\xbb\xbf"), answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)
    return [*csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))]


async def as_xlsx(desk: DeskBench, actor: Actor = SUPERVISOR, **query: str) -> list[dict[str, Any]]:
    """Return the same of a workbook."""
    answer = await asked(
        desk, f"/cases.xlsx?{urlencode(query)}", actor, accept="*/*", language="en"
    )
    assert answer.status_code == 200, answer.text
    [sheet] = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).sheet_names
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    heads, *rows = book.get_sheet_by_name(sheet).to_python()
    return [dict(zip(map(str, heads), row, strict=True)) for row in rows]


class TestFile:
    async def test_has_what_the_list_shows_and_in_its_order(self, town: DeskBench) -> None:
        listed = await town.listed(open=True)
        numbers = [str(row["case_id"]) for row in listed]
        assert len(numbers) == 7
        for rows in (await as_csv(town, open="true"), await as_xlsx(town, open="true")):
            assert [row["Number"] for row in rows] == numbers

    async def test_says_of_each_case_what_people_need(self, town: DeskBench) -> None:
        [row] = await as_csv(town, overdue="true")
        told = {
            "Number": str(case_of("4")),
            "State": "Accepted",
            "Category": "E0502",
            "Title, English": "Gas leak",
            "Urgency": "Emergency",
            "Late": "yes",
            "Grid": "36011100300103",
            "Address": "湖滨东路 66 号 3 栋",
            "Reports": "1",
            "Registered": "2026-01-05 11:20:00",
            "Ended": "",
        }
        assert {name: row[name] for name in told} | {"State": row["State"]} == told | {
            "State": row["State"]
        }

    async def test_has_numbers_and_dates_that_a_workbook_counts_with(self, town: DeskBench) -> None:
        [row] = await as_xlsx(town, supervised="true", open="true")
        at = datetime(2026, 1, 5, 9, 5, tzinfo=ZONE).replace(tzinfo=None)
        assert (row["Registered"], row["Reports"]) == (at, 2)
        assert isinstance(row["Reports"], int | float)

    async def test_is_what_whoever_asks_may_see(self, town: DeskBench) -> None:
        assert [row["Number"] for row in await as_csv(town, HANDLER)] == [str(case_of("4"))]
        assert await as_csv(town, key(departments=["housing"])) == []
        assert len(await as_csv(town, key(departments=["fire"]))) == 1

    async def test_keeps_long_and_hostile_texts_whole(self, town: DeskBench) -> None:
        for rows in (await as_csv(town), await as_xlsx(town)):
            texts = {row["What was reported"] for row in rows}
            assert {LONG, HOSTILE} <= texts

    async def test_is_of_more_cases_than_a_step_reads(
        self, bench: FollowedBench, desk: DeskBench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.desk.use_cases.exporting.EXPORTED_AT_ONCE", 2)
        await bench.tell(
            *(registered(report=str(n), at=NOON + timedelta(n)) for n in range(5)),
        )
        numbers = [str(case_of(str(n))) for n in reversed(range(5))]
        assert [row["Number"] for row in await as_csv(desk)] == numbers
        assert [row["Number"] for row in await as_xlsx(desk)] == numbers

    async def test_is_in_the_language_of_who_asks(self, town: DeskBench) -> None:
        answer = await asked(town, "/cases.csv?overdue=true", accept="*/*")
        head = answer.content.decode("utf-8-sig").splitlines()[0]
        assert head.startswith("编号,状态,类别,")
        assert answer.headers["content-disposition"] == (
            'attachment; filename="cases-2026-01-05.csv"'
        )

    @pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+86 791", "-", "\t=1", "＝1"])
    async def test_has_no_formula_of_a_reporter(
        self, bench: FollowedBench, desk: DeskBench, text: str
    ) -> None:
        await bench.tell(registered(description=text, place=Place(address=f"{text}?")))
        [row] = await as_csv(desk)
        assert (row["What was reported"], row["Address"]) == (f"'{text}", f"'{text}?")
        # In a workbook a text is of that type; nothing has to stand before it.
        [row] = await as_xlsx(desk)
        assert (row["What was reported"], row["Address"]) == (text, f"{text}?")


class TestTooMany:
    @pytest.mark.parametrize("form", ["csv", "xlsx"])
    async def test_are_refused_with_what_to_do(
        self, town: DeskBench, monkeypatch: pytest.MonkeyPatch, form: str
    ) -> None:
        monkeypatch.setattr("services.desk.use_cases.exporting.MOST_EXPORTED", 7)
        answer = await asked(town, f"/cases.{form}", accept="*/*", language="en")
        assert (answer.status_code, "Narrow the list" in answer.json()["title"]) == (422, True)
        page = await asked(town, f"/cases.{form}")
        assert (page.status_code, "请缩小范围" in unescape(page.text)) == (422, True)
        assert (await asked(town, f"/cases.{form}?open=true", accept="*/*")).status_code == 200


class TestAsking:
    @pytest.mark.parametrize("query", ["level=nine", "limit=5", "after=x", "nothing=1"])
    async def test_for_what_is_no_filter_is_refused(self, town: DeskBench, query: str) -> None:
        answer = await asked(town, f"/cases.csv?{query}", accept="*/*")
        assert answer.status_code == 422

    async def test_is_kept_with_who_and_what(
        self, town: DeskBench, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.INFO):
            await as_csv(town, open="true", text="井盖")
        [kept] = [one for one in caplog.records if one.message == "cases were exported"]
        told = {name: getattr(kept, name) for name in ("by", "query", "cases", "form")}
        query = urlencode({"open": "true", "text": "井盖"})
        assert told == {"by": "chen-jing", "query": query, "cases": 1, "form": "csv"}

    async def test_is_a_link_on_every_list(self, town: DeskBench) -> None:
        text = await page_of(town, "/cases?supervised=true&open=true&limit=1")
        links = re.findall(r'href="(/cases\.[^"]*)"', text)
        assert links == [f"/cases.{e}?supervised=true&open=true" for e in ("csv", "xlsx")]
        assert "/cases.csv" not in await page_of(town, "/cases?text=nothing+of+this")
