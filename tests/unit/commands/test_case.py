"""`tongxin case` when there is no story to tell, and a story that would act on the terminal."""

import pytest

from services.commands.case import told
from tests.support.command import tongxin

NOBODY = "http://127.0.0.1:9"


class TestAsked:
    @pytest.mark.parametrize("asked", ["x", "/7", "hotline/", "\x1b[2J"])
    async def test_for_what_is_no_id_is_refused(self, asked: str) -> None:
        said = await tongxin("case", asked)
        assert said.code == 2
        assert "is no case id" in said.text
        assert "\x1b" not in said.text

    async def test_for_another_thing_than_its_clocks_is_refused(self) -> None:
        said = await tongxin("case", "times", "hotline/7")
        assert said.code == 2
        assert "`clocks` is" in said.text

    @pytest.mark.parametrize("url", [NOBODY, "nowhere", "http://["])
    async def test_of_nobody_says_where_to_look(self, url: str) -> None:
        said = await tongxin("case", "clocks", "hotline/7", "--url", url)
        assert said.code == 1
        assert "`tongxin run` prints where the notifier is" in said.text


class TestReportThatWasNotAccepted:
    def test_has_its_reason_in_both_languages(self) -> None:
        rejected = {
            "at": "2026-05-01T01:30:00Z",
            "field": "place",
            "message_en": "outside the district",
            "message_zh": "不在本区",
        }
        lines = list(told({"asked_for": "a-1", "rejected": rejected}))
        assert lines[0].startswith("a-1  not accepted at 2026-0")
        assert lines[1:] == ["  place: 不在本区", "  outside the district"]
