"""Every decision stands in the index, once, in the order of its number, by its own title."""

import re
from typing import Final

from tests.support.sources import ROOT

DECISIONS: Final = ROOT / "docs" / "decisions"
ROW: Final = re.compile(r"^\| \[(\d{4})\]\(([^)]+)\) \| .+ \|$", re.MULTILINE)


def test_index_names_every_decision_in_order() -> None:
    files = sorted(path.name for path in DECISIONS.glob("0*.md"))
    named = ROW.findall((DECISIONS / "README.md").read_text(encoding="utf-8"))
    assert [file for _, file in named] == files
    assert [number for number, _ in named] == [file[:4] for file in files]


def test_decision_begins_with_its_number() -> None:
    for path in DECISIONS.glob("0*.md"):
        assert path.read_text(encoding="utf-8").startswith(f"# {path.name[:4]} "), path.name
