"""The story of a case on its page: its instants as people say them, in both languages."""

import re
from datetime import timedelta
from html import unescape

import pytest

from services.desk.pages.language import Language
from tests.support.desk_town import AFTERNOON, asked
from tests.support.notifier import case_of
from tests.support.shown import DeskBench

WRITTEN = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d")


class TestStory:
    @pytest.mark.parametrize("language", Language)
    async def test_writes_no_instant_as_programs_do(
        self, town: DeskBench, language: Language
    ) -> None:
        for number in range(1, 9):
            path = f"/cases/{case_of(str(number))}"
            page = await asked(town, path, language=language)
            # The attribute of a `time` is for programs.
            text = re.sub(r'datetime="[^"]+"', "", unescape(page.text))
            assert (page.status_code, WRITTEN.findall(text)) == (200, [])

    @pytest.mark.parametrize(
        ("language", "today", "later"),
        [
            (Language.CHINESE, "今天 11:25 前签收", "1月5日 周一 11:25 前签收"),
            (Language.ENGLISH, "sign by today 11:25", "sign by Mon 5 Jan 11:25"),
        ],
    )
    async def test_says_them_as_of_the_day_on_which_it_is_read(
        self, town: DeskBench, language: Language, today: str, later: str
    ) -> None:
        path = f"/cases/{case_of('4')}"
        assert today in (await asked(town, path, language=language)).text
        town.now = AFTERNOON + timedelta(days=3)
        assert later in (await asked(town, path, language=language)).text
