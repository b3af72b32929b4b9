"""Addresses that requests come from: which count as one, and which are this machine."""

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

_NETWORK_BITS: Final = 64
"""Of an IPv6 address: whoever has one has all that begin so."""


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
    return str(ip_network((known, _NETWORK_BITS), strict=False))


def shortened(address: str) -> str:
    """Return enough of an address to tell networks apart, and not enough to tell whose it is.

    >>> shortened("192.0.2.7"), shortened("2001:db8::1:2:3:4"), shortened("unknown")
    ('192.0.2.*', '2001:db8::/64', 'unknown')
    """
    network = network_of(address)
    first, dot, _ = network.rpartition(".")
    return f"{first}.*" if dot and ":" not in network else network


def is_loopback(name: str) -> bool:
    """Tell whether a name or an address is this machine's own.

    >>> [is_loopback(name) for name in ("localhost", "127.0.0.2", "::1", "city.example", "")]
    [True, True, True, False, False]
    """
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False
