"""The ports on loopback that a house takes for its services."""

import itertools
import socket
from collections.abc import Mapping
from typing import Final

from schemas.vocabulary import DESK
from services.kit.process.settings import LOOPBACK

LAST_PORT: Final = 65_535


class NoPortLeft(Exception):
    """No further port is free; the message says what was asked for."""


def own_ports(first: int, count: int) -> list[int]:
    """Return `count` ports on loopback from `first` on; for one in use, a free one after them all.

    So a port that is taken moves one service and not its neighbours. Raises `NoPortLeft`.
    """
    further = (port for port in itertools.count(first + count) if is_free(port))
    return [port if is_free(port) else next(further) for port in range(first, first + count)]


def is_free(port: int) -> bool:
    """Tell whether a server could listen on a port of loopback. Raises `NoPortLeft` past the last.

    >>> is_free(65536)
    Traceback (most recent call last):
    services.machine.ports.NoPortLeft: No port is left: 65535 is the last; take a lower --port.
    """
    if port > LAST_PORT:
        raise NoPortLeft(f"No port is left: {LAST_PORT} is the last; take a lower --port.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def neighbours(ports: Mapping[str, int], *, of: str) -> dict[str, str]:
    """Return what a process is told of the others of its house: the desk, where they answer.

    >>> neighbours({"intake": 1, "intake-1": 2, "desk": 3}, of="desk")
    {'TONGXIN_DESK_PEERS': 'intake=http://127.0.0.1:1 intake=http://127.0.0.1:2'}
    """
    if of.partition("-")[0] != DESK:
        return {}
    others = ((name.partition("-")[0], port) for name, port in ports.items() if name != of)
    told = " ".join(f"{service}=http://{LOOPBACK}:{port}" for service, port in others)
    return {"TONGXIN_DESK_PEERS": told}
