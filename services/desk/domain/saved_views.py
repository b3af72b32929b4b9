"""How many lists somebody may keep by name, and what the names may be."""

from collections.abc import Collection
from typing import Final

MOST_VIEWS: Final = 20
"""Lists that a person keeps: each is counted on every page of theirs."""

MOST_OF_A_VIEW: Final = 99
"""Cases of one that are counted: twenty counts are to cost little."""

LONGEST_VIEW_NAME: Final = 40
"""Characters of its name: it stands in a narrow column."""


def free_among(taken: Collection[int]) -> int | None:
    """Return the first number that is free; None where somebody keeps as many as they may.

    >>> free_among({1, 3})
    2
    """
    return next((one for one in range(1, MOST_VIEWS + 1) if one not in taken), None)
