"""Where things are: distances in metres, and the cells and blocks that neighbours share.

A cell is 0.001 degree high and wide, about 110 m by 100 m in Nanchang, a block ten by ten cells.
Two positions within a radius always have a cell in common among those that their radius touches.
"""

import math
from typing import Final, NamedTuple

_EARTH_RADIUS_M: Final = 6_371_008.8
_METRES_PER_DEGREE: Final = _EARTH_RADIUS_M * math.pi / 180
_PER_DEGREE: Final = 1000
_BLOCK: Final = 10
_COLUMNS: Final = 360 * _PER_DEGREE
_ROWS: Final = 180 * _PER_DEGREE
_NARROWEST: Final = 0.01
"""Least share of the equator's width a degree of longitude is taken to have."""


class Position(NamedTuple):
    """A WGS-84 position in degrees."""

    lat: float
    lon: float


def distance_m(a: Position, b: Position) -> float:
    """Return the great-circle distance of two positions in metres.

    >>> round(distance_m(Position(28.688, 115.952), Position(28.689, 115.952)))
    111
    """
    lat_a, lat_b = math.radians(a.lat), math.radians(b.lat)
    half_lat = math.sin((lat_b - lat_a) / 2)
    half_lon = math.sin(math.radians(b.lon - a.lon) / 2)
    chord = half_lat**2 + math.cos(lat_a) * math.cos(lat_b) * half_lon**2
    return 2 * _EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, chord)))


def cell_of(position: Position) -> int:
    """Return the number of the cell a position is in."""
    return _number(_row(position.lat), _column(position.lon))


def cells_around(position: Position, *, radius_m: float) -> list[int]:
    """Return the cells that a circle's bounding box touches, sorted; one to six for 50 m.

    Nearer than about half a degree to a pole the box is too narrow and neighbours can be missed.
    """
    high = radius_m / _METRES_PER_DEGREE
    # The box's edge that is farther from the equator is where it spans most degrees.
    farthest = min(90.0, abs(position.lat) + high)
    wide = min(180.0, high / max(_NARROWEST, math.cos(math.radians(farthest))))
    rows = range(_row(position.lat - high), _row(position.lat + high) + 1)
    columns = range(_column(position.lon - wide), _column(position.lon + wide) + 1)
    return sorted({_number(row, column) for row in rows for column in columns})


def block_of(cell: int) -> int:
    """Return the number of the block a cell is in."""
    row, column = divmod(cell, _COLUMNS)
    return row // _BLOCK * (_COLUMNS // _BLOCK) + column // _BLOCK


def _row(lat: float) -> int:
    return min(_ROWS, max(0, math.floor((lat + 90) * _PER_DEGREE)))


def _column(lon: float) -> int:
    return math.floor((lon + 180) * _PER_DEGREE)


def _number(row: int, column: int) -> int:
    return row * _COLUMNS + column % _COLUMNS
