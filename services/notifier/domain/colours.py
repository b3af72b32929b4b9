"""How near its end a limit is, as a traffic light."""

from datetime import timedelta
from enum import StrEnum


class Colour(StrEnum):
    """How near its end a limit is: yellow from the plan's `remind_at` on, red when it is over."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


def colour_of(used: timedelta, limit: timedelta, *, remind_at: float) -> Colour:
    """Return the colour of a limit of which so much is used.

    >>> [colour_of(timedelta(minutes=m), timedelta(hours=1), remind_at=0.8).value
    ...  for m in (47, 48, 60, 61)]
    ['green', 'yellow', 'yellow', 'red']
    """
    if used > limit:
        return Colour.RED
    return Colour.GREEN if used < limit * remind_at else Colour.YELLOW
