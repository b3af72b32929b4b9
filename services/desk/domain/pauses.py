"""How long nobody may try again after sign-ins that failed: each time twice as long."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

_OF_ONE_HOUSEHOLD: Final = 64
"""Bits of an IPv6 address: whoever has one has all that begin so."""


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


def network_of(address: str) -> str:
    """Return what counts as one address.

    >>> network_of("10.0.0.7"), network_of("2001:db8::1:2:3:4")
    ('10.0.0.7', '2001:db8::/64')
    """
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return address
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(ip_network((known, _OF_ONE_HOUSEHOLD), strict=False))
