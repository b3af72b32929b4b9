"""Which outlined area of a plan, a grid or a district, a position lies in."""

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache, partial
from typing import Final

import shapely
from shapely.affinity import translate

from schemas.plan import Polygon, unrolled
from services.assessment.position import Position

_PER_DEGREE: Final = 1000
_MARGIN_DEGREES: Final = 1e-9
"""More than rounding moves a border, and a tenth of a millimetre."""
_SQUARES_KEPT: Final = 100_000
"""Squares whose areas are remembered; a district of 100 square kilometres has about 9,000."""


class Areas:
    """Outlined areas by code; made once per plan, asked once per report."""

    def __init__(self, outlines: Iterable[tuple[str, Polygon]]) -> None:
        """Build the search tree; an outline that crosses itself is taken as what it encloses."""
        known = [(code, _shape(outline)) for code, outline in outlines]
        self._codes: list[str] = [code for code, _ in known]
        self._shapes = [shape for _, shape in known]
        for shape in self._shapes:
            shapely.prepare(shape)
        self._tree = shapely.STRtree(self._shapes)
        # Most squares lie in one area or in none, and a position in them needs no geometry. What
        # is remembered must not point back here: the collector never sees the first plan's areas.
        touching = partial(_touching, codes=self._codes, tree=self._tree)
        self._of_square = lru_cache(_SQUARES_KEPT)(touching)

    def at(self, position: Position) -> str | None:
        """Return the code of the area at a position; on a shared border the plan's first."""
        row, column = math.floor(position.lat * _PER_DEGREE), math.floor(position.lon * _PER_DEGREE)
        whole, near = self._of_square(row, column)
        for number in near:
            if shapely.intersects_xy(self._shapes[number], position.lon, position.lat):
                return self._codes[number]
        return whole


def _shape(outline: Polygon) -> shapely.Geometry:
    """Return an outline as a shape; one over the date line lies at both ends of the map."""
    shape = shapely.make_valid(shapely.Polygon(unrolled(outline)))
    west, _, east, _ = shape.bounds
    turn = 360 if west < -180 else -360 if east > 180 else 0  # noqa: PLR2004 - degrees
    return shapely.union(shape, translate(shape, turn)) if turn else shape


def _touching(
    row: int, column: int, *, codes: Sequence[str], tree: shapely.STRtree
) -> tuple[str | None, tuple[int, ...]]:
    """Return the area that has all of a square, and those before it that have a part of it."""
    box = shapely.box(
        column / _PER_DEGREE - _MARGIN_DEGREES,
        row / _PER_DEGREE - _MARGIN_DEGREES,
        (column + 1) / _PER_DEGREE + _MARGIN_DEGREES,
        (row + 1) / _PER_DEGREE + _MARGIN_DEGREES,
    )
    near: list[int] = []
    for number in sorted(tree.query(box, predicate="intersects").tolist()):
        if tree.geometries[number].covers(box):
            return codes[number], tuple(near)
        near.append(number)
    return None, tuple(near)
