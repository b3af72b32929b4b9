"""What a house claims of its machine: its folder for itself alone, and its ports on loopback."""

import fcntl
import itertools
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from services.kit.embedded import DataDirectoryBusy
from services.kit.private_folder import private_folder
from services.kit.settings import LOOPBACK

LAST_PORT: Final = 65_535
_LOCK: Final = "house.lock"


class NoPortLeft(Exception):
    """No further port is free; the message says what was asked for."""


@contextmanager
def occupied(data: Path) -> Iterator[None]:
    """Keep a house's folder for this block; raises `DataDirectoryBusy` when somebody else has it.

    Only its owner may look into it. The lock goes with its process, however that ends.
    """
    private_folder(data)
    with (data / _LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as held:
            msg = f"Another `tongxin` works with the data in {data}; stop that one first."
            raise DataDirectoryBusy(msg) from held
        yield


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
    services.commands.claims.NoPortLeft: No port is left: 65535 is the last; take a lower --port.
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
