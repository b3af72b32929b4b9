"""Every size, pause and time limit of HTTP: against clients that do not get on, and for answers."""

from typing import Final

PATIENCE_SECONDS: Final = 10.0
"""How long a client waits for the log before it is told to come again."""

MOST_KEY_CHARACTERS: Final = 128
"""Of an `Idempotency-Key`, which is kept."""

RETRY_SECONDS: Final = 5
"""After which a client may come again: a broker or a database takes about that to restart."""

MAX_BODY_BYTES: Final = 1024 * 1024
"""Of a request: 500 reports of ordinary length."""

MAX_TARGET_BYTES: Final = 8 * 1024
"""Of the path and the query."""

BODY_SECONDS: Final = 20.0
"""Within which a body has come: else it is a client that holds a place."""

MAX_CONNECTIONS: Final = 2_048
"""Open at once, a thousand of them streams; beyond it the one that has let us wait longest goes."""

HEAD_SECONDS: Final = 20.0
"""Within which the head of a request has come."""

REQUEST_SECONDS: Final = 60.0
"""Around a whole request; more than all that it may wait for."""

KEEP_ALIVE_SECONDS: Final = 15
"""How long a connection without a request is kept."""

MAX_HEAD_BYTES: Final = 32 * 1024
"""Of a request: its line and headers."""

FILES: Final = 16_384
"""Descriptors that a process asks its system for: connections, database, broker."""

DRAIN_SECONDS: Final = 2
"""How long a stop waits for requests under way."""

OUTSIDE_SECONDS: Final = 20.0
"""Around the whole attempt: look-up, connection, what is sent, the head of the answer."""

CONNECT_SECONDS: Final = 5.0
"""For each address of a name, so that one that swallows everything leaves time for the next."""

LOOKING_UP: Final = 64
"""Threads, for a look-up that hangs must not hold up those of others, nor the broker's."""
