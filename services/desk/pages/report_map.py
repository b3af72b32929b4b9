"""Where a report is, picked on the map: a click leads to its grid, one more into it.

The picture has one size on every screen, since browsers tell a click in pixels of what they show.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from schemas.plan import Grid
from services.assessment.plan_index import PlanIndex
from services.assessment.position import Position
from services.desk.domain.view import View
from services.desk.pages.map_page import name_of
from services.desk.pages.plan_map import Area, Map, Mark, Point, plan_map
from services.desk.pages.rendering import Reader
from services.desk.pages.report_form import GRID, POINT, Wrong, code_of, point_in

WHOLE: Final = "whole"
"""What a form does that asks for the map of all grids."""
_OF: Final = "map.of"
_CLICK: Final = ("map.x", "map.y")
_WIDTH: Final = 300
"""Pixels: as wide as a phone has room for."""
_LAST: Final = 3
"""Characters at the end of a code that stand in its outline: there is no room for more."""
_PIXEL: Final = re.compile(r"\d{1,4}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picker:
    """A map to click on: of one grid by its code, or of all; `marked` where the place is."""

    drawn: Map
    of: str
    name: str
    marked: bool


def picker_of(given: Mapping[str, str], reader: Reader) -> Picker | None:
    """Return the map on which a form picks a place; None where the plan draws no grid."""
    asked = None if given.get("act") == WHOLE else code_of(given.get(GRID), reader.plan.grids)
    point = point_in(given.get(POINT, ""))
    grid = _outlined(asked, reader)
    drawn = _map_of(grid, reader, point=point)
    if drawn is None:
        return None
    return Picker(
        drawn=drawn,
        of="" if grid is None else grid.code,
        name="" if grid is None else name_of(grid, reader),
        marked=point is not None,
    )


def map_of(view: View, reader: Reader) -> Map | None:
    """Return the picture of where a case is in its grid; None without a point."""
    point = view.place.get("point")
    if point is None:
        return None
    return _map_of(_outlined(view.grid, reader), reader, point=(point["lon"], point["lat"]))


def picks(given: Mapping[str, str]) -> bool:
    """Tell whether a form is about its map alone."""
    return given.get("act") == WHOLE or _is_click(given)


def picked(
    given: Mapping[str, str], reader: Reader, index: PlanIndex
) -> tuple[dict[str, str], Wrong]:
    """Return a form with the place of a click and its grid, or what is wrong with that place."""
    if not _is_click(given):
        return settled(given, reader, index)
    x, y = (given.get(name, "") for name in _CLICK)
    drawn = _map_of(_outlined(given.get(_OF), reader), reader)
    point = None
    if drawn is not None and _PIXEL.fullmatch(x) and _PIXEL.fullmatch(y):
        point = drawn.place(int(x), int(y))
    grid = None if point is None else _grid_at(point, index)
    if point is None or grid is None:
        return {**given}, {POINT: reader.say("report.in_no_grid")}
    longitude, latitude = point
    return {**given, GRID: grid, POINT: f"{longitude:.6f},{latitude:.6f}"}, {}


def settled(
    given: Mapping[str, str], reader: Reader, index: PlanIndex
) -> tuple[dict[str, str], Wrong]:
    """Return a form without a place that no grid has, which is wrong, or that another grid has.

    Whoever typed another grid after the click means that one.
    """
    text = given.get(POINT, "")
    point = point_in(text)
    if not text:
        return {**given}, {}
    grid = None if point is None else _grid_at(point, index)
    if grid is None:
        return {**given, POINT: ""}, {POINT: reader.say("report.in_no_grid")}
    is_kept = grid == code_of(given.get(GRID), reader.plan.grids)
    return {**given, POINT: text if is_kept else ""}, {}


def _is_click(given: Mapping[str, str]) -> bool:
    # A key pressed on the map comes as (0, 0).
    return any(given.get(name, "0") != "0" for name in _CLICK)


def _outlined(code: str | None, reader: Reader) -> Grid | None:
    """Return a grid of the plan, if it has an outline."""
    grid = None if code is None else reader.plan.grid(code)
    return None if grid is None or grid.polygon is None else grid


def _map_of(grid: Grid | None, reader: Reader, *, point: Point | None = None) -> Map | None:
    """Return the map of one grid, or of all."""
    shown = [one for one in reader.plan.grids if one.polygon] if grid is None else [grid]
    areas = [
        Area(code=one.code, told=one.code[-_LAST:], outline=one.polygon or (), chosen=one is grid)
        for one in shown
    ]
    marks = [] if point is None else [Mark(at=point, told="", here=True)]
    return plan_map(areas, marks, width=_WIDTH)


def _grid_at(point: Point, index: PlanIndex) -> str | None:
    longitude, latitude = point
    return index.grids.at(Position(latitude, longitude))
