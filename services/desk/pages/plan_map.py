"""A map of a plan's grids with marks on it, drawn here: no tiles, no network, good to print.

`plan_map` says where everything lies; the macro `drawing` of `map.html` makes the SVG of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import cos, hypot, radians
from typing import Final

import shapely

from schemas.plan import unrolled

Point = tuple[float, float]
"""Longitude and latitude in degrees (WGS 84), or x and y on the map."""

TONES: Final = ("quiet", "open", "late")
"""How loud something is on a map, the quietest first; each has a colour and a shape."""

_CORNERS: Final = 3
_FULL_TURN: Final = 360.0
_HALF: Final = _FULL_TURN / 2
_MARGIN: Final = 10.0
_TALLEST: Final = 1.0
"""Height of a map at the most, in widths."""
_FINE: Final = 1.0
"""What lies nearer than this to the point before, in pixels, is not drawn."""
_APART: Final = 30.0
"""Marks that would lie nearer, in pixels, are one: a thumb has to find each."""
_LABELLED: Final = 26.0
"""Areas that are narrower or lower, in pixels, have no room for their numbers."""
_SMALLEST: Final = 0.002
"""Degrees that a map shows at the least, about 200 m."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A grid on a map: its outline, where a click on it leads, and what stands in it.

    `told` says all of it in words. `count` stands in it large, `late` below with the sign of what
    is late. `chosen` is the one that the map is about.
    """

    code: str
    told: str
    outline: Sequence[Point]
    href: str = ""
    count: int | None = None
    late: int = 0
    chosen: bool = False

    @property
    def tone(self) -> str:
        """How loud it is."""
        return "late" if self.late else "open" if self.count else "quiet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something at a point: what it is in words, and where a click on it leads.

    `here` is the one that the map is about: it is drawn as a pin, and stays alone.
    """

    at: Point
    told: str
    href: str = ""
    tone: str = "open"
    here: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnArea:
    """An area on the map: `points` as an SVG has them, its numbers at `label` if there is room."""

    area: Area
    points: str
    label: Point | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnMark:
    """A mark on the map, or `count` of them that lie too near to be told apart.

    `tone` is that of the loudest; `told` are their words, and `href` leads on from a single one.
    """

    mark: Mark
    at: Point
    count: int = 1
    tone: str = ""

    def joined_by(self, other: "DrawnMark") -> "DrawnMark":
        """Return this one with another that lies too near."""
        tone = max(self.loudness, other.loudness, key=TONES.index)
        return replace(self, count=self.count + other.count, tone=tone)

    @property
    def loudness(self) -> str:
        """How loud it is."""
        return self.tone or self.mark.tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """A map, `width` by `height` pixels, of which `map.html` makes an SVG."""

    sheet: "_Sheet"

    width: int
    height: int
    areas: list[DrawnArea]
    marks: list[DrawnMark]

    def place(self, x: float, y: float) -> Point | None:
        """Return the point of the earth at a pixel; None beside the map."""
        if not (0 <= x <= self.width and 0 <= y <= self.height):
            return None
        return self.sheet.place(x, y)


