"""Nothing grows past what a reader holds in mind (style handbook, part c)."""

from pathlib import Path

import pytest

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


@pytest.mark.parametrize("file", modules(*FOLDERS), ids=name_of)
class TestModule:
    def test_is_not_too_long(self, file: Path) -> None:
        limit = SOURCE_LINES if name_of(file).startswith(CODE) else TEST_LINES
        assert len(file.read_text(encoding="utf-8").splitlines()) <= limit

    def test_has_no_function_that_is_too_long(self, file: Path) -> None:
        lengths = [(f.name, (f.end_lineno or 0) - f.lineno + 1) for f in functions(file)]
        long = {name for name, lines in lengths if lines > FUNCTION_LINES}
        assert long - TABLES.get(name_of(file), set()) == set()
