"""The mapping an operator writes, and what it is told when something is wrong with it."""

from pathlib import Path

import pytest

from services.upstream.mapping import InvalidMapping, load_mapping, parse_mapping
from tests.support.upstreams import a_mapping, mapping_text


def problems(text: str) -> str:
    with pytest.raises(InvalidMapping) as caught:
        parse_mapping(text.encode(), name="city.toml")
    return str(caught.value)


class TestMistake:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (
                mapping_text(top='zone = "UTC"'),
                "city.toml:3: zone: unknown key (did you mean 'timezone'?)",
            ),
            (
                mapping_text(file="coloums = []"),
                "city.toml:5: file.coloums: unknown key (did you mean 'columns'?)",
            ),
            (
                mapping_text(file='encoding = "utf-9"'),
                "city.toml:5: file.encoding: unknown encoding",
            ),
            (mapping_text(file="header = false"), "file: a file without a header needs `columns`"),
            (mapping_text(file='columns = ["a", "a"]'), "`columns` names a column twice"),
            (mapping_text(file='delimiter = "||"'), "file.delimiter"),
            (mapping_text(top='dates = ["%H:%M"]'), "city.toml:3: dates: '%H:%M'"),
            (mapping_text(columns='latitude = "y"\ndescription = "d"'), "need each other"),
            (mapping_text(columns='category = "kind"'), "need each other"),
            (mapping_text(columns='urgency = "u"'), "needs `category` or `description`"),
            (
                mapping_text(columns="description = []"),
                "city.toml:10: columns.description: write a column",
            ),
            (mapping_text(columns="description = [3]"), "3 is no column"),
            (mapping_text(columns='description = "{what"'), "has a brace that is not closed"),
            (mapping_text(tables='[channels]\nX = "fax"'), "city.toml:12: channels.X"),
            (mapping_text(tables='[urgencies]\nX = "high"'), "city.toml:12: urgencies.X"),
            (
                mapping_text(columns='category = "k"', tables='[categories]\n"A b" = "C d"'),
                "'C d' is no code",
            ),
            (
                mapping_text(tables='[[skip]]\nreason = "r"\ncolumn = "c"'),
                "city.toml:11: skip[0]: needs exactly one",
            ),
            (
                mapping_text(tables='[[skip]]\nreason = "r"\ncolum = "c"\nempty = true'),
                "did you mean 'column'?",
            ),
            (
                mapping_text(
                    tables='[[skip]]\nreason = "r"\ncolumn = "c"\nis = ["x"]\n'
                    '[[skip.and]]\ncolumn = "d"'
                ),
                "skip[0].and[0]: needs exactly one",
            ),
            (mapping_text(tables="[[nowhere]]\nlat = 91\nlon = 0"), "nowhere[0].lat"),
            (mapping_text(tables="[[nowhere]]\nlatitude = 1"), "unknown key (known: lat, lon)"),
            (mapping_text(top='months = ["a", "b"]'), "months: needs the twelve names"),
            (
                mapping_text(top="since = 2024-01-01\nuntil = 2024-01-01"),
                "`since` has to be before `until`",
            ),
            ('source = "a b"', "source"),
            ('source = "a"', "columns: is missing"),
            ("source = ", "city.toml:1: Invalid value"),
            ("a = 1\na = 2", "city.toml:2:"),
            (
                mapping_text().replace("America/New_York", "Mars/Base"),
                "city.toml:2: timezone: unknown time zone",
            ),
            (
                mapping_text().replace('address = "street"', ""),
                "needs latitude and longitude, `address` or `grid`",
            ),
        ],
    )
    def test_is_told_with_line_and_key(self, text: str, expected: str) -> None:
        assert expected in problems(text)

    def test_all_are_told_at_once(self) -> None:
        told = problems(mapping_text(top="x = 1", file="y = 1"))
        assert len(told.splitlines()) == 2

    def test_in_the_encoding_is_told(self) -> None:
        with pytest.raises(InvalidMapping, match=r"m:2: the file is not UTF-8"):
            parse_mapping(b'source = "a"\n# \xff', name="m")

    def test_in_the_file_name_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidMapping, match="No such file"):
            load_mapping(tmp_path / "none.toml")


class TestExtends:
    def write(self, folder: Path, name: str, text: str) -> Path:
        (folder / name).write_text(text)
        return folder / name

    def test_takes_what_is_not_said_from_the_other_file(self, tmp_path: Path) -> None:
        self.write(tmp_path, "base.toml", mapping_text(file='delimiter = ";"'))
        own = self.write(tmp_path, "own.toml", 'extends = "base.toml"\ndates = ["epoch"]\n')
        mapping = load_mapping(own)
        assert (mapping.source, mapping.file.delimiter, mapping.dates) == (
            "test-city",
            ";",
            ("epoch",),
        )

    def test_replaces_whole_tables(self, tmp_path: Path) -> None:
        self.write(tmp_path, "base.toml", mapping_text(columns='grid = "g"\ndescription = "d"'))
        columns = '[columns]\nid = "I"\nreported_at = "T"\naddress = "A"\ndescription = "D"\n'
        mapping = load_mapping(
            self.write(tmp_path, "own.toml", f'extends = "base.toml"\n{columns}')
        )
        assert mapping.columns.grid == ()

    def test_names_the_file_a_mistake_is_in(self, tmp_path: Path) -> None:
        self.write(tmp_path, "base.toml", mapping_text(top="x = 1"))
        with pytest.raises(InvalidMapping, match=r"base\.toml:3: x"):
            load_mapping(self.write(tmp_path, "own.toml", 'extends = "base.toml"'))

    @pytest.mark.parametrize("base", ['"own.toml"', "3", '"none.toml"'])
    def test_refuses_itself_and_what_is_no_file(self, tmp_path: Path, base: str) -> None:
        with pytest.raises(InvalidMapping):
            load_mapping(self.write(tmp_path, "own.toml", f"extends = {base}"))


class TestDefaults:
    def test_are_iso_dates_utf8_commas_and_the_telephone(self) -> None:
        mapping = a_mapping()
        assert mapping.dates == ("iso",)
        assert (mapping.file.encoding, mapping.file.delimiter) == ("utf-8", ",")
        assert mapping.channel_table.find("whatever") == "phone"
