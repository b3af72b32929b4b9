"""Picking the place of a report on the map: a click says its grid, one more the place in it."""

import json
import re

import pytest

from schemas.events.incident import Place, Point
from schemas.vocabulary import case_id_for
from tests.support.desk_town import sent
from tests.support.followed import FollowedBench
from tests.support.notifier import registered
from tests.support.published import Log
from tests.support.shown import DeskBench
from tests.use_cases.desk.cases.pages.test_taking import ACCEPTOR, TYPED, carried, got, saved

GRID = "36011100300103"
POINT = "115.959000,28.687000"
WHOLE = {**TYPED, "place.grid": "", "map.of": ""}
ONE = {**TYPED, "map.of": GRID, "place.point": POINT}

pytestmark = pytest.mark.timeout(300)


async def after(desk: DeskBench, form: dict[str, str], *, status: int = 200) -> str:
    """Return the form as it comes back."""
    answer = await sent(desk, "/report", form, ACCEPTOR)
    assert answer.status_code == status, answer.text
    return answer.text


async def clicked(
    desk: DeskBench, form: dict[str, str], x: object, y: object, *, status: int = 200
) -> str:
    """Return the form after a click on its map."""
    return await after(desk, {**form, "map.x": str(x), "map.y": str(y)}, status=status)


def point_of(text: str) -> tuple[float, float] | None:
    told = carried(text).get("place.point")
    if not told:
        return None
    longitude, latitude = told.split(",")
    return float(longitude), float(latitude)


def grid_of(text: str) -> str:
    found: list[str] = re.findall(r'name="place.grid" type="text" value="([^"]*)"', text)
    assert len(found) == 1
    return found[0]


class TestSame:
    async def test_is_near_the_place_across_the_border_of_a_grid(
        self, desk: DeskBench, bench: FollowedBench
    ) -> None:
        longitude, latitude = map(float, POINT.split(","))
        beside = Place(grid="36011100300104", point=Point(lon=longitude, lat=latitude + 0.00005))
        await bench.tell(registered(place=beside))
        assert "相距 6 米" in await after(desk, {**ONE, "act": "look"})


class TestClick:
    async def test_on_all_grids_leads_into_the_one_that_was_meant(self, desk: DeskBench) -> None:
        # The plan's ten grids are five wide and two high.
        text = await clicked(desk, WHOLE, 150, 105)
        assert grid_of(text) == GRID
        assert carried(text)["map.of"] == GRID
        assert "湖滨社区第3网格" in text
        assert point_of(text) == pytest.approx((115.96, 28.688), abs=0.0005)

    async def test_into_a_grid_says_where_to_a_pixel(self, desk: DeskBench) -> None:
        text = await clicked(desk, ONE, 150, 150)
        point = point_of(text)
        assert point == pytest.approx((115.96, 28.688), abs=0.0001)
        assert "<path d=" in text

    async def test_keeps_what_was_typed_and_finds_nothing_out(self, desk: DeskBench) -> None:
        text = await clicked(desk, WHOLE | {"contact.phone": "13800138000"}, 150, 105)
        assert all(value in text for value in (TYPED["description"], "13800138000"))
        assert 'class="found"' not in text

    @pytest.mark.parametrize(
        ("x", "y"),
        [(1, 1), (4000, 5), (99_999, 5), ("-5", 9), ("９", 9), ("1e1", 9), ("", 9), ("NaN", 9)],
    )
    async def test_beside_all_grids_is_said_to_be(
        self, desk: DeskBench, x: object, y: object
    ) -> None:
        text = await clicked(desk, ONE | {"map.of": ""}, x, y, status=422)
        assert "此处不在任何网格内" in text

    async def test_of_a_key_is_a_look(self, desk: DeskBench) -> None:
        assert 'class="found"' in await clicked(desk, ONE | {"act": "look"}, 0, 0)

    async def test_on_a_map_that_nobody_draws_is_one_on_all(self, desk: DeskBench) -> None:
        for of in ("x", "36011100300111", "<b>"):
            assert grid_of(await clicked(desk, {**WHOLE, "map.of": of}, 150, 105)) == GRID


class TestPlace:
    async def test_is_in_the_report(self, desk: DeskBench) -> None:
        log = Log()
        answer = await saved(desk, ONE, log)
        assert answer.status_code == 303, answer.text
        [message] = log.messages
        place = json.loads(message.value or b"")["place"]
        assert place["point"] == {"lat": 28.687, "lon": 115.959}
        assert place["grid"] == GRID

    @pytest.mark.parametrize("grid", ["36011100300104", "湖滨社区第4网格", ""])
    async def test_goes_when_another_grid_is_typed(self, desk: DeskBench, grid: str) -> None:
        text = await after(desk, ONE | {"place.grid": grid, "act": "look"})
        assert (grid_of(text), point_of(text)) == (grid, None)

    @pytest.mark.parametrize(
        "point",
        [
            "0.0,0.0",
            "116.500000,28.700000",
            "nan,inf",
            "1e2,1e1",
            "115.959,28.687,1.0",
            "999.9,99.9",
            "１15.959000,28.687000",
            "<script>",
        ],
    )
    async def test_is_checked_as_any(self, desk: DeskBench, point: str) -> None:
        text = await after(desk, ONE | {"place.point": point, "act": "look"}, status=422)
        assert "此处不在任何网格内" in text
        assert point_of(text) is None

    async def test_stays_while_all_grids_are_looked_at(self, desk: DeskBench) -> None:
        text = await after(desk, ONE | {"act": "whole"})
        assert (carried(text)["map.of"], carried(text)["place.point"]) == ("", POINT)
        assert "<path d=" in text

    async def test_is_on_the_page_that_reads_back(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        number = "K7QF-2M9X-PAB3"
        for point, is_drawn in ((None, False), (Point(lon=115.959, lat=28.687), True)):
            case_id, place = case_id_for("desk", number), Place(grid=GRID, point=point)
            fact = registered(report=number, case_id=case_id, place=place)
            await bench.tell(fact)
            answer = await got(desk, f"/report/{number}")
            assert answer.status_code == 200
            assert ("<path d=" in answer.text) is is_drawn
            number = number.replace("K7QF", "K7QG")


class TestMap:
    async def test_is_of_the_grid_that_was_typed(self, desk: DeskBench) -> None:
        text = await after(desk, TYPED | {"act": "look"})
        assert carried(text)["map.of"] == GRID

    async def test_is_missing_where_the_plan_draws_none(self, desk: DeskBench) -> None:
        grids = tuple(one.model_copy(update={"polygon": None}) for one in desk.plan.grids)
        desk.plan = desk.plan.model_copy(update={"grids": grids})
        answer = await got(desk, "/report")
        assert answer.status_code == 200
        assert 'type="image"' not in answer.text
