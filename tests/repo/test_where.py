"""The page for newcomers names a file for each behaviour; what it names is there."""

import re

import pytest

from schemas.topics import SERVICES
from tests.support.sources import ROOT

PAGE = ROOT / "docs" / "where-a-behaviour-lives.md"
ROW = re.compile(r"^\| (?P<what>[^|]+) \| `(?P<file>[^`]+)` \| `(?P<name>[^`]+)` \|$", re.MULTILINE)
ROWS = [
    (row["what"], row["file"].replace("<service>", service), row["name"])
    for row in ROW.finditer(PAGE.read_text(encoding="utf-8"))
    for service in (SERVICES if "<service>" in row["file"] else [""])
]


class TestPage:
    def test_has_a_file_and_a_name_in_every_row(self) -> None:
        lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:2] == "| "]
        assert len({what for what, _, _ in ROWS}) == len(lines) - 1

    @pytest.mark.parametrize(("what", "file", "name"), ROWS, ids=[f"{r[0]}: {r[1]}" for r in ROWS])
    def test_names_what_is_there(self, what: str, file: str, name: str) -> None:
        assert name in (ROOT / file).read_text(encoding="utf-8"), f"{what} is elsewhere now"