def plan_map(areas: Iterable[Area], marks: Iterable[Mark] = (), *, width: int = 720) -> Map | None:
    """Return a map that shows all of these; None where nothing has a place.

    Degrees of longitude are as much shorter than those of latitude as they are in the middle of
    the map (equirectangular): right for a city, and wrong near the poles.
    """
    all_areas, all_marks = [*areas], [*marks]
    outlines = _near_each_other(
        [*(unrolled(area.outline) for area in all_areas), *([mark.at] for mark in all_marks)]
    )
    points = [point for outline in outlines for point in outline]
    if not points:
        return None
    sheet = _Sheet.around(points, width=width)
    drawn = [
        _drawn_area(area, sheet.line(outline))
        for area, outline in zip(all_areas, outlines, strict=False)
    ]
    placed = (
        DrawnMark(mark=mark, at=sheet.point(outline[0]))
        for mark, outline in zip(all_marks, outlines[len(drawn) :], strict=True)
    )
    return Map(sheet=sheet, width=width, height=sheet.height, areas=drawn, marks=_apart(placed))


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Where points of the earth lie on a map: pixels to the east and south of a corner."""

    west: float
    north: float
    across: float
    down: float
    height: int

    @classmethod
    def around(cls, points: Sequence[Point], *, width: int) -> "_Sheet":
        """Return the map on which all of these points are, with a margin around them."""
        longitudes, latitudes = zip(*points, strict=True)
        middle = ((min(longitudes) + max(longitudes)) / 2, (min(latitudes) + max(latitudes)) / 2)
        shrunk = max(cos(radians(middle[1])), _SMALLEST)
        wide = max((max(longitudes) - min(longitudes)) * shrunk, _SMALLEST)
        high = max(max(latitudes) - min(latitudes), _SMALLEST)
        inner = width - 2 * _MARGIN
        scale = min(inner / wide, inner * _TALLEST / high)
        height = high * scale + 2 * _MARGIN
        return cls(
            west=middle[0] - width / 2 / scale / shrunk,
            north=middle[1] + height / 2 / scale,
            across=scale * shrunk,
            down=scale,
            height=round(height),
        )

    def point(self, point: Point) -> Point:
        """Return where a point lies."""
        longitude, latitude = point
        return (longitude - self.west) * self.across, (self.north - latitude) * self.down

    def place(self, x: float, y: float) -> Point:
        """Return which point lies there."""
        longitude = self.west + x / self.across
        return (longitude + _HALF) % _FULL_TURN - _HALF, self.north - y / self.down

    def line(self, outline: Iterable[Point]) -> list[Point]:
        """Return where an outline lies, without what is too fine to be seen."""
        found: list[Point] = []
        for x, y in map(self.point, outline):
            if not found or hypot(x - found[-1][0], y - found[-1][1]) >= _FINE:
                found.append((x, y))
        return found


def _near_each_other(outlines: Sequence[Sequence[Point]]) -> list[list[Point]]:
    """Return outlines so that none is at the other end of the map for the date line's sake."""
    first = next((outline[0][0] for outline in outlines if outline), 0.0)
    found = []
    for outline in outlines:
        turns = round((first - outline[0][0]) / _FULL_TURN) if outline else 0
        found.append([(x + turns * _FULL_TURN, y) for x, y in outline])
    return found


def _drawn_area(area: Area, line: Sequence[Point]) -> DrawnArea:
    told = " ".join(f"{x:.1f},{y:.1f}" for x, y in line)
    return DrawnArea(area=area, points=told, label=_label(line))


def _label(line: Sequence[Point]) -> Point | None:
    """Return a place within an outline for its numbers; None where it has no room for them."""
    if len(line) < _CORNERS:
        return None
    xs, ys = zip(*line, strict=True)
    if min(max(xs) - min(xs), max(ys) - min(ys)) < _LABELLED:
        return None
    shape = shapely.make_valid(shapely.Polygon(line))
    # The middle, unless that is outside, as of a crescent.
    middle = shape.centroid if shape.contains(shape.centroid) else shape.representative_point()
    return middle.x, middle.y


def _apart(marks: Iterable[DrawnMark]) -> list[DrawnMark]:
    """Return marks that lie apart: those too near to another one are counted there."""
    found: list[DrawnMark] = []
    for one in sorted(marks, key=lambda one: not one.mark.here):
        near = (n for n, other in enumerate(found) if not other.mark.here and _is_near(other, one))
        number = None if one.mark.here else next(near, None)
        if number is None:
            found.append(one)
        else:
            found[number] = found[number].joined_by(one)
    # What the map is about lies on top.
    return found[::-1]


def _is_near(one: DrawnMark, other: DrawnMark) -> bool:
    return hypot(one.at[0] - other.at[0], one.at[1] - other.at[1]) < _APART
