"""Rows of a workbook."""

import io
import zipfile
from datetime import datetime

import pytest

from services.upstream import sheet_rows
from services.upstream.outcomes import BadRow, Row, UnusableFile
from services.upstream.translate import translate
from tests.support.upstreams import a_mapping, rows_of
from tests.support.workbook import workbook

AT = datetime(2021, 3, 4, 9, 15)  # noqa: DTZ001 - a workbook has no zones
TABLE: list[list[object]] = [
    ["id", "at", "street", "what"],
    [2021000123, AT, "1 Road", "a hole 坑"],
]


def seen(data: bytes, file: str = "") -> list[tuple[int, object]]:
    return [
        (row.line, dict(row.cells) if isinstance(row, Row) else row.reason)
        for row in rows_of(data, a_mapping(file=file))
    ]


class TestSheet:
    def test_row_becomes_a_report(self) -> None:
        mapping = a_mapping()
        (row,) = rows_of(workbook({"Sheet1": TABLE}), mapping)
        assert isinstance(row, Row)
        outcome = translate(row, mapping)
        assert not isinstance(outcome, BadRow)
        expected = {"id": "2021000123", "at": AT, "street": "1 Road", "what": "a hole 坑"}
        assert (row.line, row.cells) == (2, expected)

    def test_is_the_first_one_or_the_one_named(self) -> None:
        data = workbook({"notes": [["a"], ["x"]], "数据": [["a"], ["y"]]})
        assert seen(data) == [(2, {"a": "x"})]
        assert seen(data, 'sheet = "数据"') == [(2, {"a": "y"})]

    def test_numbers_keep_only_a_fraction_that_counts(self) -> None:
        data = workbook({"s": [["a", "b"], [7, 0.5]]})
        assert seen(data) == [(2, {"a": "7", "b": "0.5"})]

    def test_blank_rows_and_cells_are_nothing(self) -> None:
        rows: list[list[object]] = [
            ["City of X"],
            ["a", "b"],
            [],
            [None, " "],
            ["1"],
            ["1", "2", None, ""],
        ]
        data = workbook({"s": rows})
        assert seen(data, "lines_above_header = 1") == [
            (5, {"a": "1", "b": ""}),
            (6, {"a": "1", "b": "2"}),
        ]

    def test_may_have_no_header(self) -> None:
        file = 'header = false\ncolumns = ["a", "b"]'
        assert seen(workbook({"s": [["1", "2"]]}), file) == [(1, {"a": "1", "b": "2"})]

    def test_value_beyond_the_columns_costs_its_row(self) -> None:
        data = workbook({"s": [["a"], ["1", "2"], ["3"]]})
        expected = "row: has 2 values, but there are 1 columns"
        assert seen(data) == [(2, expected), (3, {"a": "3"})]


class TestUnusableWorkbook:
    def test_without_the_sheet_names_those_it_has(self) -> None:
        with pytest.raises(UnusableFile, match="no sheet 'x'; it has a, b"):
            seen(workbook({"a": [["1"]], "b": [["1"]]}), 'sheet = "x"')

    @pytest.mark.parametrize("length", [60, 200, -30])
    def test_cut_off_is_told(self, length: int) -> None:
        with pytest.raises(UnusableFile, match="workbook is broken"):
            seen(workbook({"s": TABLE})[:length])

    def test_with_any_byte_changed_is_read_or_told(self) -> None:
        whole = workbook({"s": TABLE})
        for at in range(0, len(whole), 7):
            data = whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]
            try:
                seen(data, 'format = "sheet"')
            except UnusableFile:
                continue

    def test_empty_is_told(self) -> None:
        with pytest.raises(UnusableFile, match="sheet is empty"):
            seen(workbook({"s": []}))

    @pytest.mark.parametrize("data", [b"", b"PK", b"a,b\n", bytes.fromhex("d0cf11e0a1b11ae1")])
    def test_that_is_none_is_told(self, data: bytes) -> None:
        with pytest.raises(UnusableFile, match="workbook is broken"):
            seen(data, 'format = "sheet"')

    def test_that_unpacks_to_too_much_is_not_unpacked(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sheet_rows, "MOST_UNPACKED_BYTES", 10_000)
        data = io.BytesIO(workbook({"s": TABLE}))
        with zipfile.ZipFile(data, "a", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("xl/media/image1.png", bytes(20_000))
        with pytest.raises(UnusableFile, match="save the sheet as CSV"):
            seen(data.getvalue())
