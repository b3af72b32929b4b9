"""Distances, cells, grids, and which reports a plan refuses for their place or time."""

import math
import random
from datetime import timedelta
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from schemas.plan import Plan
from services.assessment.grids import Areas
from services.assessment.plan_index import PlanIndex
from services.assessment.position import Position, block_of, cell_of, cells_around, distance_m
from services.assessment.refusal import Refusal, refusal_of
from tests.support.intake import HERE, NOON, north_of, seed_index

SHANGHAI = Position(31.23, 121.47)
PLACES = st.builds(
    Position, st.floats(min_value=-85, max_value=85), st.floats(min_value=-180, max_value=180)
)


class TestDistance:
    def test_is_what_the_globe_says(self) -> None:
        assert distance_m(HERE, SHANGHAI) == pytest.approx(605_000, rel=0.01)

    @given(a=PLACES, b=PLACES)
    def test_is_the_same_both_ways_and_never_more_than_half_around(
        self, a: Position, b: Position
    ) -> None:
        assert distance_m(a, b) == pytest.approx(distance_m(b, a))
        assert 0 <= distance_m(a, b) <= math.pi * 6_371_009


class TestCells:
    @given(
        a=PLACES,
        bearing=st.floats(min_value=0, max_value=2 * math.pi),
        metres=st.floats(min_value=0, max_value=3_000),
    )
    def test_around_a_place_hold_whatever_is_within_the_radius(
        self, a: Position, bearing: float, metres: float
    ) -> None:
        north = metres * math.cos(bearing) / 111_195
        east = metres * math.sin(bearing) / 111_195 / math.cos(math.radians(a.lat))
        b = Position(a.lat + north, (a.lon + east + 180) % 360 - 180)

        assert cell_of(b) in cells_around(a, radius_m=distance_m(a, b) + 0.01)

    @given(a=PLACES.filter(lambda p: abs(p.lat) < 60))
    def test_are_few_for_a_usual_radius(self, a: Position) -> None:
        assert 1 <= len(cells_around(a, radius_m=50)) <= 12

    @given(a=PLACES, b=PLACES)
    def test_of_one_block_are_at_most_a_block_apart(self, a: Position, b: Position) -> None:
        same = block_of(cell_of(a)) == block_of(cell_of(b))
        assert not same or (abs(a.lat - b.lat) <= 0.01 and abs(a.lon - b.lon) % 359.99 <= 0.01)

    def test_grow_with_the_radius(self) -> None:
        assert len(cells_around(HERE, radius_m=300)) > 4

    def test_meet_at_the_date_line(self) -> None:
        assert cell_of(Position(0.0005, 180)) in cells_around(
            Position(0.0005, -179.9999), radius_m=50
        )


class TestGrid:
    def test_is_the_one_around_the_point(self) -> None:
        assert seed_index().grid_of(None, HERE) == "36011100300101"

    def test_named_by_the_report_wins(self) -> None:
        assert seed_index().grid_of("36011100300112", HERE) == "36011100300112"

    def test_named_wrongly_is_found_by_the_point(self) -> None:
        assert seed_index().grid_of("nowhere", HERE) == "36011100300101"

    def test_is_unknown_between_the_outlines(self) -> None:
        assert seed_index().grid_of(None, Position(28.63, 115.91)) is None

    def test_is_unknown_without_a_point(self) -> None:
        assert seed_index().grid_of(None, None) is None

    def test_on_a_shared_border_is_the_first(self) -> None:
        assert seed_index().grid_of(None, Position(28.688, 115.954)) == "36011100300101"

    def test_is_found_on_both_sides_of_the_date_line(self) -> None:
        for west, east in ((179.99, -179.99), (-180.01 + 360, -179.99)):
            outline = ((west, -17.0), (east, -17.0), (east, -16.9), (west, -16.9))
            areas = Areas([("line", outline), ("round", outline[2:] + outline[:2])])
            for lon in (179.995, 180.0, -180.0, -179.995):
                assert areas.at(Position(-16.95, lon)) == "line"
            for lon in (0.0, 10.0, 179.98, -179.98):
                assert areas.at(Position(-16.95, lon)) is None

    def test_is_found_in_an_outline_that_crosses_itself(self) -> None:
        bow = Areas([("bow", ((0.0, 0.0), (2.0, 2.0), (2.0, 0.0), (0.0, 2.0)))])

        assert bow.at(Position(1.0, 0.25)) == "bow"
        assert bow.at(Position(1.9, 1.0)) is None

    def test_is_the_first_that_holds_the_point_wherever_it_is(self) -> None:
        chance = random.Random(7)
        outlines = [(f"g{n}", _outline(chance)) for n in range(40)]
        areas = Areas(outlines)
        shapes = [(code, shapely.Polygon(outline)) for code, outline in outlines]
        found = set()
        for position in [_somewhere(chance) for _ in range(4_000)]:
            point = shapely.Point(position.lon, position.lat)
            expected = next((code for code, shape in shapes if shape.intersects(point)), None)
            assert areas.at(position) == expected
            found.add(expected)
        assert found >= {None, "g0", "g1", "g2"}


