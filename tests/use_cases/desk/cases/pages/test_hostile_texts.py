"""What nobody types who means well is shown wherever a case is shown, as it was written."""

import csv
import io
import re

import pytest
from pydantic import ValidationError
from python_calamine import CalamineWorkbook

from schemas.events.case import CaseRegistered
from schemas.events.incident import Place
from services.desk.domain.cells import harmless
from tests.support.desk_town import asked, pages_app
from tests.support.followed import FollowedBench
from tests.support.hostile_texts import HOSTILE_TEXTS
from tests.support.markup import Page, newlines, strange_in
from tests.support.notifier import registered
from tests.support.shown import SUPERVISOR, DeskBench
from tests.support.web import talking_to

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
async def cases(bench: FollowedBench) -> dict[str, CaseRegistered]:
    """Return a case with each text that a report can have, by the text."""
    found = {}
    for number, text in enumerate(one for texts in HOSTILE_TEXTS.values() for one in texts):
        try:
            place = Place(address=text, grid="36011100300103")
            found[text] = registered(report=str(number), description=text, place=place)
        except ValidationError:
            continue  # no report says that: intake refuses it
    assert len(found) >= 200
    await bench.tell(*found.values())
    return found


def shown_in(page: str) -> str:
    """Return what people read of a page; nothing of it is markup that is not ours."""
    taken = Page(page)
    assert [*strange_in(taken)] == []
    return newlines(taken.said)


def _unescaped(cell: object) -> str:
    """Return a cell's text; the reader leaves some characters as XML has to name them."""
    return re.sub(r"_x(FFF[EF])_", lambda found: chr(int(found[1], 16)), str(cell))


class TestText:
    async def test_is_on_the_pages_of_its_case_as_it_was_written(
        self, cases: dict[str, CaseRegistered], desk: DeskBench
    ) -> None:
        async with talking_to(pages_app(desk, SUPERVISOR), token="") as browser:
            for number, (text, fact) in enumerate(cases.items()):
                path = f"/cases/{fact.case_id}{'/file' if number % 2 else ''}"
                answer = await browser.get(path, headers={"Accept": "text/html"})
                assert answer.status_code == 200, (path, text)
                assert newlines(text) in shown_in(answer.text), (path, text)

    async def test_is_in_every_list_as_it_was_written(
        self, cases: dict[str, CaseRegistered], desk: DeskBench
    ) -> None:
        seen, told = "", list[str]()
        way, following = "/cases?limit=200", "/cases?limit=200"
        while way:
            answer = await asked(desk, way)
            seen += shown_in(answer.text)
            way = next((one for one in Page(answer.text).leads if "after=" in one), "")
        while following:
            answer = await asked(desk, following, accept="application/json")
            told += [one["description"] for one in answer.json()["cases"]]
            cursor = answer.json()["next"]
            following = f"/cases?limit=200&after={cursor}" if cursor else ""
        assert [text for text in cases if newlines(text) not in seen] == []
        assert sorted(told) == sorted(cases)

    async def test_is_in_every_file_as_it_was_written(
        self, cases: dict[str, CaseRegistered], desk: DeskBench
    ) -> None:
        listed = await asked(desk, "/cases.csv", accept="*/*", language="en")
        text = listed.content.decode("utf-8-sig")
        in_csv = {row["Address"] for row in csv.DictReader(io.StringIO(text, newline=""))}
        assert [text for text in cases if harmless(text) not in in_csv] == []
        workbook = await asked(desk, "/cases.xlsx", accept="*/*", language="en")
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(workbook.content)).get_sheet_by_index(0)
        cells = {newlines(_unescaped(cell)) for row in sheet.to_python() for cell in row}
        assert [text for text in cases if newlines(text) not in cells] == []
