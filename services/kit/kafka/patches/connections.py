"""Connections to the broker that break at the moment of a request.

uvloop answers a write to a transport that was just closed with a RuntimeError, where asyncio's own
loop says nothing. aiokafka (0.14) expects OSError only, so the error ends whatever task was
sending, for good and unseen: the one that learns of new leaders, the one that commits offsets, the
heartbeat (aiokafka issue 1038).
"""

from typing import Any

from aiokafka import conn
from aiokafka.conn import AIOKafkaConnection, CloseReason
from typing_extensions import override


class Connection(AIOKafkaConnection):  # type: ignore[misc] # aiokafka has no types
    """A connection that is lost when its transport is, not when its reader notices."""

    @override
    def send(self, request: Any, expect_response: bool = True) -> Any:
        """Send a request; raises KafkaConnectionError when the connection is closed or closing."""
        if self._writer is not None and self._writer.is_closing():
            self.close(reason=CloseReason.CONNECTION_BROKEN)
        return super().send(request, expect_response)


def expect_broken_transports() -> None:
    """Let every connection that aiokafka opens from now on in this process be a `Connection`."""
    conn.AIOKafkaConnection = Connection
