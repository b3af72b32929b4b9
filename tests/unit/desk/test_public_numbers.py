"""Numbers for everybody: what is told is right, and what is not told cannot be inferred.

Small towns are gone through whole: all that fits what is told is counted.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.plan import Grid
from services.desk.domain.public_numbers import Part, areas_of, categories_of, in_order

Counts = tuple[int, ...]


def grids(*codes: str) -> list[Grid]:
    """Return grids; the first letter of a code is the district."""
    return [
        Grid(code=code, district=code[0], households=0, title_en=code, title_zh=code)
        for code in codes
    ]


def towns(cells: int, cases: int) -> Iterator[Counts]:
    """Yield all the ways in which so many cases may lie in so many cells."""
    if cells == 1:
        yield (cases,)
        return
    for first in range(cases + 1):
        for rest in towns(cells - 1, cases - first):
            yield (first, *rest)


def in_a_row(values: Iterable[int]) -> int:
    """Return how many of these values follow each other, at the most."""
    longest = run = 1
    for one, following in pairwise(sorted({*values})):
        run = run + 1 if following == one + 1 else 1
        longest = max(longest, run)
    return longest


def is_told(codes: Sequence[str], parts: Sequence[Part]) -> bool:
    """Tell whether the sum of these codes is told: it is that of whole parts."""
    return {*codes} == {*chain(*(part.codes for part in parts if {*part.codes} <= {*codes}))}


def least_known(
    codes: Sequence[str], alike: Mapping[tuple[Part, ...], list[Counts]]
) -> Iterator[int]:
    """Yield for each sum that is not told how many values of it fit what is told."""
    for told, possible in alike.items():
        for size in range(1, len(codes) + 1):
            for some in combinations(range(len(codes)), size):
                if not told or not is_told([codes[n] for n in some], told):
                    yield in_a_row(sum(one[n] for n in some) for one in possible)


TOWNS = [
    grids("a1", "a2"),
    grids("a1", "a2", "a3"),
    grids("a1", "b1", "b2"),
    grids("a11", "a12", "a21", "a22"),
    grids("a11", "a12", "b1", "c1"),
    grids("a11", "a21", "a22", "a23", "b1"),
]


class TestWhatIsNotTold:
    """At least `least` values in a row fit it, whatever is told."""

    @pytest.mark.parametrize("town", TOWNS, ids=lambda town: "-".join(g.code for g in town))
    @pytest.mark.parametrize("least", [2, 3, 4])
    def test_of_grids_is_not_known(self, town: list[Grid], least: int) -> None:
        codes = [grid.code for grid in in_order(town)]
        for cases in range(least, 3 * least + 2):
            alike = defaultdict(list)
            for counts in towns(len(codes), cases):
                told = areas_of(town, dict(zip(codes, counts, strict=True)), least=least)
                alike[tuple(told)].append(counts)
            assert min(least_known(codes, alike), default=least) >= least

    @pytest.mark.parametrize("kinds", [2, 3, 4, 5])
    @pytest.mark.parametrize("least", [2, 3, 4])
    def test_of_categories_is_not_known(self, kinds: int, least: int) -> None:
        codes = "abcde"[:kinds]
        for cases in range(least, 3 * least + 2):
            alike = defaultdict(list)
            for counts in towns(kinds, cases):
                told = categories_of(codes, dict(zip(codes, counts, strict=True)), least=least)
                alike[tuple(told)].append(counts)
            known = (n for n in least_known(codes, alike) if n < least)
            # All of them together are known from the areas.
            everything = sum(1 for told in alike if not told)
            assert len([*known]) <= everything

    @pytest.mark.parametrize(
        ("town", "kinds", "least", "most"),
        [
            (grids("a1", "a2"), 3, 2, 8),
            (grids("a1", "a2"), 4, 2, 7),
            (grids("a1", "a2", "b1"), 3, 2, 7),
            (grids("a1", "b1"), 3, 3, 11),
            (grids("a1"), 4, 3, 9),
        ],
    )
    def test_of_a_category_in_a_grid_is_not_known(
        self, town: list[Grid], kinds: int, least: int, most: int
    ) -> None:
        codes, names = [grid.code for grid in town], "abcd"[:kinds]
        for cases in range(least, most + 1):
            alike: dict[tuple[Part, ...], list[set[int]]] = {}
            for cells in towns(len(codes) * kinds, cases):
                by_grid = {c: sum(cells[n * kinds :][:kinds]) for n, c in enumerate(codes)}
                by_kind = {name: sum(cells[n::kinds]) for n, name in enumerate(names)}
                areas = areas_of(town, by_grid, least=least)
                told = (*areas, *categories_of(names, by_kind, least=least))
                possible = alike.setdefault(told, [set() for _ in cells])
                for known, count in zip(possible, cells, strict=True):
                    known.add(count)
            several = len(codes) > 1
            for shown_parts, possible in alike.items():
                shown = {part.codes[0] for part in shown_parts if len(part.codes) == 1}
                for n, values in enumerate(possible):
                    if several or names[n % kinds] not in shown:
                        assert in_a_row(values) >= least, (shown_parts, n)


COUNTS = st.lists(st.integers(0, 60), min_size=1, max_size=30)


class TestAreas:
    @given(COUNTS, st.integers(2, 20))
    def test_are_all_grids_in_order_with_all_cases(self, counts: list[int], least: int) -> None:
        town = grids(*(f"{'ab'[n % 2]}{n:03}" for n in range(len(counts))))
        by_code = {grid.code: count for grid, count in zip(town, counts, strict=True)}
        told = areas_of(town, by_code, least=least)
        if sum(counts) < least:
            assert told == []
            return
        assert [c for part in told for c in part.codes] == [g.code for g in in_order(town)]
        for part in told:
            assert part.count == sum(by_code[code] for code in part.codes) >= least

    def test_end_where_districts_do(self) -> None:
        town = grids("a1", "a2", "b1", "b2")
        told = areas_of(town, {"a1": 9, "a2": 3, "b1": 4, "b2": 12}, least=10)
        assert told == [Part(("a1", "a2"), 12), Part(("b1", "b2"), 16)]

    def test_are_every_grid_where_each_has_enough(self) -> None:
        town = grids("a1", "a2", "a3")
        told = areas_of(town, dict.fromkeys(("a1", "a2", "a3"), 10), least=10)
        assert [part.codes for part in told] == [("a1",), ("a2",), ("a3",)]


class TestCategories:
    @given(COUNTS, st.integers(2, 20))
    def test_are_all_cases_or_nothing(self, counts: list[int], least: int) -> None:
        codes = [f"c{n}" for n in range(len(counts))]
        told = categories_of(codes, dict(zip(codes, counts, strict=True)), least=least)
        assert not told or sum(part.count for part in told) == sum(counts)
        assert all(part.count >= least for part in told)
        assert not told or sorted(c for part in told for c in part.codes) == sorted(codes)

    def test_that_few_have_are_told_with_a_larger_one(self) -> None:
        told = categories_of("abcd", {"a": 40, "b": 11, "c": 2}, least=10)
        assert told == [Part(("a",), 40), Part(("b", "c", "d"), 13)]

    def test_are_not_told_where_the_others_would_be_known(self) -> None:
        # Two others of 18 cases have 9 each, if neither has 10.
        assert categories_of("abc", {"a": 40, "b": 9, "c": 9}, least=10) == []
        assert categories_of("ab", {"a": 40, "b": 4}, least=10) == []
