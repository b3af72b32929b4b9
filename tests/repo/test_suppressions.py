"""A rule is switched off only where it stands, by its code, and with the reason beside it."""

import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.sources import FOLDERS, modules, name_of

NOQA = re.compile(r"noqa: [A-Z]+[0-9]+(, [A-Z]+[0-9]+)* - \S.{2,}")
IGNORE = re.compile(r"type: ignore\[[a-z-]+(, ?[a-z-]+)*\]\s*# \S.{2,}")
BLUNT = re.compile(r"(mypy|pyright|isort|fmt|yapf): *(ignore|off|skip|disable)|pragma: no cover")


def comments(file: Path) -> Iterator[tuple[int, str]]:
    with file.open("rb") as source:
        for token in tokenize.tokenize(source.readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


def faults(comment: str) -> Iterator[str]:
    if "noqa" in comment and not NOQA.search(comment):
        yield "noqa without code or reason"
    if "type: ignore" in comment and not IGNORE.search(comment):
        yield "type: ignore without code or reason"
    if BLUNT.search(comment):
        yield "switches off a whole tool"


class TestFault:
    @pytest.mark.parametrize(
        "comment",
        [
            "# noqa",
            "# noqa: S101",
            "# noqa:S101 - close",
            "# type: ignore",
            "# type: ignore[misc]",
            "# ruff: noqa",
            "# fmt: off",
            "# pragma: no cover",
        ],
    )
    def test_is_found(self, comment: str) -> None:
        assert list(faults(comment))

    @pytest.mark.parametrize(
        "comment",
        [
            "# noqa: S603, S607 - git of the path",
            "# type: ignore[misc]  # the point",
            "# type: ignore[misc]  # noqa: PLC0415 - both at once",
            "# ruff: noqa: PLC0415 - the whole file, for a reason",
            "# a reason and nothing else",
        ],
    )
    def test_is_not_seen_where_none_is(self, comment: str) -> None:
        assert not list(faults(comment))


class TestSuppression:
    def test_has_its_code_and_its_reason(self) -> None:
        found = [
            f"{name_of(file)}:{line}: {fault}"
            for file in modules(*FOLDERS)
            for line, comment in comments(file)
            for fault in faults(comment)
        ]
        assert found == []
