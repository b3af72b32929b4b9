"""Ports on loopback for servers that are about to start."""

import contextlib
import socket
from collections.abc import Sequence


class PortTaken(Exception):
    """A port that was asked for is in use; the message says what to do."""


def settled(asked: Sequence[int]) -> list[int]:
    """Replace each 0 by a port that is free on loopback. Raises `PortTaken` for one that is not."""
    with contextlib.ExitStack() as held:
        ports = []
        for port in asked:
            probe = held.enter_context(socket.socket())
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                told = f"port {port} on 127.0.0.1 cannot be used: {error}"
                advice = "another server may be running: stop it, or take another port"
                raise PortTaken(f"{told}; {advice}") from error
            ports.append(probe.getsockname()[1])
    return ports
