"""The map of a plan's grids with how many cases are open and late in each, and as a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from schemas.plan import Grid
from services.access.door import not_yours
from services.desk.pages.bounds import COUNTED_EVERY
from services.desk.pages.frame import Frame, SeesCases
from services.desk.pages.overview_page import Number
from services.desk.pages.plan_map import Area, plan_map
from services.desk.pages.rendering import Reader, page, sentence
from services.desk.pages.routing import pages_router
from services.desk.store import overview, story

MAP: Final = "/map"
_WIDTH: Final = 960
_NONE: Final = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A grid in the table; one that is not in the plan any more has its code alone."""

    code: str
    name: str
    open: Number
    late: Number


def map_router(frame: Frame) -> APIRouter:
    """Return the route of the map."""
    router = pages_router()

    @router.get(MAP)
    async def get_map(request: Request, actor: SeesCases) -> Response:
        if not actor.sees_all:
            raise not_yours("all parties")
        live = frame.live(MAP, rest=COUNTED_EVERY)
        async with frame.database.read() as conn:
            as_of = await story.as_of(conn)
            counts = await overview.by_grid(conn, now=frame.clock())
            reader = await frame.around(request, conn, actor)
        grids = reader.plan.grids
        areas = [area_of(one, reader, counts=counts) for one in grids if one.polygon is not None]
        return page(
            "map_page.html",
            reader,
            live=live,
            drawn=plan_map(areas, width=_WIDTH),
            rows=_rows(counts, reader),
            as_of=as_of,
        )

    return router


def area_of(grid: Grid, reader: Reader, *, counts: Mapping[str, tuple[int, int]]) -> Area:
    """Return a grid as a map shows it, a link to its open cases."""
    number, late = counts.get(grid.code, _NONE)
    name = name_of(grid, reader)
    return Area(
        code=grid.code,
        told=reader.say("map.grid", name=name, open=number, late=late),
        outline=grid.polygon or (),
        href=_open_in(grid.code, number).address,
        count=number,
        late=late,
    )


def name_of(grid: Grid, reader: Reader) -> str:
    """Return what a grid is called."""
    return sentence(reader.either(grid.title_zh, grid.title_en))


def _open_in(code: str, count: int) -> Number:
    return Number.of(count, grid=code, open="true")


def _rows(counts: Mapping[str, tuple[int, int]], reader: Reader) -> list[_Row]:
    """Return all grids with their numbers: first where most is late, those without a case last."""
    names = {grid.code: name_of(grid, reader) for grid in reader.plan.grids}
    rows = [
        _Row(
            code=code,
            name=names.get(code, ""),
            open=_open_in(code, counts.get(code, _NONE)[0]),
            late=Number.of(counts.get(code, _NONE)[1], grid=code, late="true"),
        )
        for code in {*names, *counts}
    ]
    return sorted(rows, key=lambda row: (-row.late.count, -row.open.count, row.code))
