"""A case on paper: its whole story, said in full, for whoever may see it."""

import re

import pytest

from schemas.roles import ActingRole
from tests.support.desk_town import HOSTILE, LONG, asked, page_of
from tests.support.notifier import case_of
from tests.support.shown import DeskBench, person

FIRE = person(ActingRole.HANDLER, id_="wang.fang", departments=["fire"])
RELATIVE = re.compile("今天|昨天|明天|today|yesterday|tomorrow", re.IGNORECASE)

pytestmark = pytest.mark.timeout(300)


def path_of(report: str) -> str:
    return f"/cases/{case_of(report)}/file"


def sheet(text: str) -> str:
    """Return the paper of a page, without the frame around it."""
    found = re.search(r'<article class="file">.*</article>', text, re.DOTALL)
    assert found is not None
    return found[0]


class TestFile:
    async def test_has_the_whole_story_from_its_beginning(self, town: DeskBench) -> None:
        told = sheet(await page_of(town, path_of("2")))
        lines = re.findall(r"<tr><td><time>([^<]*)</time></td><td>([^<]*)</td></tr>", told)
        times = [at for at, _ in lines]
        assert times == sorted(times)
        assert lines[0][1].startswith("立案")
        assert "督办" in lines[-1][1]

    async def test_says_which_it_is_and_who_printed_it_when(self, town: DeskBench) -> None:
        told = sheet(await page_of(town, path_of("2")))
        printed = "chen-jing 于 2026-01-05 13:30 打印"
        assert (str(case_of("2")) in told, told.count(printed)) == (True, 2)

    async def test_says_instants_in_full(self, town: DeskBench) -> None:
        for language in ("", "en"):
            told = sheet(await page_of(town, path_of("4"), language=language))
            assert RELATIVE.findall(told) == []
            assert "2026-01-05 11:20" in told

    async def test_is_in_the_language_of_who_prints_it(self, town: DeskBench) -> None:
        told = sheet(await page_of(town, path_of("2"), language="en"))
        assert ("Case file" in told, "Printed by chen-jing" in told) == (True, True)

    async def test_says_what_closing_asks_and_whose_part_came_to_what(
        self, town: DeskBench
    ) -> None:
        told = sheet(await page_of(town, path_of("4"), FIRE))
        assert ("消防救援" in told, "处置中" in told or "已签收" in told) == (True, True)

    async def test_has_the_photos_with_what_is_said_of_them(self, town: DeskBench) -> None:
        told = sheet(await page_of(town, path_of("2")))
        pictures = re.findall(r'<img src="([^"]*)" alt="[^"]*"(.*?)>', told)
        assert len(pictures) == 4
        assert "loading" not in "".join(more for _, more in pictures)
        own, joined = told.split("<h3>")
        for part in (own, joined):
            assert part.count("拍摄于2026-01-05") == 2
        assert "/ 21 " in joined
        assert "https://upstream.example/photos/21.jpg" in joined

    async def test_is_for_who_may_see_the_case(self, town: DeskBench) -> None:
        answer = await asked(town, path_of("2"), FIRE)
        assert answer.status_code == 404

    async def test_bears_long_and_hostile_texts(self, town: DeskBench) -> None:
        assert LONG in await page_of(town, path_of("7"))
        answer = await asked(town, path_of("8"))
        assert HOSTILE not in answer.text

    async def test_is_a_link_on_the_case(self, town: DeskBench) -> None:
        assert f'href="{path_of("2")}"' in await page_of(town, f"/cases/{case_of('2')}")
