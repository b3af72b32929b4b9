"""Which outlined area of a plan, a grid or a district, a position lies in."""

from collections.abc import Iterable

import shapely

from schemas.plan import Polygon
from services.intake.domain.position import Position


class Areas:
    """Outlined areas by code; made once per plan, asked once per report."""

    def __init__(self, outlines: Iterable[tuple[str, Polygon]]) -> None:
        """Build the search tree; an outline that crosses itself is taken as what it encloses."""
        known = [(code, shapely.Polygon(outline)) for code, outline in outlines]
        self._codes: list[str] = [code for code, _ in known]
        self._shapes = [shapely.make_valid(shape) for _, shape in known]
        for shape in self._shapes:
            shapely.prepare(shape)
        self._tree = shapely.STRtree(self._shapes)

    def at(self, position: Position) -> str | None:
        """Return the code of the area at a position; on a shared border the plan's first."""
        near: list[int] = self._tree.query(shapely.Point(position.lon, position.lat)).tolist()
        for number in sorted(near):
            if shapely.intersects_xy(self._shapes[number], position.lon, position.lat):
                return self._codes[number]
        return None
