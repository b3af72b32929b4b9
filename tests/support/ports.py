"""Ports for the servers that one process of tests starts, which no other process is given."""

import os
import socket
from contextlib import suppress
from functools import cache
from typing import Final

from services.kit.process.settings import LOOPBACK
from services.machine.ports import own_ports

_SIZE: Final = 100
_FIRST: Final = 10_000
_BLOCKS: Final = 220
"""All below 32,768, from where on a machine gives ports to whoever connects."""


class NoBlockLeft(Exception):
    """So many processes of tests run on this machine that all ports are given out."""


def first_port() -> int:
    """Return where this process looks for ports: a hundred from here on are for it alone.

    Two processes that look at the same moment would find the same ports free. So whoever holds the
    port before a block has the block; it goes with the process, however that ends.
    """
    return _claimed()[0] + 1


def server_ports(count: int) -> list[int]:
    """Return ports of this process's for servers, apart from those of a house's services."""
    return own_ports(first_port() + _SIZE // 2, count)


@cache
def _claimed() -> tuple[int, socket.socket]:
    for number in range(_BLOCKS):
        port = _FIRST + (os.getpid() + number) % _BLOCKS * _SIZE
        claim = socket.socket()
        with suppress(OSError):
            claim.bind((LOOPBACK, port))
            return port, claim
        claim.close()
    raise NoBlockLeft(f"{_BLOCKS} processes hold the ports from {_FIRST} on")
