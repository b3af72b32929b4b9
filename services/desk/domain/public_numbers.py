"""Which numbers of cases everybody may know: those from which no small one can be inferred.

What is told of a time are two divisions of the same cases: by place into areas, each some grids
that lie beside each other, and by category. Every number told is `least` or more. Of a number that
is not told, of a grid, of a category, or of a category in a grid, at least `least` values in a row
fit all that is told, also for who knows the plan and these rules. The tests count them.
"""

from bisect import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate, pairwise, takewhile
from typing import Final

from schemas.lifecycle import CaseState
from schemas.plan import Grid

COUNTED_AFTER: Final = timedelta(days=1)
"""After their last day cases are counted: most are sorted, placed and merged by then."""
NOT_COUNTED: Final = (CaseState.NOT_ACCEPTED, CaseState.WITHDRAWN, CaseState.MERGED)
"""Cases that were none after all, or are told as another one."""


@dataclass(frozen=True, slots=True)
class Part:
    """Grids, or categories, of which one number is told: all their cases together."""

    codes: tuple[str, ...]
    count: int


def in_order(grids: Iterable[Grid]) -> list[Grid]:
    """Return grids so that neighbours stand together: by district, then by code."""
    return sorted(grids, key=lambda grid: (grid.district, grid.code))


def areas_of(grids: Iterable[Grid], counts: Mapping[str, int], *, least: int) -> list[Part]:
    """Return the areas that are told, in order; none where all cases are too few.

    The grids are cut where districts meet, then where codes differ most, from left to right: each
    cut is made if `least` cases are left on both of its sides. So what stays together says no more
    than that one side of each cut had fewer.

    >>> grids = [Grid(code=f"g{n}", district="d", households=0, title_en="g", title_zh="g")
    ...          for n in "123"]
    >>> areas_of(grids, {"g1": 12, "g2": 3, "g3": 8}, least=10)
    [Part(codes=('g1',), count=12), Part(codes=('g2', 'g3'), count=11)]
    """
    ordered = in_order(grids)
    before = [0, *accumulate(counts.get(grid.code, 0) for grid in ordered)]
    if before[-1] < least:
        return []
    cuts = [0, len(ordered)]
    for cut in sorted(range(1, len(ordered)), key=lambda n: _nearness(ordered[n - 1], ordered[n])):
        place = bisect(cuts, cut)
        left, right = cuts[place - 1], cuts[place]
        if min(before[cut] - before[left], before[right] - before[cut]) >= least:
            cuts.insert(place, cut)
    return [
        Part(tuple(grid.code for grid in ordered[left:right]), before[right] - before[left])
        for left, right in pairwise(cuts)
    ]


def categories_of(codes: Sequence[str], counts: Mapping[str, int], *, least: int) -> list[Part]:
    """Return the categories that are told, the largest first, and last all others as one.

    None is told where that would give one away: the others must be so many cases, and no more, that
    each of them may have had any number below `least`. Until then the smallest joins them.

    >>> categories_of("abcd", {"a": 30, "b": 8, "c": 4}, least=10)
    [Part(codes=('a',), count=30), Part(codes=('b', 'c', 'd'), count=12)]
    """
    sizes = {code: counts.get(code, 0) for code in codes}
    told = sorted((c for c in codes if sizes[c] >= least), key=lambda c: -sizes[c])
    while told:
        others = [code for code in codes if code not in told]
        rest = sum(sizes[code] for code in others)
        if not others or least <= rest <= (len(others) - 1) * (least - 1):
            parts = [Part((code,), sizes[code]) for code in told]
            return [*parts, Part(tuple(others), rest)] if others else parts
        told.pop()
    return []


def _nearness(one: Grid, other: Grid) -> int:
    """Return how near two grids are by their codes: a code names its area from the largest on."""
    if one.district != other.district:
        return -1
    same = takewhile(lambda pair: pair[0] == pair[1], zip(one.code, other.code, strict=False))
    return sum(1 for _ in same)
