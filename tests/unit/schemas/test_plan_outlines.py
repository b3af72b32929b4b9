"""Outlines of grids and districts that enclose what their author meant, or are refused."""

import pytest

from schemas.plan import Severity
from tests.unit.schemas.plan_texts import SMALL, findings_of, line_of

Outline = list[list[float]]

SQUARE: Outline = [[10, 10], [12, 10], [12, 12], [10, 12]]
FAULTY: dict[str, tuple[Outline, str]] = {
    "crosses itself": ([[0, 0], [1, 1], [1, 0], [0, 1]], "crosses itself"),
    "touches itself": ([[0, 0], [2, 0], [2, 2], [1, 0], [0, 2]], "crosses itself"),
    "turns back": ([[0, 0], [2, 0], [1, 0], [1, 1]], "crosses itself"),
    "a line": ([[0, 0], [1, 0], [2, 0]], "encloses nothing"),
    "a point": ([[1, 1], [1, 1], [1, 1]], "a point twice"),
    "a point twice": ([[0, 0], [1, 0], [1, 0], [0, 1]], "a point twice"),
    "a pole": ([[0, 89], [120, 89], [-120, 89]], "near a pole"),
    "around the earth": ([[-179, 0], [-60, 0], [60, 0], [179, 1]], "half the earth"),
    "swapped": ([[28, 115], [28, 116], [29, 116]], "swap the two numbers"),
    "not a number": ([[float("nan"), 1], [1, 2], [3, 4]], "is not a [longitude, latitude]"),
    "two points": ([[0, 0], [1, 1]], "at least 3"),
}
FINE: dict[str, Outline] = {
    "closed": [*SQUARE, SQUARE[0]],
    "the other way round": SQUARE[::-1],
    "a corner that is none": [[0, 0], [1, 0], [2, 0], [2, 2], [0, 2]],
    "over the date line": [[179.99, -17], [-179.99, -17], [-179.99, -16.9], [179.99, -16.9]],
}
NEIGHBOURS: dict[str, Outline] = {
    "beside it": [[12, 10], [14, 10], [14, 12], [12, 12]],
    "at a corner of it": [[12, 12], [14, 12], [14, 14], [12, 14]],
    "along a part of it": [[12, 11], [14, 11], [14, 14], [12, 14]],
    "drawn a little across": [[11.999999, 10], [14, 10], [14, 12], [11.999999, 12]],
}
OVERLAPPING: dict[str, Outline] = {
    "the same": SQUARE,
    "shifted along a border": [[11, 10], [13, 10], [13, 12], [11, 12]],
    "across a corner": [[11, 11], [13, 11], [13, 13], [11, 13]],
    "inside": [[10.5, 10.5], [11, 10.5], [11, 11]],
    "around": [[0, 0], [20, 0], [20, 20], [0, 20]],
    "straight through": [[9, 10.5], [13, 10.5], [13, 11], [9, 11]],
}


def grid(code: str, outline: Outline) -> str:
    return (
        f'\n[[grids]]\ncode = "{code}"\ntitle_en = "x"\ntitle_zh = "x"\n'
        f'district = "360111"\nhouseholds = 400\npolygon = {outline}\n'
    )


class TestOutline:
    @pytest.mark.parametrize("case", FAULTY)
    def test_is_refused_on_its_line(self, case: str) -> None:
        outline, message = FAULTY[case]
        text = SMALL + grid("g2", outline)
        (found,) = findings_of(text)
        assert message in found.message
        assert found.advice
        assert (found.severity, found.line) == (Severity.ERROR, line_of(text, "polygon"))

    @pytest.mark.parametrize("case", FINE)
    def test_is_taken(self, case: str) -> None:
        assert findings_of(SMALL + grid("g2", FINE[case])) == []


class TestTwoGrids:
    @pytest.mark.parametrize("case", NEIGHBOURS)
    def test_share_a_border(self, case: str) -> None:
        assert findings_of(SMALL + grid("g2", SQUARE) + grid("g3", NEIGHBOURS[case])) == []

    @pytest.mark.parametrize("case", OVERLAPPING)
    def test_share_no_area(self, case: str) -> None:
        text = SMALL + grid("g2", OVERLAPPING[case]) + grid("g3", SQUARE)
        (found,) = findings_of(text)
        assert found.message.startswith("grid g3 overlaps grid g2, which stands on line")
        assert found.line == line_of(text, "polygon", nth=2)
