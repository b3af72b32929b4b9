"""The kit is plumbing: what flows through it has no name there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.sources import modules, name_of, tree_of

BUSINESS = {
    *("case", "category", "citizen", "complaint", "department", "district", "dispatch", "duty"),
    *("escalation", "feedback", "grid", "household", "incident", "notice", "notifier", "plan"),
    *("report", "reporter", "resident", "router", "supervision", "urgency"),
}
KNOWN = {"snake_case"}
"""Words that only look like business."""
SETTINGS = "services/kit/process/settings.py"
"""Names each setting that all services share, such as where the plan is."""


def identifiers(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        for field in ("name", "id", "attr", "arg", "asname"):
            found = getattr(node, field, None)
            if isinstance(found, str):
                yield found


def words(identifier: str) -> set[str]:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", identifier).lower()
    found = set(re.split(r"[^a-z]+", spaced))
    return found | {word.removesuffix("s") for word in found}


class TestWords:
    def test_are_found_in_any_spelling(self) -> None:
        assert "case" in words("openCases")
        assert "case" in words("CaseState")
        assert "case" in words("_CASE_ID")
        assert "case" not in words("casement")


def names_of_the_business(file: Path) -> set[str]:
    used = set(identifiers(tree_of(file))) - KNOWN
    return {name for name in used if words(name) & BUSINESS}


class TestKitModule:
    def test_names_nothing_of_the_business(self) -> None:
        files = [file for file in modules("services/kit") if name_of(file) != SETTINGS]
        found = {name_of(file): names_of_the_business(file) for file in files}
        assert {name: used for name, used in found.items() if used} == {}
