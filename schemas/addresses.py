"""Which addresses lead inside: to this machine, its network, its cloud's own services.

Whoever names the host of a webhook must not reach there unless the plan says so. Standard library
only.
"""

from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LOOPBACK: Final[tuple[Network, ...]] = (ip_network("127.0.0.0/8"), ip_network("::1"))

# Written out: what `ipaddress` calls global differs from one Python to the next.
_INSIDE_4: Final = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # unspecified: this machine on most systems
        "10.0.0.0/8",
        "100.64.0.0/10",  # a provider's own, and a cloud's metadata
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's own services, on a public address
        "169.254.0.0/16",  # link-local: most clouds' metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
)
_GLOBAL_6: Final = IPv6Network("2000::/3")
_INSIDE_6: Final = tuple(IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "3fff::/20"))
_NAT64: Final = IPv6Network("64:ff9b::/96")
_COMPATIBLE: Final = IPv6Network("::/96")
_LAST_32_BITS: Final = 0xFFFF_FFFF


def may_reach(address: Address, *, allowed: Iterable[Network] = ()) -> bool:
    """Tell whether an address is on the public internet, or in a network that is allowed.

    >>> may_reach(ip_address("::ffff:10.1.2.3"))
    False
    >>> may_reach(ip_address("10.1.2.3"), allowed=[ip_network("10.1.0.0/16")])
    True
    """
    real = _inner(address)
    return any(address in network or real in network for network in allowed) or _is_public(real)


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _INSIDE_4)
    return address in _GLOBAL_6 and not any(address in network for network in _INSIDE_6)


def _inner(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one carries in itself, else the address."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        return IPv4Address(int(address) & _LAST_32_BITS)
    return address.ipv4_mapped or address.sixtofour or address


def literal(host: str) -> Address | None:
    """Return the address that a URL's host is, or this machine's for `localhost`; None for a name.

    >>> literal("[::1]"), literal("LOCALHOST."), literal("example.org")
    (IPv6Address('::1'), IPv4Address('127.0.0.1'), None)
    """
    name = host.lower().removesuffix(".").removeprefix("[").removesuffix("]")
    if name == "localhost" or name.endswith(".localhost"):
        return IPv4Address("127.0.0.1")
    try:
        return ip_address(name)
    except ValueError:
        return None
