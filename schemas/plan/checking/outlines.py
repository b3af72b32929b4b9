"""Whether outlines of districts and grids enclose what their author meant.

Degrees are taken as plane coordinates: outlines are small. One that crosses the date line is
unrolled, so that its longitudes may leave -180 to 180.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from typing import Final, NamedTuple

from schemas.plan.checking.findings import Finding, Severity
from schemas.plan.checking.lines import Lines, Path
from schemas.plan.checking.schema_errors import dotted
from schemas.plan.model import District, Grid, Plan

Point = tuple[float, float]

_FULL_TURN: Final = 360.0
_POLAR: Final = 85.0
_NEAR: Final = 1e-5
"""Degrees, about a metre: borders drawn twice never fit better."""
_MOST_OVERLAPS: Final = 50


class _Edge(NamedTuple):
    start: Point
    end: Point


class _Box(NamedTuple):
    west: float
    south: float
    east: float
    north: float


def unrolled(outline: Iterable[Point]) -> tuple[Point, ...]:
    """Return an outline whose longitudes run on past 180 where it crosses the date line.

    >>> unrolled([(179.0, 0.0), (-179.0, 0.0), (-179.0, 1.0)])
    ((179.0, 0.0), (181.0, 0.0), (181.0, 1.0))
    """
    found: list[Point] = []
    for longitude, latitude in outline:
        turns = round((found[-1][0] - longitude) / _FULL_TURN) if found else 0
        found.append((longitude + turns * _FULL_TURN, latitude))
    return tuple(found)


def outline_findings(plan: Plan, lines: Lines) -> Iterator[Finding]:
    """Yield an error for each outline that is none, and for each two grids that overlap."""
    drawn = [
        (table, number, area.code, _open(unrolled(area.polygon)))
        for table, areas in (("districts", plan.districts), ("grids", plan.grids))
        for number, area in enumerate[District | Grid](areas)
        if area.polygon is not None
    ]
    faulty: set[tuple[str, int]] = set()
    for table, number, code, outline in drawn:
        for message, advice in islice(_faults(outline), 1):
            faulty.add((table, number))
            yield _error((table, number, "polygon"), f"{code}: {message}", advice, lines)
    usable = [
        (number, outline)
        for table, number, _, outline in drawn
        if table == "grids" and (table, number) not in faulty
    ]
    yield from _overlaps(plan, usable, lines)


def _error(path: Path, message: str, advice: str, lines: Lines) -> Finding:
    return Finding(Severity.ERROR, lines.of(*path), dotted(path), message, advice)


def _open(outline: tuple[Point, ...]) -> tuple[Point, ...]:
    """Return an outline without the repeated first point that closes it."""
    return outline[:-1] if outline[0] == outline[-1] else outline


def _faults(outline: tuple[Point, ...]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with an outline, and what to do about it."""
    if max(abs(latitude) for _, latitude in outline) > _POLAR:
        yield "the outline comes near a pole", "write [longitude, latitude], in this order"
    box, back = _box(outline), outline[-1][0] - outline[0][0]
    if max(box.east - box.west, abs(back)) > _FULL_TURN / 2:
        yield "the outline goes around half the earth", "correct its longitudes"
    if len(set(outline)) != len(outline):
        yield "the outline has a point twice", "name each point once"
    if not any(_side(_Edge(*outline[:2]), point) for point in outline):
        yield "the outline encloses nothing", "name three points or more that are not in a line"
    crossing = _crossing(_edges(outline))
    if crossing is not None:
        first, second = (" to ".join(str(list(end)) for end in edge) for edge in crossing)
        told = f"the outline crosses itself: {first} meets {second}"
        yield told, "put the points in the order of the border"


def _overlaps(
    plan: Plan, grids: Sequence[tuple[int, tuple[Point, ...]]], lines: Lines
) -> Iterator[Finding]:
    told = 0
    for first, second in _meeting([_box(outline) for _, outline in grids]):
        if told < _MOST_OVERLAPS and overlap(grids[first][1], grids[second][1]):
            told += 1
            one, other = sorted((grids[first][0], grids[second][0]))
            message = f"grid {plan.grids[other].code} overlaps grid {plan.grids[one].code}, "
            message += f"which stands on line {lines.of('grids', one)}"
            advice = "let them share a border, and no area"
            yield _error(("grids", other, "polygon"), message, advice, lines)


def overlap(one: tuple[Point, ...], other: tuple[Point, ...]) -> bool:
    """Tell whether two outlines share more than a border.

    >>> square = ((0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0))
    >>> [overlap(square, tuple((x + d, y) for x, y in square)) for d in (0.0, 1.0, 2.0, 3.0)]
    [True, True, False, False]
    """
    return any(
        _inside(point, others)
        for mine, others in ((one, other), (other, one))
        for point in (_inner_point(mine), *_on_border(mine, others))
    )


