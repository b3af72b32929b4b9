"""Spans of time that case terms name, so that an index of terms finds those of one span alone.

Spans of one size follow each other without gaps, and each but the smallest has eight parts of the
next size. A case has one of each size.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self

SIZES: Final = tuple(4 * 3_600 * 8**size for size in range(5))
"""Seconds, the smallest first: from four hours to nearly two years."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """The `number`-th span of a size since 1970; `size` counts from 0 in `SIZES`."""

    size: int
    number: int

    @classmethod
    def of(cls, at: datetime, size: int) -> Self:
        """Return the span of a size that an instant is in.

        >>> Span.of(datetime(1970, 1, 2, 5, tzinfo=UTC), 0)
        Span(size=0, number=7)
        """
        return cls(size, (at - _EPOCH) // timedelta(seconds=SIZES[size]))

    @property
    def term(self) -> str:
        """As what it stands among a case's terms: no text has one of that form."""
        return f"@{self.size}.{self.number}"

    @property
    def begins(self) -> datetime:
        """Its first instant."""
        return _EPOCH + timedelta(seconds=self.number * SIZES[self.size])

    @property
    def ends(self) -> datetime:
        """The first instant after it."""
        return type(self)(self.size, self.number + 1).begins

    def parts(self) -> list[Self]:
        """Return the spans of the next smaller size that are in it, the oldest first."""
        if self.size == 0:
            return []
        factor = SIZES[self.size] // SIZES[self.size - 1]
        first = self.number * factor
        return [type(self)(self.size - 1, number) for number in range(first, first + factor)]


def spans_of(at: datetime) -> Iterator[Span]:
    """Return the spans that an instant is in, one of each size."""
    return (Span.of(at, size) for size in range(len(SIZES)))


def dividing(first: datetime, last: datetime) -> list[Span]:
    """Return the spans with an instant from `first` to `last`, the oldest first.

    They are of the largest size that is not longer than the time between.
    """
    length = (last - first) / timedelta(seconds=1)
    size = max((n for n, seconds in enumerate(SIZES) if seconds <= length), default=0)
    numbers = range(Span.of(first, size).number, Span.of(last, size).number + 1)
    return [Span(size, number) for number in numbers]
