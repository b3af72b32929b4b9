"""Asks a Kafka port the smallest question that only a working broker answers."""

import socket
import struct
from typing import Final

from services.machine.bounds import LARGEST_ANSWER_BYTES, PROBE_SECONDS

_METADATA: Final = 3
_VERSION: Final = 7


def serving_cluster(port: int) -> str | None:
    """Return the cluster id of the broker on a loopback port, or None while none serves there.

    An open port is not enough: a starting broker accepts connections before it can serve them. And
    an answer is not enough: it may be another cluster's, which got hold of the port first.
    """
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PROBE_SECONDS) as connection:
            connection.sendall(_request())
            (size,) = struct.unpack(">i", _exactly(connection, 4))
            if not 0 < size < LARGEST_ANSWER_BYTES:
                return None
            answer = _exactly(connection, size)
    except OSError:
        return None
    return _cluster_id(answer)


def _request() -> bytes:
    header = struct.pack(">hhih", _METADATA, _VERSION, 1, -1)  # correlation 1, no client id
    body = struct.pack(">i?", 0, False)  # no topics; create none  # noqa: FBT003 - wire value
    return struct.pack(">i", len(header) + len(body)) + header + body


def _cluster_id(answer: bytes) -> str | None:
    """Read the cluster id that follows the list of live brokers; None when no broker is live."""
    _correlation, _throttle, brokers = struct.unpack_from(">iii", answer)
    at = 12
    for _ in range(brokers):
        _host, at = _string(answer, at=at + 4)  # after the node id
        _rack, at = _string(answer, at=at + 4)  # after the port
    cluster_id, _end = _string(answer, at=at)
    return cluster_id if brokers else None


def _string(answer: bytes, *, at: int) -> tuple[str | None, int]:
    """Return a nullable string and where the next field begins."""
    (length,) = struct.unpack_from(">h", answer, at)
    if length < 0:
        return None, at + 2
    return answer[at + 2 : at + 2 + length].decode(), at + 2 + length


def _exactly(connection: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        chunk = connection.recv(count - len(received))
        if not chunk:
            raise ConnectionResetError("the answer ended early")
        received += chunk
    return received
