"""Where a map shows what: nothing leaves it, east is right, north is up, and a thumb finds each."""

from itertools import pairwise
from math import cos, hypot, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.desk.pages.plan_map import Area, Map, Mark, Point, plan_map
from tests.support.notifier import the_plan

SQUARE = ((115.9, 28.6), (116.0, 28.6), (116.0, 28.7), (115.9, 28.7))
PLACE = st.tuples(st.floats(-180, 180), st.floats(-85, 85))
NEARBY = st.tuples(st.floats(115.9, 116.1), st.floats(28.6, 28.8))


def area(*outline: Point, code: str = "a", count: int | None = None, late: int = 0) -> Area:
    return Area(code=code, told=code, outline=outline or SQUARE, count=count, late=late)


def mark(at: Point, *, tone: str = "open", here: bool = False) -> Mark:
    return Mark(at=at, told=str(at), tone=tone, here=here)


def drawn(*areas: Area, marks: tuple[Mark, ...] = (), width: int = 720) -> Map:
    found = plan_map(areas, marks, width=width)
    assert found is not None
    return found


def corners(found: Map, number: int = 0) -> list[Point]:
    """Return where the corners of an area lie."""
    told = (pair.split(",") for pair in found.areas[number].points.split())
    return [(float(x), float(y)) for x, y in told]


class TestPlace:
    def test_is_to_the_east_on_the_right_and_to_the_north_above(self) -> None:
        (west, south), (east, _), (_, north), _ = corners(drawn(area()))
        assert (west < east, north < south) == (True, True)

    def test_is_as_wide_as_the_earth_is_there(self) -> None:
        (west, south), (east, _), (_, north), _ = corners(drawn(area()))
        assert (east - west) / (south - north) == pytest.approx(cos(radians(28.65)), rel=0.01)

    @given(st.lists(st.lists(PLACE, min_size=3, max_size=6), min_size=1, max_size=4))
    def test_is_on_the_map_wherever_on_earth(self, outlines: list[list[Point]]) -> None:
        found = drawn(*(area(*outline) for outline in outlines))
        for number in range(len(outlines)):
            for x, y in corners(found, number):
                assert -0.1 <= x <= found.width + 0.1
                assert -0.1 <= y <= found.height + 0.6

    def test_is_near_its_neighbour_over_the_date_line(self) -> None:
        east = area((179.9, 0.0), (-179.9, 0.0), (-179.9, 0.1), (179.9, 0.1))
        west = area((-179.9, 0.0), (-179.8, 0.0), (-179.8, 0.1), (-179.9, 0.1))
        found = drawn(east, west)
        assert corners(found, 0)[1] == corners(found, 1)[0]

    @pytest.mark.parametrize("width", [320, 720, 1200])
    def test_fits_a_width_and_is_no_higher(self, width: int) -> None:
        tall = area((0.0, 0.0), (0.1, 0.0), (0.1, 5.0), (0.0, 5.0))
        for one in (area(), tall):
            found = drawn(one, width=width)
            assert found.height <= found.width == width

    def test_of_nothing_is_none(self) -> None:
        assert plan_map([], []) is None

    def test_of_a_single_point_is_in_the_middle(self) -> None:
        found = drawn(marks=(mark((115.9, 28.6)),))
        [one] = found.marks
        assert one.at == pytest.approx((360, found.height / 2), abs=1)


class TestOutline:
    def test_has_no_more_points_than_can_be_seen(self) -> None:
        fine = [(115.9 + n / 100_000, 28.6 + (n % 2) / 1e7) for n in range(10_000)]
        found = drawn(area(*fine, (115.9, 28.7)))
        assert len(corners(found)) < 800
        assert all(hypot(a[0] - b[0], a[1] - b[1]) > 0.8 for a, b in pairwise(corners(found)))

    def test_has_its_number_within_where_there_is_room(self) -> None:
        crescent = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.9, 1.0), (0.9, 0.1), (0.0, 0.1))
        found = drawn(area(*crescent, count=3))
        label = found.areas[0].label
        assert label is not None
        x, y = label
        (_, south), (east, _), (_, north), (inner, _), (_, sill), _ = corners(found)
        assert (inner <= x <= east and north <= y <= south) or sill <= y <= south

    def test_has_none_where_there_is_no_room(self) -> None:
        small = area((115.9, 28.6), (115.901, 28.6), (115.901, 28.601), code="small")
        assert [one.label is None for one in drawn(area(), small).areas] == [False, True]

    def test_that_crosses_itself_is_drawn(self) -> None:
        bow = ((0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0))
        assert drawn(area(*bow, count=1)).areas[0].label is not None

    @pytest.mark.parametrize(
        ("count", "late", "tone"),
        [(None, 0, "quiet"), (0, 0, "quiet"), (3, 0, "open"), (3, 1, "late")],
    )
    def test_is_as_loud_as_what_is_in_it(self, count: int | None, late: int, tone: str) -> None:
        assert area(count=count, late=late).tone == tone


class TestMarks:
    @given(st.lists(NEARBY, max_size=40))
    def test_are_told_apart_or_counted(self, places: list[Point]) -> None:
        found = plan_map([area()], [mark(at) for at in places])
        assert found is not None
        assert sum(one.count for one in found.marks) == len(places)
        spots = [one.at for one in found.marks]
        assert all(
            hypot(a[0] - b[0], a[1] - b[1]) >= 30
            for n, a in enumerate(spots)
            for b in spots[n + 1 :]
        )

    def test_that_lie_together_are_as_loud_as_the_loudest(self) -> None:
        marks = (mark((115.95, 28.65)), mark((115.95, 28.65), tone="late"))
        [one] = drawn(area(), marks=marks).marks
        assert (one.count, one.loudness) == (2, "late")

    def test_leave_what_the_map_is_about_alone_and_on_top(self) -> None:
        at = (115.95, 28.65)
        found = drawn(area(), marks=(mark(at, here=True), mark(at), mark(at)))
        assert [(one.mark.here, one.count) for one in found.marks] == [(False, 2), (True, 1)]


def test_the_plans_grids_are_on_it() -> None:
    plan = the_plan()
    found = drawn(*(area(*g.polygon, code=g.code) for g in plan.grids if g.polygon is not None))
    assert len(found.areas) == 10


class TestClick:
    @given(st.lists(NEARBY, min_size=3, max_size=6), st.integers(0, 320), st.integers(0, 320))
    def test_is_of_the_point_that_lies_there(self, outline: list[Point], x: int, y: int) -> None:
        found = drawn(area(*outline), width=320)
        point = found.place(x, y)
        assert (point is None) is (y > found.height)
        if point is not None:
            assert found.sheet.point(point) == pytest.approx((x, y), abs=0.01)

    def test_beyond_the_date_line_is_of_a_point_on_earth(self) -> None:
        found = drawn(area((179.9, 0.0), (-179.9, 0.0), (-179.9, 0.1), (179.9, 0.1)))
        point = found.place(found.width, 0)
        assert point is not None
        assert -180 <= point[0] < -179.8

    @pytest.mark.parametrize(("x", "y"), [(-1, 5), (5, -1), (721, 5), (5, 721)])
    def test_beside_the_map_is_of_none(self, x: int, y: int) -> None:
        assert drawn(area()).place(x, y) is None
