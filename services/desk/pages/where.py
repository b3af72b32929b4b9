"""Where a case is: its grid with a pin, and the other open cases there that a reader may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from sqlalchemy.ext.asyncio import AsyncConnection

from services.access.actor import Actor
from services.desk.domain.view import View
from services.desk.pages.bounds import NEARBY_SHOWN
from services.desk.pages.list_page import CaseInBrief
from services.desk.pages.map_page import name_of
from services.desk.pages.overview_page import Number
from services.desk.pages.plan_map import Area, Map, Mark, Point, plan_map
from services.desk.pages.rendering import Reader
from services.desk.store import lists
from services.desk.store.rows import view_of
from services.desk.store.wanted import Wanted

_WIDTH: Final = 360
_LISTED: Final = 5


async def nearby(conn: AsyncConnection, view: View, *, actor: Actor, now: datetime) -> list[View]:
    """Return the newest other open cases in the grid of a case that somebody may see."""
    if view.grid is None:
        return []
    wanted = Wanted(grid=view.grid, open=True, limit=NEARBY_SHOWN + 1)
    rows = await lists.cases(conn, wanted, actor=actor, now=now)
    return [view_of(row) for row in rows if row["case_id"] != view.case_id][:NEARBY_SHOWN]


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where a case is: the map, if the plan draws the grid or the case has a point.

    `more` leads to all that is open in the grid.
    """

    grid: str | None
    drawn: Map | None
    cases: Sequence[CaseInBrief]
    more: Number | None

    @classmethod
    def of(cls, view: View, near: Sequence[View], reader: Reader) -> Self:
        """Return where a case is, as its page shows it."""
        grid = next((one for one in reader.plan.grids if one.code == view.grid), None)
        areas = []
        if grid is not None and grid.polygon is not None:
            name = name_of(grid, reader)
            areas = [Area(code=grid.code, told=name, outline=grid.polygon, chosen=True)]
        cases = [CaseInBrief.of(one, reader) for one in near]
        marks = [_mark(one, at) for one in cases if (at := _point(one.view)) is not None]
        here = _point(view)
        if here is not None:
            marks.append(Mark(at=here, told=reader.say("map.case_here"), here=True))
        return cls(
            grid=view.grid if grid is None else name_of(grid, reader),
            drawn=plan_map(areas, marks, width=_WIDTH),
            cases=cases[:_LISTED],
            more=None if view.grid is None else Number.of(len(near), grid=view.grid, open="true"),
        )


def _mark(one: CaseInBrief, at: Point) -> Mark:
    late = one.clock is not None and one.clock.colour == "red"
    return Mark(at=at, told=one.title, href=one.address, tone="late" if late else "open")


def _point(view: View) -> Point | None:
    point = view.place.get("point")
    return None if point is None else (point["lon"], point["lat"])
