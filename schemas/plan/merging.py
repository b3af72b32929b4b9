"""`[merging]`: which reports tell of one case."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from schemas.plan.base import Table
from schemas.plan.limits import Duration

RadiusM = Annotated[float, Field(ge=0, le=1000, strict=True)]
"""Metres within which reports can be one case; each further cell of 100 m is one to search."""


class Merging(Table):
    """Which reports are the same case: nearer than `radius_m` and within the time."""

    radius_m: RadiusM = 50.0
    within: Duration = timedelta(hours=24)

    @property
    def enabled(self) -> bool:
        """Tell whether anything is merged at all; a zero in either value says no."""
        return self.radius_m > 0 and self.within > timedelta()
