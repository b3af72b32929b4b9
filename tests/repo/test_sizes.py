"""Nothing grows past what a reader holds in mind (style handbook, part c)."""

from pathlib import Path

from tests.support.sources import CODE, FOLDERS, functions, modules, name_of

SOURCE_LINES = 300
TEST_LINES = 400
FUNCTION_LINES = 40
TABLES = {
    "schemas/lifecycle.py": {"_table"},
    "schemas/topics.py": {"shared_topics"},
    "services/kit/metrics.py": {"__init__"},
    "services/notifier/metrics.py": {"__init__"},
}
"""Functions that only list: rows of a table, declarations of metrics."""


def limit_of(file: Path) -> int:
    return SOURCE_LINES if name_of(file).startswith(CODE) else TEST_LINES


def too_long(file: Path) -> set[str]:
    lengths = [(f.name, (f.end_lineno or 0) - f.lineno + 1) for f in functions(file)]
    long = {name for name, lines in lengths if lines > FUNCTION_LINES}
    return long - TABLES.get(name_of(file), set())


class TestModule:
    def test_is_not_too_long(self) -> None:
        lengths = {f: len(f.read_text(encoding="utf-8").splitlines()) for f in modules(*FOLDERS)}
        found = {name_of(f): lines for f, lines in lengths.items() if lines > limit_of(f)}
        assert found == {}

    def test_has_no_function_that_is_too_long(self) -> None:
        found = {name_of(file): too_long(file) for file in modules(*FOLDERS)}
        assert {name: long for name, long in found.items() if long} == {}
