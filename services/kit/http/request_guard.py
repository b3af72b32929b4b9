"""What a request must be before a route sees it: for us, from no other site, small, and JSON.

Whoever can open a page in a browser of this network can send requests to its ports, under a name
that the page's own server lets point here (DNS rebinding) or as a form without asking. Such
requests end here. A body is read here too, so that no route can hold one that has no end; files
come through as they are sent, counted.
"""

import asyncio
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schemas.cloudevents import media_type_of
from services.kit.http.addresses import is_loopback
from services.kit.http.bounds import BODY_SECONDS, MAX_BODY_BYTES, MAX_TARGET_BYTES, RETRY_SECONDS
from services.kit.http.problems import Refused

FOREIGN: Final = "A page of another site may not send this."
MULTIPART: Final = "multipart/form-data"
"""The media type of files."""
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_SAME_PAGE: Final = frozenset({"same-origin", "none"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """Which requests are for us: names beside our own addresses, and media types of bodies."""

    hosts: Collection[str]
    media_types: Collection[str]
    files: "Files | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Where bodies bring files, which a route reads as they come.

    Each has `most_bytes` at most and comes within `seconds`; `path` is that of the routes.
    """

    path: re.Pattern[str]
    most_bytes: int
    seconds: float


class RequestGuard:
    """ASGI middleware that answers what is not admitted, and reads the body of what is."""

    def __init__(self, app: ASGIApp, *, admitted: Admitted) -> None:
        """Take what stands behind, and what is let through to it."""
        self._app = app
        self._admitted = admitted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it with a problem."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sending = _Sending(send)
        try:
            await self._let_in(scope, receive, sending)
        except Refused as refused:
            await refused.answer()(scope, receive, send)
        except asyncio.CancelledError:
            # The server stops and could not wait. A client is to come again, to whoever is next.
            if sending.started:
                raise
            await _stopping().answer()(scope, receive, send)

    async def _let_in(self, scope: Scope, receive: Receive, sending: "_Sending") -> None:
        headers = {
            name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]
        }
        _check_target(scope)
        self._check_host(headers, scope)
        if scope["method"] not in _SAFE:
            self._check_page(headers)
        files = self._admitted.files
        if files is not None and _brings_files(headers, scope, files):
            _check_length(headers, files.most_bytes)
            await self._app(scope, _Counted(receive, files), sending)
            return
        if _has_body(headers):
            self._check_media_type(headers)
        body = await _body(headers, receive)
        if body is not None:
            await self._app(scope, _Read(body, receive), sending)

    def _check_host(self, headers: Mapping[str, str], scope: Scope) -> None:
        """Refuse a name that is not ours. Without one (HTTP/1.0) it is no browser's request."""
        host = headers.get("host")
        if host is None or self._is_ours(name := _name_in(host)):
            return
        own = scope.get("server")
        if own is None or name != own[0]:
            told = f"{name[:200]!r} is not served here; TONGXIN_HTTP_HOSTS names what else is."
            raise Refused(421, told)

    def _check_page(self, headers: Mapping[str, str]) -> None:
        """Refuse what a page of another site sends; what is no browser says neither."""
        origin = headers.get("origin")
        if origin is None:
            from_here = headers.get("sec-fetch-site", "none") in _SAME_PAGE
        else:
            where = _authority_of(origin)
            from_here = where == headers.get("host", "").lower()
            from_here = from_here or _name_in(where) in self._admitted.hosts
        if not from_here:
            raise Refused(403, FOREIGN)

    def _is_ours(self, name: str) -> bool:
        return name in self._admitted.hosts or is_loopback(name)

    def _check_media_type(self, headers: Mapping[str, str]) -> None:
        known = sorted(self._admitted.media_types)
        found = media_type_of(headers.get("content-type", ""))
        if found not in known:
            told = f"has the Content-Type {found[:100]!r}" if found else "has no Content-Type"
            raise Refused(415, f"The body {told}; send {' or '.join(known)}.")
        if (coding := headers.get("content-encoding", "identity").lower()) != "identity":
            raise Refused(415, f"The body is packed with {coding[:100]!r}; send it as it is.")


class _Read:
    """A body that was read, for whoever asks once more."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._left: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        body, self._left = self._left, None
        if body is None:
            return await self._receive()
        return {"type": "http.request", "body": body, "more_body": False}


class _Counted:
    """A body that goes on to who reads it, as far as it may and as long as it may take."""

    def __init__(self, receive: Receive, files: Files) -> None:
        self._receive = receive
        self._files = files
        self._ends_at = asyncio.get_running_loop().time() + files.seconds
        self._bytes = 0

    async def __call__(self) -> Message:
        try:
            async with asyncio.timeout_at(self._ends_at):
                message = await self._receive()
        except TimeoutError as late:
            raise _too_late(self._files.seconds) from late
        self._bytes += len(message.get("body", b""))
        if self._bytes > self._files.most_bytes:
            raise _too_large(self._files.most_bytes)
        return message


class _Sending:
    """Knows whether an answer has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.started = False

    async def __call__(self, message: Message) -> None:
        self.started = True
        await self._send(message)


async def _body(headers: Mapping[str, str], receive: Receive) -> bytes | None:
    """Return the whole body; None when the client has gone."""
    _check_length(headers, MAX_BODY_BYTES)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return None
                body += message.get("body", b"")
                if len(body) > MAX_BODY_BYTES:
                    raise _too_large(MAX_BODY_BYTES)
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError as late:
        raise _too_late(BODY_SECONDS) from late


def _check_target(scope: Scope) -> None:
    path = scope.get("raw_path") or scope["path"].encode()
    if len(path) + len(scope["query_string"]) > MAX_TARGET_BYTES:
        raise Refused(414, f"Path and query have more than {MAX_TARGET_BYTES} bytes.")


def _has_body(headers: Mapping[str, str]) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def _brings_files(headers: Mapping[str, str], scope: Scope, files: Files) -> bool:
    is_there = scope["method"] == "POST" and files.path.fullmatch(scope["path"]) is not None
    return is_there and media_type_of(headers.get("content-type", "")) == MULTIPART


def _check_length(headers: Mapping[str, str], most: int) -> None:
    """Refuse a body that says by itself that it is too large, before any of it has come."""
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > most:
        raise _too_large(most)


def _too_large(most: int) -> Refused:
    return Refused(413, f"The body has more than {most} bytes; send it in parts.")


def _too_late(seconds: float) -> Refused:
    return Refused(408, f"The body did not come within {seconds:.0f} s.")


def _stopping() -> Refused:
    told = "The service is stopping; send the same request again."
    return Refused(503, told, retry=RETRY_SECONDS)


def _authority_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:  # brackets that are not an address's
        return ""


def _name_in(authority: str) -> str:
    """Return the name or address of `name:port`.

    >>> [_name_in(text) for text in ("LocalHost:8001", "[::1]:8001", "city.example.")]
    ['localhost', '::1', 'city.example']
    """
    bracketed = authority.startswith("[")
    name = authority[1:].partition("]")[0] if bracketed else authority.partition(":")[0]
    return name.removesuffix(".").lower()
