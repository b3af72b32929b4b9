"""Asks a Kafka port the smallest question that only a working broker answers."""

import socket
import struct
from typing import Final

from services.machine.bounds import LARGEST_ANSWER_BYTES, PROBE_SECONDS

_METADATA: Final = 3
_VERSION: Final = 7
_HANDSHAKE: Final = 17
_AUTHENTICATE: Final = 36
_ERROR_AT: Final = 4  # after the correlation id


def serving_cluster(port: int, login: tuple[str, str] | None = None) -> str | None:
    """Return the cluster id of the broker on a loopback port, or None while none serves there.

    A broker that asks who is calling is given a user and its password.

    An open port is not enough: a starting broker accepts connections before it can serve them. And
    an answer is not enough: it may be another cluster's, which got hold of the port first.
    """
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PROBE_SECONDS) as connection:
            if login is not None:
                _log_in(connection, *login)
            no_topics_and_create_none = struct.pack(">i?", 0, False)  # noqa: FBT003 - wire value
            answer = _answer(connection, _METADATA, _VERSION, no_topics_and_create_none)
    except OSError:
        return None
    return _cluster_id(answer)


def _log_in(connection: socket.socket, user: str, password: str) -> None:
    """Say who asks, by SASL/PLAIN. Raises ConnectionRefusedError for who is not taken."""
    token = f"\0{user}\0{password}".encode()
    for key, version, body in (
        (_HANDSHAKE, 1, struct.pack(">h", 5) + b"PLAIN"),
        (_AUTHENTICATE, 0, struct.pack(">i", len(token)) + token),
    ):
        (error,) = struct.unpack_from(">h", _answer(connection, key, version, body), _ERROR_AT)
        if error:
            raise ConnectionRefusedError(error)


def _answer(connection: socket.socket, key: int, version: int, body: bytes) -> bytes:
    """Return what is answered to a request. Raises OSError for what is no broker's answer."""
    header = struct.pack(">hhih", key, version, 1, -1)  # correlation 1, no client id
    connection.sendall(struct.pack(">i", len(header) + len(body)) + header + body)
    (size,) = struct.unpack(">i", _exactly(connection, 4))
    if not _ERROR_AT < size < LARGEST_ANSWER_BYTES:
        raise ConnectionRefusedError(size)
    return _exactly(connection, size)


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
