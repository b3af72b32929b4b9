"""Rows of CSV files, whatever stands in them."""

import codecs

import pytest

from services.upstream.header import check_header
from services.upstream.mapping import UpstreamMapping
from services.upstream.outcomes import BadRow, Row, UnusableFile
from tests.support.upstreams import a_mapping, rows_of

PLAIN = a_mapping()


def seen(data: bytes, mapping: UpstreamMapping = PLAIN) -> list[tuple[int, object]]:
    """Return line and cells of each row, or line and reasons of a bad one."""
    return [
        (row.line, dict(row.cells) if isinstance(row, Row) else row.reason)
        for row in rows_of(data, mapping)
    ]


class TestCsv:
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_is_read_with_any_line_end(self, end: str) -> None:
        data = end.join(["a,b", "1,2", "", "3,4"]).encode()
        assert seen(data) == [(2, {"a": "1", "b": "2"}), (4, {"a": "3", "b": "4"})]

    def test_counts_the_lines_within_quotes(self) -> None:
        data = b'a,b\n1,"x\ny, ""z"""\n2,3\n'
        assert seen(data) == [(2, {"a": "1", "b": 'x\ny, "z"'}), (4, {"a": "2", "b": "3"})]

    @pytest.mark.parametrize("bom", [b"", codecs.BOM_UTF8])
    def test_may_begin_with_a_bom(self, bom: bytes) -> None:
        assert seen(bom + "a\n路\n".encode()) == [(2, {"a": "路"})]

    def test_may_have_other_marks_and_no_header(self) -> None:
        file = """delimiter = ";"\nquote = "'"\nheader = false\ncolumns = ["a", "b"]"""
        file += '\nencoding = "latin-1"'
        data = "1;'stra\u00dfe; 3'\n".encode("latin-1")
        assert seen(data, a_mapping(file=file)) == [(1, {"a": "1", "b": "straße; 3"})]

    def test_may_be_utf_16(self) -> None:
        mapping = a_mapping(file='encoding = "utf-16"')
        assert seen("a,b\n1,路\n".encode("utf-16"), mapping) == [(2, {"a": "1", "b": "路"})]

    def test_may_end_its_rows_with_commas(self) -> None:
        assert seen(b"a,b\n1,2,,\n") == [(2, {"a": "1", "b": "2"})]

    def test_strips_its_header(self) -> None:
        assert seen(b" a , b\n1,2\n") == [(2, {"a": "1", "b": "2"})]

    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_may_declare_its_delimiter(self, end: str) -> None:
        data = end.join(["sep=;", "a;b", "1,5;2"]).encode()
        assert seen(data) == [(3, {"a": "1,5", "b": "2"})]

    def test_may_have_lines_above_its_header(self) -> None:
        mapping = a_mapping(file="lines_above_header = 2")
        data = b'City of X, "open\nexported today\na,b\n1,2\n'
        assert seen(data, mapping) == [(4, {"a": "1", "b": "2"})]

    def test_rows_without_any_value_are_nothing(self) -> None:
        assert seen(b"\n,,\na,b\n , \n,\n1,2\n   \n") == [(6, {"a": "1", "b": "2"})]

    def test_with_a_header_only_has_no_rows(self) -> None:
        assert seen(b"a,b\n") == []


class TestBadRow:
    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            (b"1", "row: has 1 values, but there are 2 columns"),
            (b"1,2,3", "row: has 3 values, but there are 2 columns"),
            (b'1,"x"y', "row: broken CSV: ',' expected after '\"'"),
            (b"1,\xe9", "row: is not utf-8; set `encoding` in [file] if all such rows are refused"),
            (
                b'1,"' + b"x" * 140_000 + b'"',
                "row: broken CSV: field larger than field limit (131072)",
            ),
        ],
    )
    def test_costs_only_itself(self, row: bytes, reason: str) -> None:
        assert seen(b"a,b\n" + row + b"\n7,8\n") == [(2, reason), (3, {"a": "7", "b": "8"})]

    def test_with_an_open_quote_gives_back_the_lines_it_swallowed(self) -> None:
        data = b'a,b\n1,"x\n3,4\n5,"y"\n7,8\n'
        lines = seen(data)
        assert lines[0] == (2, "row: broken CSV: ',' expected after '\"'")
        assert [line for line, _ in lines] == [2, 3, 4, 5]

    def test_with_an_open_quote_that_the_next_closes_gives_that_back(self) -> None:
        data = b'a,b,c\n1,"x,2\n3,4,5\n6,7,"\n8,9,10\n'
        found = seen(data)
        assert found[0] == (2, "row: a quote is opened and not closed on this line")
        assert [line for line, cells in found if isinstance(cells, dict)] == [3, 5]

    def test_with_an_open_quote_up_to_the_end_spoils_no_other(self) -> None:
        data = b'a,b\n1,"x\n3,4\n5,6\n'
        assert seen(data) == [
            (2, "row: broken CSV: unexpected end of data"),
            (3, {"a": "3", "b": "4"}),
            (4, {"a": "5", "b": "6"}),
        ]

    def test_keeps_the_line_as_it_was(self) -> None:
        [bad] = rows_of(b'a,b\n1,"x"y\n', PLAIN)
        assert isinstance(bad, BadRow)
        assert bad.raw == '1,"x"y'


class TestUnusableFile:
    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"", "the file is empty"),
            (b" \r\n", "the file is empty"),
            (codecs.BOM_UTF8, "the file is empty"),
            (b"a,\xff\n", "header is in another encoding"),
            (b'a,"b"c\n', "header is broken CSV"),
            (b"\x1f\x8b\x08\x00rest", "packed with gzip"),
            (b"PK\x03\x04rest", "packed with zip"),
            ("a,b\n".encode("utf-16"), 'write encoding = "utf-16"'),
        ],
    )
    def test_is_told_from_the_start(self, data: bytes, reason: str) -> None:
        with pytest.raises(UnusableFile) as caught:
            rows_of(data, PLAIN)
        assert reason in str(caught.value)

    def test_may_also_show_later(self) -> None:
        data = "a\n1\n".encode("utf-16") + b"x"
        with pytest.raises(UnusableFile, match="is not utf-16"):
            rows_of(data, a_mapping(file='encoding = "utf-16"'))


class TestHeader:
    NAMES = ("id", "at", "street", "what")

    def test_that_fits_is_silent(self) -> None:
        assert check_header(self.NAMES, PLAIN) == []

    def test_without_the_id_cannot_be_used(self) -> None:
        with pytest.raises(UnusableFile, match="id: the file has no column id; its columns: at"):
            check_header(self.NAMES[1:], PLAIN)

    def test_without_another_part_warns(self) -> None:
        assert check_header(self.NAMES[:3], PLAIN) == [
            "warning: description: the file has no column what"
        ]

    def test_needs_one_alternative_only(self) -> None:
        mapping = a_mapping(columns='description = ["other.0", "{what} {missing}", "street.x"]')
        assert check_header(self.NAMES, mapping) == []

    def test_with_a_column_twice_that_counts_cannot_be_used(self) -> None:
        with pytest.raises(UnusableFile, match="has 'street' twice"):
            check_header((*self.NAMES, "street"), PLAIN)

    def test_with_another_column_twice_is_fine(self) -> None:
        assert check_header((*self.NAMES, "x", "x"), PLAIN) == []

    def test_checks_what_skips_ask_for(self) -> None:
        mapping = a_mapping(tables='[[skip]]\nreason = "r"\ncolumn = "status"\nempty = true')
        assert check_header(self.NAMES, mapping) == ["warning: skip: the file has no column status"]