def _on_border(outline: tuple[Point, ...], other: tuple[Point, ...]) -> Iterator[Point]:
    """Yield a point of each stretch of an outline between two places where it meets another."""
    around, edges = _box(other), _edges(other)
    for edge in _edges(outline):
        if not _meet(_box(edge), around):
            continue
        cuts = sorted({0.0, 1.0, *(cut for one in edges for cut in _cuts(edge, one))})
        for start, end in pairwise(cuts):
            yield _along(edge, (start + end) / 2)


def _cuts(edge: _Edge, other: _Edge) -> Iterator[float]:
    """Yield where on an edge, from 0 to 1, another one crosses or touches it."""
    (dx, dy), (ox, oy) = _vector(*edge), _vector(*other)
    cross = dx * oy - dy * ox
    if cross == 0:
        return
    wx, wy = _vector(edge.start, other.start)
    here, there = (wx * oy - wy * ox) / cross, (wx * dy - wy * dx) / cross
    if 0 < here < 1 and 0 <= there <= 1:
        yield here


def _crossing(edges: Sequence[_Edge]) -> tuple[_Edge, _Edge] | None:
    """Return two edges of an outline that meet although they are not neighbours, or turn back."""
    for first, second in _meeting([_box(edge) for edge in edges]):
        one, other = edges[first], edges[second]
        neighbours = one.end == other.start or other.end == one.start
        if not neighbours and _touch(one, other):
            return one, other
        if neighbours and _turns_back(one, other):
            return one, other
    return None


def _turns_back(one: _Edge, other: _Edge) -> bool:
    first, second = (one, other) if one.end == other.start else (other, one)
    (ax, ay), (bx, by) = _vector(*first), _vector(*second)
    return ax * by == ay * bx and ax * bx + ay * by < 0


def _touch(one: _Edge, other: _Edge) -> bool:
    apart = _side(one, other.start) * _side(one, other.end) > 0
    apart = apart or _side(other, one.start) * _side(other, one.end) > 0
    return not apart and _meet(_box(one), _box(other))


def _side(edge: _Edge, point: Point) -> int:
    (dx, dy), (px, py) = _vector(*edge), _vector(edge.start, point)
    cross = dx * py - dy * px
    return (cross > 0) - (cross < 0)


def _inside(point: Point, outline: tuple[Point, ...]) -> bool:
    """Tell whether a point is inside an outline and not on its border."""
    x, y = point
    inside = False
    for (ax, ay), (bx, by) in _edges(outline):
        if _distance(point, _Edge((ax, ay), (bx, by))) < _NEAR:
            return False
        if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
            inside = not inside
    return inside


def _inner_point(outline: tuple[Point, ...]) -> Point:
    """Return a point inside: in the middle of the widest stretch at a height between corners."""
    heights = sorted({y for _, y in outline})
    low, high = max(pairwise(heights), key=lambda pair: pair[1] - pair[0])
    y = (low + high) / 2
    crossed = sorted(
        ax + (y - ay) / (by - ay) * (bx - ax)
        for (ax, ay), (bx, by) in _edges(outline)
        if (ay > y) != (by > y)
    )
    west, east = max(zip(crossed[::2], crossed[1::2], strict=True), key=lambda p: p[1] - p[0])
    return (west + east) / 2, y


def _distance(point: Point, edge: _Edge) -> float:
    (dx, dy), (px, py) = _vector(*edge), _vector(edge.start, point)
    length = dx * dx + dy * dy
    share = min(1.0, max(0.0, (px * dx + py * dy) / length)) if length else 0.0
    nearest = _along(edge, share)
    return max(abs(point[0] - nearest[0]), abs(point[1] - nearest[1]))


def _edges(outline: tuple[Point, ...]) -> list[_Edge]:
    return [_Edge(*pair) for pair in pairwise((*outline, outline[0]))]


def _vector(start: Point, end: Point) -> Point:
    return end[0] - start[0], end[1] - start[1]


def _along(edge: _Edge, share: float) -> Point:
    dx, dy = _vector(*edge)
    return edge.start[0] + share * dx, edge.start[1] + share * dy


def _box(points: Iterable[Point]) -> _Box:
    xs, ys = zip(*points, strict=True)
    return _Box(min(xs), min(ys), max(xs), max(ys))


def _meet(one: _Box, other: _Box) -> bool:
    beside = one.west > other.east or other.west > one.east
    return not beside and one.south <= other.north and other.south <= one.north


def _meeting(boxes: Sequence[_Box]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of boxes that meet, walking from west to east."""
    open_: list[int] = []
    for number in sorted(range(len(boxes)), key=lambda n: boxes[n].west):
        open_ = [one for one in open_ if boxes[one].east >= boxes[number].west]
        yield from ((one, number) for one in open_ if _meet(boxes[one], boxes[number]))
        open_.append(number)
