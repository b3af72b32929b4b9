"""How long nobody may try again after sign-ins that failed: each time twice as long."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """So many failures cost nothing; the next one costs `first`, each further one twice that.

    No pause is longer than `longest`; whoever did not fail for `forgotten` begins anew.
    """

    free: int
    first: timedelta
    longest: timedelta
    forgotten: timedelta


_QUARTER: Final = timedelta(minutes=15)
OF_ACCOUNT: Final = Patience(
    free=5, first=timedelta(seconds=5), longest=_QUARTER, forgotten=timedelta(hours=24)
)
"""Of a name, whether or not there is such an account."""

OF_ADDRESS: Final = Patience(
    free=30, first=timedelta(seconds=5), longest=_QUARTER, forgotten=timedelta(hours=24)
)
"""Of an address: a whole office may be behind one."""


def pause_after(failures: int, patience: Patience) -> timedelta:
    """Return how long to wait after so many failures in a row.

    >>> [pause_after(n, OF_ACCOUNT).total_seconds() for n in (5, 6, 7, 100)]
    [0.0, 5.0, 10.0, 900.0]
    """
    beyond = failures - patience.free
    if beyond <= 0:
        return timedelta()
    doublings = min(beyond - 1, 16)
    return min(patience.first * (1 << doublings), patience.longest)


def failures_before(failures: int, *, last: datetime, now: datetime, patience: Patience) -> int:
    """Return how many failures still count."""
    return 0 if now - last >= patience.forgotten else failures
