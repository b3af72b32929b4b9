"""Whatever is written into a file of cases comes out of it as it was, and nothing runs."""

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from services.desk.domain.cells import harmless
from services.desk.pages.sheets import Cell, CsvSheet, XlsxSheet

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
DANGEROUS = st.builds(
    lambda *parts: "".join(parts),
    st.text(" \t\r\n\u3000\xa0", max_size=3),
    st.sampled_from("=+-@＝＋－＠"),
    TEXT,
)
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def written(
    kind: type[CsvSheet] | type[XlsxSheet], heads: Sequence[str], rows: Sequence[Sequence[Cell]]
) -> bytes:
    """Return a file with these rows."""
    file = io.BytesIO()
    with TemporaryDirectory() as folder:
        sheet = kind(file, heads=heads, folder=Path(folder))
        sheet.add(rows)
        sheet.close()
    return file.getvalue()


def of_workbook(content: bytes) -> list[list[Any]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return book.get_sheet_by_index(0).to_python(skip_empty_area=False)


class TestCsv:
    @given(st.lists(st.tuples(TEXT | DANGEROUS, st.integers(-9, 9)), max_size=5))
    def test_is_read_as_it_was_written(self, rows: list[tuple[str, int]]) -> None:
        content = written(CsvSheet, ["a", "b"], rows)
        assert content.startswith(b"\xef\xbb\xbf")
        read = [*csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))]
        assert read[0] == ["a", "b"]
        assert [(a.removeprefix("'"), b) for a, b in read[1:]] == [
            (a.removeprefix("'"), str(b)) for a, b in rows
        ]

    @given(DANGEROUS)
    def test_has_no_text_that_begins_a_formula(self, text: str) -> None:
        content = written(CsvSheet, ["a"], [[text]])
        [_, [cell]] = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        assert not cell.strip().startswith(STARTS)
        assert cell == f"'{text}"

    @given(TEXT)
    def test_leaves_other_texts_alone(self, text: str) -> None:
        told = harmless(text)
        begins = text.startswith(STARTS) or text.strip().startswith(STARTS)
        assert told == (f"'{text}" if begins else text)


class TestWorkbook:
    @given(st.lists(TEXT | DANGEROUS, min_size=1, max_size=5))
    def test_has_texts_as_texts(self, texts: list[str]) -> None:
        content = written(XlsxSheet, ["a", "b"], [["x", text] for text in texts])
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            sheet = packed.read("xl/worksheets/sheet1.xml").decode()
            styles = packed.read("xl/styles.xml").decode()
        assert "<f>" not in sheet
        assert "hyperlink" not in sheet
        assert 'quotePrefix="1"' in styles
        assert [row[0] for row in of_workbook(content)[1:]] == ["x"] * len(texts)

    def test_has_numbers_instants_and_nothing(self) -> None:
        at = datetime(2026, 1, 5, 13, 30)  # noqa: DTZ001 - a workbook has no zones
        long_ago = datetime(1850, 1, 5)  # noqa: DTZ001 - the same
        content = written(XlsxSheet, ["a"] * 5, [[at, 3, 115.5, None, long_ago]])
        assert of_workbook(content)[1] == [at, 3, 115.5, "", "1850-01-05 00:00:00"]
