"""How far it is from one place to another."""

from math import asin, cos, radians, sin, sqrt
from typing import Final

_RADIUS_M: Final = 6_371_008.8


def metres(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Return the way along the earth between two points in degrees, in metres.

    >>> round(metres(28.68, 115.95, 28.69, 115.95))
    1112
    """
    north, east = radians(other_lat - lat), radians(other_lon - lon)
    flat = cos(radians(lat)) * cos(radians(other_lat)) * sin(east / 2) ** 2
    return 2 * _RADIUS_M * asin(sqrt(min(1.0, sin(north / 2) ** 2 + flat)))
