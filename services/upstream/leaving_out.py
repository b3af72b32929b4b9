"""What an operator leaves out of an export on purpose: rows, and points that mean nothing."""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from schemas.folding import fold
from services.upstream.code_table import pattern_of
from services.upstream.columns import Cells, Piece, present
from services.upstream.layout import Table

_SAME_DEGREES: Final = 1e-5
"""About a metre: an upstream's point for "unknown" is the same one up to its rounding."""


class Condition(Table):
    """One test of one column: exactly one of `is`, `is_not` and `empty`."""

    column: Annotated[str, Field(min_length=1)]
    is_: Annotated[tuple[str, ...], Field(alias="is")] = ()
    is_not: tuple[str, ...] = ()
    empty: bool = False

    @model_validator(mode="after")
    def _one_test(self) -> Self:
        if sum(map(bool, (self.is_, self.is_not, self.empty))) != 1:
            raise ValueError("needs exactly one of `is`, `is_not` and `empty = true`")
        return self

    @cached_property
    def _patterns(self) -> tuple[re.Pattern[str], ...]:
        return tuple(map(pattern_of, self.is_ or self.is_not))

    def holds(self, cells: Cells, *, empty: frozenset[str]) -> bool:
        """Tell whether a row is so; `empty` are the texts that stand for nothing."""
        value = present(Piece(self.column).value(cells, empty=frozenset()), empty=empty)
        if self.empty:
            return value is None
        text = "" if value is None else fold(str(value))
        return any(one.fullmatch(text) for one in self._patterns) is bool(self.is_)


class Skip(Condition):
    """`[[skip]]`: rows that are left out on purpose, counted under their reason.

    With `[[skip.and]]` a row is left out only when those conditions hold too.
    """

    reason: Annotated[str, Field(min_length=1)]
    and_: Annotated[tuple[Condition, ...], Field(alias="and")] = ()

    @property
    def columns(self) -> Iterator[str]:
        """Yield the column of each condition."""
        yield self.column
        yield from (condition.column for condition in self.and_)

    def leaves_out(self, cells: Cells, *, empty: frozenset[str]) -> bool:
        """Tell whether a row is to be left out."""
        return self.holds(cells, empty=empty) and all(
            condition.holds(cells, empty=empty) for condition in self.and_
        )


class Nowhere(Table):
    """`[[nowhere]]`: a point, in degrees, that the upstream writes when it knows none."""

    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]

    def is_at(self, lat: float, lon: float) -> bool:
        """Tell whether a point is this one."""
        return abs(lat - self.lat) <= _SAME_DEGREES and abs(lon - self.lon) <= _SAME_DEGREES


NULL_ISLAND: Final = Nowhere(lat=0, lon=0)
"""What a missing point becomes in most systems; there is only sea."""
