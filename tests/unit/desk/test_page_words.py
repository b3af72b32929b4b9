"""What the pages say: whole in both languages, all of it used, and nothing else asked for."""

import re
from string import Formatter
from typing import Final

import pytest

from schemas.lifecycle import CaseState
from schemas.plan import Evidence
from schemas.scopes import Scope
from schemas.vocabulary import CommandKind, RequestKind, Word
from schemas.words.templates import Template
from services.assessment.classification import BY_CODE, BY_DANGER, BY_FALLBACK
from services.desk.domain.audit import Deed
from services.desk.domain.passwords import Weakness
from services.desk.domain.progress import stands
from services.desk.pages.columns import COLUMNS
from services.desk.pages.language import Language
from services.desk.pages.report_form import CHANNELS
from services.desk.pages.words import WORDS, say
from services.desk.use_cases.identity import Why
from services.desk.use_cases.saying import Bar
from tests.support.sources import ROOT

PAGES: Final = ROOT / "services" / "desk" / "pages"
SOURCES: Final = "\n".join(
    file.read_text(encoding="utf-8")
    for file in sorted(PAGES.rglob("*"))
    if file.suffix in {".py", ".html"}
)
BUILT: Final = (
    "clock.",
    *re.findall(r"[\"']([a-z_]+\.)(?:[a-z_]*\{|[\"'] ~)", SOURCES),
)
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

    def test_of_columns_are_those_that_a_file_has(self) -> None:
        assert {name for name in WORDS if name.startswith("column.")} == {
            f"column.{name}" for name in COLUMNS
        }

    def test_are_known_where_they_are_used(self) -> None:
        asked = {*re.findall(r"say\(\s*[\"']([a-z_]+\.[a-z_0-9]+)[\"']", SOURCES)}
        assert len(asked) > 20
        assert asked - {*WORDS} == set()

    def test_say_of_each_code_why_a_record_was_put_aside(self) -> None:
        services = (ROOT / "services").rglob("*.py")
        text = "\n".join(file.read_text(encoding="utf-8") for file in services)
        codes = {*re.findall(r'\bRejected\(\s*"([a-z_]+)"', text)}
        page = (ROOT / "docs" / "a-record-was-refused.md").read_text(encoding="utf-8")
        rows = re.findall(r"(?m)^\| (`[a-z_]+`(?:, `[a-z_]+`)*) \|", page)
        documented = {code for row in rows for code in re.findall("[a-z_]+", row)}
        assert len(codes) > 10
        assert codes - documented == set()
        worded = {n.removeprefix("put_aside.") for n in WORDS if n.startswith("put_aside.")}
        assert worded == documented | {"other"}

    @pytest.mark.parametrize(
        ("table", "names"),
        [
            ("action", {kind.removeprefix("case.") for kind in (*Word, *CommandKind)}),
            ("about", {*RequestKind}),
            ("proof", {*Evidence}),
            ("column", {*COLUMNS}),
            ("may_not", {*Bar}),
            ("unfit", {*Weakness, *Why}),
            ("tried", {"403", "409", "422", "503"}),
            ("by", {"keyword", BY_CODE, BY_DANGER, BY_FALLBACK}),
            ("came", {way for ways in CHANNELS.values() for way in ways}),
            ("stands", {"not_known", *(stands(state) for state in CaseState)}),
            ("notice", {"none", *Template}),
            ("deed", {*Deed}),
            ("scope", {*Scope}),
        ],
        ids=[
            "action",
            "about",
            "proof",
            "column",
            "may_not",
            "unfit",
            "tried",
            "by",
            "came",
            "stands",
            "notice",
            "deed",
            "scope",
        ],
    )
    def test_are_there_for_whatever_a_case_may_ask(self, table: str, names: set[str]) -> None:
        assert {f"{table}.{name}" for name in names} - {*WORDS} == set()

    def test_are_filled(self) -> None:
        assert say(Language.CHINESE, "time.hours", count=2) == "2 小时"
        assert say(Language.ENGLISH, "time.hours", count=2) == "2 h"
