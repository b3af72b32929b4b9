"""The ladder: 0 grid, 1 sub-district, 2 district, 3 supervision. A level never falls by itself."""

from schemas.vocabulary import MAX_LEVEL, Urgency

FAILURES_THAT_RAISE = 3
"""The failed check that raises the level; later ones do not raise it again."""


def first_level(urgency: Urgency) -> int:
    """Return the lowest level a case of this urgency is on: an emergency starts above the grid."""
    return 1 if urgency is Urgency.EMERGENCY else 0


def raised(level: int) -> int:
    """Return the next level up, the top staying the top.

    >>> raised(0), raised(3)
    (1, 3)
    """
    return min(level + 1, MAX_LEVEL)
