"""What the totals come to. Only valid cases are in a figure: not rejected, merged or withdrawn."""

from collections.abc import Mapping
from dataclasses import dataclass

_NO_VALID_ONES = ("dismissed", "withdrawn", "merged_by_hand")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How many cases were ever valid, how many of them are closed, and closed late.

    `due` are those that should be closed by now: the closed ones, and the open ones that are
    overdue (应结案). An overrun that does not count is none.
    """

    valid: int
    closed: int
    closed_late: int
    due: int

    @property
    def closed_share(self) -> float | None:
        """Closed of all valid cases (累计办结率)."""
        return share(self.closed, of=self.valid)

    @property
    def closed_of_due(self) -> float | None:
        """Closed of those that should be (结案率)."""
        return share(self.closed, of=self.due)

    @property
    def in_time_of_due(self) -> float | None:
        """Closed in time of those that should be closed (按期结案率)."""
        return share(self.closed - self.closed_late, of=self.due)


def figures_of(totals: Mapping[str, int], *, overdue: int) -> Figures:
    """Return the figures of totals and of how many open cases are overdue."""
    closed = totals.get("closed", 0)
    return Figures(
        valid=totals.get("registered", 0) - sum(totals.get(kind, 0) for kind in _NO_VALID_ONES),
        closed=closed,
        closed_late=totals.get("closed_late", 0),
        due=closed + overdue,
    )


def share(part: int, *, of: int) -> float | None:
    """Return a part of a whole; None of nothing, which is neither all nor none of it.

    >>> share(3, of=4), share(0, of=0)
    (0.75, None)
    """
    return part / of if of else None
