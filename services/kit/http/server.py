"""The HTTP server of a service: how many clients it holds, and how long it waits for each.

uvicorn gives a connection that sends nothing all the time in the world. Some hundreds of them take
every file descriptor, and with them the broker's and the database's connections.
"""

import asyncio
import resource
import sys

import h11
import uvicorn
from fastapi import FastAPI
from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from services.kit.http.bounds import (
    DRAIN_SECONDS,
    FILES,
    HEAD_SECONDS,
    KEEP_ALIVE_SECONDS,
    MAX_CONNECTIONS,
    MAX_HEAD_BYTES,
    REQUEST_SECONDS,
)
from services.kit.http.endless import Endless, offer
from services.kit.http.problems import Refused
from services.kit.http.security_headers import HEADERS


class BoundedConnection(H11Protocol):
    """A connection that keeps its place only as long as it gets on.

    It has `HEAD_SECONDS` from its beginning, or from the last answer, until a request's head is
    there, and `REQUEST_SECONDS` from there to the answer's end, or to the next part of one without
    an end (`endless`). Beyond `MAX_CONNECTIONS` the one that has let us wait longest goes.
    """

    _limit: asyncio.TimerHandle | None = None
    _endless: Endless | None = None
    _waits_since: float = 0.0

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Take the connection in, and let another go when there are too many."""
        super().connection_made(transport)
        self._allow(HEAD_SECONDS)
        if len(self.connections) > MAX_CONNECTIONS:
            waiting = [c for c in self.connections if isinstance(c, BoundedConnection) and c.waits]
            min(waiting, key=lambda one: one.waits_since).drop()

    @property
    def waits(self) -> bool:
        """Whether it is the client's turn: to ask, to send on, to take its answer."""
        cycle = self._current
        return cycle is None or cycle.response_complete or cycle.more_body or self.flow.write_paused

    @property
    def _current(self) -> RequestResponseCycle | None:
        """The request that came last; None before the first, which uvicorn's types leave out."""
        return self.cycle

    @property
    def waits_since(self) -> float:
        """When the running limit began, in the event loop's time."""
        return self._waits_since

    def drop(self) -> None:
        """Close the connection now, whatever is still to be sent."""
        self.connections.discard(self)
        self.transport.abort()

    @override
    def handle_events(self) -> None:
        """Handle what has come; a new request has time of its own."""
        before = self._current
        super().handle_events()
        if (cycle := self._current) is not None and cycle is not before:
            self._allow(REQUEST_SECONDS)
            self._endless = Endless(self._get_on)
            offer(cycle.scope, self._endless)  # type: ignore[arg-type] # uvicorn types its own scope

    @override
    def shutdown(self) -> None:
        """Let the answer under way be the last, and end now if it has no end."""
        super().shutdown()
        if self._endless is not None:
            self._endless.stop()

    @override
    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self._endless = None
        self._allow(HEAD_SECONDS)
        super().on_response_complete()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        super().connection_lost(exc)
        self._forget_limit()

    @override
    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP with a problem, when no answer has begun."""
        if (cycle := self._current) is not None:
            cycle.disconnected = True
            cycle.message_event.set()
        if self.conn.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
            self.drop()
            return
        # uvicorn calls this while it handles h11's error, which knows the better status.
        status = getattr(sys.exception(), "error_status_hint", 400)
        told = "The request's head is too large." if status == 431 else "This is no HTTP request."  # noqa: PLR2004 - RFC 6585
        answer = Refused(status, told).answer()
        said = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
        headers = [*answer.raw_headers, *said, (b"connection", b"close")]
        for event in (
            h11.Response(status_code=status, headers=headers),
            h11.Data(data=bytes(answer.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _get_on(self) -> None:
        """Give an answer that was taken so far the same time again."""
        if self._endless is not None:
            self._allow(REQUEST_SECONDS)

    def _allow(self, seconds: float) -> None:
        self._forget_limit()
        self._waits_since = self.loop.time()
        self._limit = self.loop.call_later(seconds, self.drop)

    def _forget_limit(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None


def server_of(http: FastAPI, *, host: str, port: int) -> uvicorn.Server:
    """Return a server for an HTTP app, whose lifespan runs everything else."""
    _allow_files()
    config = uvicorn.Config(
        http,
        loop="uvloop",
        http=BoundedConnection,
        ws="none",
        host=host,
        port=port,
        server_header=False,
        log_config=None,
        access_log=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
    )
    return uvicorn.Server(config)


def _allow_files() -> None:
    """Raise how many files this process may open: every client is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