def _outline(chance: random.Random) -> tuple[tuple[float, float], ...]:
    """Return a triangle or a rectangle, the latter along lines that squares have their edges on."""
    lon, lat = (round(chance.uniform(-0.02, 0.02), 3) for _ in "xy")
    wide, high = (round(chance.uniform(0.001, 0.006), 3) for _ in "xy")
    corners = ((lon, lat), (lon + wide, lat), (lon + wide, lat + high), (lon, lat + high))
    return corners if chance.random() < 0.5 else corners[:3]


def _somewhere(chance: random.Random) -> Position:
    """Return a position, every third one on the edge of a square."""
    lat, lon = (chance.uniform(-0.025, 0.025) for _ in "xy")
    if chance.random() < 1 / 3:
        lat = round(lat, 3)
    return Position(lat, lon)


def refusal(**changes: Any) -> Refusal | None:
    asked: dict[str, Any] = {
        "position": HERE,
        "grid": None,
        "reported_at": NOON,
        "now": NOON,
        "index": seed_index(),
    }
    return refusal_of(**(asked | changes))


class TestRefusal:
    def test_is_not_for_a_report_from_here_and_now(self) -> None:
        assert refusal() is None

    def test_is_for_a_point_in_no_district(self) -> None:
        found = refusal(position=SHANGHAI)

        assert found is not None
        assert (found.reason, found.field) == ("outside_district", "place.point")
        assert "Qingshanhu district" in found.message_en
        assert "青山湖区" in found.message_zh

    def test_is_not_for_a_point_when_a_district_has_no_outline(self) -> None:
        plan = seed_index().plan
        bare = plan.districts[0].model_copy(update={"code": "x", "polygon": None})
        open_plan: Plan = plan.model_copy(update={"districts": (*plan.districts, bare)})

        assert refusal(position=SHANGHAI, index=PlanIndex(open_plan)) is None

    def test_is_for_an_unknown_grid_without_a_point(self) -> None:
        found = refusal(position=None, grid="nowhere")

        assert found is not None
        assert (found.reason, found.field) == ("unknown_grid", "place.grid")

    def test_is_not_for_an_unknown_grid_with_a_point(self) -> None:
        assert refusal(grid="nowhere") is None

    def test_is_not_for_an_address_alone(self) -> None:
        assert refusal(position=None) is None

    @pytest.mark.parametrize(("minutes", "reason"), [(5, None), (6, "in_the_future")])
    def test_is_for_a_report_from_more_than_five_minutes_ahead(
        self, minutes: int, reason: str | None
    ) -> None:
        found = refusal(reported_at=NOON + timedelta(minutes=minutes))

        assert (found and found.reason) == reason


def test_north_is_measured_in_metres() -> None:
    assert distance_m(HERE, north_of(HERE, 50)) == pytest.approx(50, abs=0.01)
