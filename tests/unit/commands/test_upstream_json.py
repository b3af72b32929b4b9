"""Rows of JSON: an array, an array inside an object, and objects line by line."""

import codecs
import json

import pytest

from services.upstream import json_rows
from services.upstream.outcomes import Row, UnusableFile
from tests.support.upstreams import DATA, a_mapping, rows_of


def seen(data: bytes, file: str = "") -> list[tuple[int, object]]:
    return [
        (row.line, dict(row.cells) if isinstance(row, Row) else row.reason)
        for row in rows_of(data, a_mapping(file=file))
    ]


class TestArray:
    @pytest.mark.parametrize("bom", [b"", codecs.BOM_UTF8, b" \n"])
    def test_is_read_with_the_line_of_each_row(self, bom: bytes) -> None:
        data = bom + b'[{"a": 1},\n\n {"a":\n 2}, {"a": "]"}\n]'
        first = 1 + bom.count(b"\n")
        assert seen(data) == [
            (first, {"a": 1}),
            (first + 2, {"a": 2}),
            (first + 3, {"a": "]"}),
        ]

    def test_may_be_longer_than_what_is_held(self) -> None:
        rows = [{"n": n, "text": "路" * 50} for n in range(5000)]
        data = json.dumps(rows, ensure_ascii=False).encode()
        assert [cells["n"] for _, cells in seen(data) if isinstance(cells, dict)] == list(
            range(5000)
        )

    def test_may_be_empty(self) -> None:
        assert seen(b"[]") == []

    def test_may_hold_arrays_when_columns_are_named(self) -> None:
        data = b"[[1, 2], [3]]"
        assert seen(data, 'columns = ["a", "b"]') == [
            (1, {"a": 1, "b": 2}),
            (1, "row: has 1 values, but there are 2 columns"),
        ]


class TestBrokenElement:
    @pytest.mark.parametrize(
        ("element", "reason"),
        [
            (b'{"a": 1,, "b": 2}', "row: broken JSON: "),
            (b'{"a": "open}', "row: is never closed"),
            (b'{"a": {"b": 1}', "row: is never closed"),
            (b'{"a": [1}', "row: is never closed"),
            (b"[1, 2]", "row: is an array; name its `columns` in [file]"),
            (b"17", "row: is no object"),
            (b"}", "row: is no object"),
            (b'{"a": "\xff"}', "row: is not utf-8"),
            (b'{"a": ' + b"1" * 5000 + b"}", "row: broken JSON: "),
            (
                b'{"a": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
                "row: broken JSON: nested too deeply",
            ),
        ],
        ids=lambda value: value[:12].decode("latin-1") if isinstance(value, bytes) else None,
    )
    def test_costs_only_itself(self, element: bytes, reason: str) -> None:
        data = b'[\n{"a": 0},\n' + element + b',\n{"a": 2}\n]'
        [before, broken, *_, after] = seen(data)
        assert before == (2, {"a": 0})
        assert broken[0] == 3
        assert str(broken[1]).startswith(reason)
        assert after == (4, {"a": 2})

    def test_far_from_the_end_is_cut_at_the_longest_row(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(json_rows, "MAX_ROW", 1000)
        rows = b",\n".join(b'{"a": %d}' % n for n in range(20_000))
        found = seen(b'[{"a": {"b": 1},\n' + rows + b"]")
        assert found[0] == (1, "row: is never closed")
        assert len(found) == 20_001

    def test_of_a_cut_off_file_is_told(self) -> None:
        assert seen(b'[{"a": 1},\n{"a": ') == [
            (1, {"a": 1}),
            (2, "row: is never closed"),
            (2, "row: the file ends before its array does"),
        ]


class TestObject:
    def test_is_entered_by_the_path_of_its_rows(self) -> None:
        data = (DATA / "requests-nested.json").read_bytes()
        found = seen(data, 'rows = "result.records"')
        assert [line for line, _ in found] == [6, 11]

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b'{"a": 1, "b": 22}', "`rows` (`rows` in [file]) is not in the file"),
            (b'{"a": 1, "b', "is not in the file"),
            (b'{"a" 1}', "is not in the file"),
            (b'{"a": ]}', "is not in the file"),
            (b'{"rows": {"x": 1}}', "`rows` is no JSON array"),
        ],
    )
    def test_without_rows_cannot_be_used(self, data: bytes, reason: str) -> None:
        with pytest.raises(UnusableFile) as caught:
            seen(data, 'rows = "rows"')
        assert reason in str(caught.value)

    def test_below_an_array_cannot_be_used(self) -> None:
        with pytest.raises(UnusableFile, match="is not in the file"):
            seen(b"[]", 'rows = "rows"\nformat = "json"')

    def test_that_is_no_array_cannot_be_used(self) -> None:
        with pytest.raises(UnusableFile, match="the file is no JSON array"):
            seen(b"a,b\n", 'format = "json"')


class TestJsonLines:
    def test_are_read_one_by_one(self) -> None:
        data = b'{"a": 1}\n\n{"a": 2,}\n[3]\n{"a": "\xff"}\n{"a": 4}'
        found = seen(data)
        assert [line for line, _ in found] == [1, 3, 4, 5, 6]
        assert [cells for _, cells in found if isinstance(cells, dict)] == [{"a": 1}, {"a": 4}]
        assert "at character" in str(found[1][1])


class TestObjectOverSeveralLines:
    @pytest.mark.parametrize("bom", [b"", codecs.BOM_UTF8])
    def test_is_told_which_key_to_name(self, bom: bytes) -> None:
        data = json.dumps({"count": 1, "records": [{"a": 1}]}, indent=2).encode()
        with pytest.raises(UnusableFile, match='rows = "records" under'):
            seen(bom + data)

    def test_is_read_when_the_key_is_named(self) -> None:
        data = json.dumps({"count": 1, "records": [{"a": 1}]}, indent=2).encode()
        assert [cells for _, cells in seen(data, 'rows = "records"')] == [{"a": 1}]
