"""What the pages say: whole in both languages, all of it used, and nothing else asked for."""

import re
from string import Formatter
from typing import Final

import pytest

from services.desk.pages.language import Language
from services.desk.pages.words import WORDS, say
from tests.support.sources import ROOT

PAGES: Final = ROOT / "services" / "desk" / "pages"
SOURCES: Final = "\n".join(
    file.read_text(encoding="utf-8")
    for file in sorted(PAGES.rglob("*"))
    if file.suffix in {".py", ".html"}
)
BUILT: Final = ("queue.", "refused.", "clock.")
"""Tables of which names are put together."""


def holes(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


class TestWords:
    @pytest.mark.parametrize("name", WORDS)
    def test_are_there_in_both_languages_with_the_same_values(self, name: str) -> None:
        words = WORDS[name]
        assert words.zh.strip()
        assert words.en.strip()
        assert holes(words.zh) == holes(words.en)

    def test_are_used(self) -> None:
        unused = {n for n in WORDS if f'"{n}"' not in SOURCES and f"'{n}'" not in SOURCES}
        assert {name for name in unused if not name.startswith(BUILT)} == set()

    def test_are_known_where_they_are_used(self) -> None:
        asked = {*re.findall(r"say\(\s*[\"']([a-z_]+\.[a-z_0-9]+)[\"']", SOURCES)}
        assert len(asked) > 20
        assert asked - {*WORDS} == set()

    def test_are_filled(self) -> None:
        assert say(Language.CHINESE, "time.hours", count=2) == "2 小时"
        assert say(Language.ENGLISH, "time.hours", count=2) == "2 h"
