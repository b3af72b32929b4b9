"""Where in a row a value is."""

import pytest

from services.upstream.columns import Piece, find, first_value, opened

NOTHING = frozenset[str]()


class TestFind:
    @pytest.mark.parametrize(
        ("cells", "path", "expected"),
        [
            ({"a": "1"}, "a", "1"),
            ({"a.b": "1", "a": {"b": "2"}}, "a.b", "1"),
            ({"a": {"b": [10, 20]}}, "a.b.1", 20),
            ({"a": '{"b": {"c": 3}}'}, "a.b.c", 3),
            ({"a": "{'b': {'c': 3}}"}, "a.b.c", 3),
            ({"a": "(40.7, -73.9)"}, "a.0", 40.7),
            ({"a": "POINT (-73.9 40.7)"}, "a.1", 40.7),
            ({"a": [1]}, "a.4", None),
            ({"a": [1]}, "a.x", None),
            ({"a": None}, "a.b", None),
            ({}, "a.b", None),
            ({"a": "plain text"}, "a.b", None),
        ],
    )
    def test_walks_a_path(self, cells: dict[str, object], path: str, expected: object) -> None:
        assert find(cells, path) == expected


class TestOpened:
    @pytest.mark.parametrize(
        "text", ["{'a': 1", "[" * 5000, "{'a': open('x')}", "{'\\d': }", "", "{" + "1," * 9000]
    )
    def test_gives_up_on_what_spells_nothing(self, text: str) -> None:
        assert opened(text) is None


class TestPiece:
    def test_fills_a_template_and_tidies_blanks(self) -> None:
        value = Piece("{street},  {city}").value(
            {"street": "1   Road", "city": " Town "}, empty=NOTHING
        )
        assert value == "1 Road, Town"

    def test_is_empty_when_a_part_of_the_template_is(self) -> None:
        cells = {"street": "1 Road", "city": "N/A"}
        assert Piece("{street}, {city}").value(cells, empty=frozenset({"N/A"})) is None

    def test_first_filled_alternative_counts(self) -> None:
        pieces = (Piece("a"), Piece("{b}!"), Piece("c"))
        assert first_value(pieces, {"a": " ", "b": "2", "c": "3"}, empty=NOTHING) == "2!"

    def test_no_filled_alternative_is_nothing(self) -> None:
        assert first_value((Piece("a"), Piece("b")), {"b": []}, empty=NOTHING) is None

    def test_names_its_columns(self) -> None:
        assert Piece("{a} and { b.c }").columns == ("a", "b.c")
        assert Piece("d").columns == ("d",)
