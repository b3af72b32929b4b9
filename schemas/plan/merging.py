"""`[merging]`: which reports tell of one case."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from schemas.plan.base import Table
from schemas.plan.limits import Duration
from schemas.vocabulary import Channel

RadiusM = Annotated[float, Field(ge=0, le=1000, strict=True)]
"""Metres within which reports can be one case; each further cell of 100 m is one to search."""
Likeness = Annotated[float, Field(ge=0, le=1, strict=True)]
"""How much of their words two texts share at the least: 0 asks nothing, 1 for the same words."""
Demanded = Annotated[bool, Field(strict=True)]


class Merging(Table):
    """Which reports are the same case: every test must agree.

    They are nearer than `radius_m` and within the time; at the same place, which is the same
    address where both have one and else at most `same_place_m`, `same_place_within` counts where it
    is longer. A text or an address that either lacks decides nothing. Of the channels in `lists`
    the reports of one source are a work list, each of a thing of its own.
    """

    radius_m: RadiusM = 50.0
    within: Duration = timedelta(hours=24)
    same_place_m: RadiusM = 10.0
    same_place_within: Duration = timedelta()
    same_address: Demanded = False
    likeness: Likeness = 0.0
    lists: tuple[Channel, ...] = (Channel.GRID_MEMBER,)

    @property
    def enabled(self) -> bool:
        """Tell whether anything is merged at all; a zero in radius or time says no."""
        return self.radius_m > 0 and self.within > timedelta()

    @property
    def asks_for_address(self) -> bool:
        """Tell whether an address can decide anything."""
        return self.same_address or self.same_place_within > self.within

    @property
    def asks_for_words(self) -> bool:
        """Tell whether words can decide anything."""
        return self.likeness > 0

    @property
    def longest(self) -> timedelta:
        """Return the longest time that may lie between two reports of one case."""
        return max(self.within, self.same_place_within)
