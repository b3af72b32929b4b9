"""What a request can carry in a place where a sound value is expected, and how to send it raw."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, unquote

from fastapi import FastAPI
from starlette.types import Message, Scope

from services.kit.http.problems import PROBLEM
from tests.support.keys import TOKEN

CALENDAR_ENDS: Final = (
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "0000-00-00T00:00:00Z"),
    *("2026-01-01T00:00:00+23:59", "1899-12-31T23:59:59Z", "2200-01-01T00:00:00Z"),
)
_TEXTS: Final = (
    *("\x00", "a\x00b", "\n", "a\r\nb", "\x1b[2J", "\u2028", "\u202e", "\ufeff", "\U0010ffff"),
    *("", " ", ".", "..", "a/../b", "a//b", "/", "\\", "'", '"', "%", "%00", "*", "x" * 10_000),
    *("-1", "0", "1.5", "9" * 400, "1e999", "NaN", "Infinity", "true", "null", "[]", "{}"),
    *("no-such-thing", "٣", "１", "İ", *CALENDAR_ENDS),
)
_ENCODINGS: Final = (
    b"%zz",
    b"%",
    b"%ff%fe",
    b"%ED%A0%80",
    b"%C0%AF",
    b"%2e%2e%2f",
    b"+",
    b"%u0000",
)
"""Percent-encodings that stand for no text."""
_CASE: Final = "5bf09164-a81f-50ab-8402-27aeb7de0236"
_CURSORS: Final = tuple(
    urlsafe_b64encode(text).decode()
    for text in (
        *(f"{at}|{_CASE}".encode() for at in (*CALENDAR_ENDS, "2026-01-01T00:00:00", "0", "")),
        *(b"\xff\xfe|", b"|", b"", b"2026-01-01T00:00:00Z|\x00", b"2026-01-01T00:00:00Z|1"),
    )
)
_JSON: Final = (
    *(json.dumps(text).encode() for text in (*_TEXTS, *_CURSORS)),
    *(rb'"\ud800"', rb'"\udc00\ud800"', b'"\xff"', b"NaN", b"-Infinity", b"1e999", b"9" * 400),
    *(b"9223372036854775808", b"-9223372036854775809", b"-0.0", b"true", b"null", b"[]", b"{}"),
    *(b"[" * 3_000, b"[" * 3_000 + b"]" * 3_000, b'{"a": 1, "a": 2}', b'["\\u0000"]', b"'", b""),
)


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back of what was sent."""

    sent: str
    status: int
    content_type: str

    @property
    def is_sound(self) -> bool:
        """Tell whether it is an answer or a problem, and no fault of ours.

        A busy machine may say 503, which is a problem that passes.
        """
        return self.status < 400 or (self.status != 500 and self.content_type == PROBLEM)


async def each_parameter(
    http: FastAPI, *, known: dict[str, str], token: str = TOKEN
) -> Sequence[Answered]:
    """Ask each route with each hostile value in each of its parameters, the others being sound."""
    return [
        await ask(http, method, path, query=query, headers=headers, token=token)
        for method, template, parameters in _operations(http)
        for where, name in parameters
        for value in (*map(_quoted, (*_TEXTS, *_CURSORS)), *_ENCODINGS)
        for path, query, headers in [_request(template, where, name, value, known=known)]
    ]


async def each_field(
    http: FastAPI,
    path: str,
    body: dict[str, Any],
    *fields: str,
    token: str = TOKEN,
) -> Sequence[Answered]:
    """Post a body with each hostile value at each field, named by its path with dots."""
    bodies = [_with(body, field, value) for field in fields for value in _JSON]
    return [
        await ask(http, "POST", path.encode(), body=one, token=token) for one in (*bodies, *_JSON)
    ]


async def ask(
    http: FastAPI,
    method: str,
    path: bytes,
    *,
    query: bytes = b"",
    headers: Sequence[tuple[bytes, bytes]] = (),
    body: bytes = b"",
    token: str = TOKEN,
) -> Answered:
    """Send a request as a server hands it on, its path and query as raw bytes; token: whose."""
    told: list[Message] = []
    scope: Scope = {
        "type": "http",
        "method": method,
        "path": unquote(path.decode("ascii")),
        "raw_path": path,
        "query_string": query,
        "headers": [*headers, *_usual_headers(body, token)],
        "http_version": "1.1",
        "scheme": "http",
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        told.append(message)

    sent = f"{method} {path[:200]!r} {query[:200]!r} {headers!r:.200} {body[:300]!r}"
    try:
        await http(scope, receive, send)
    except Exception as error:  # noqa: BLE001 - what the server would log and answer with 500
        return Answered(f"{sent}: {error!r}", 500, "")
    found = {name.decode(): value.decode() for name, value in told[0]["headers"]}
    return Answered(sent, told[0]["status"], found.get("content-type", ""))


def _usual_headers(body: bytes, token: str) -> Iterator[tuple[bytes, bytes]]:
    yield b"host", b"localhost"
    if token:
        yield b"authorization", f"Bearer {token}".encode()
    if body:
        yield b"content-length", str(len(body)).encode()
        yield b"content-type", b"application/json"


def _operations(http: FastAPI) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """Yield each route: method, path, and each parameter with where it stands."""
    for path, methods in http.openapi()["paths"].items():
        for method, operation in methods.items():
            named = [(p["in"], p["name"]) for p in operation.get("parameters", [])]
            yield method.upper(), path, [*named, ("query", "no-such-parameter")]


def _request(
    template: str, where: str, name: str, value: bytes, *, known: dict[str, str]
) -> tuple[bytes, bytes, list[tuple[bytes, bytes]]]:
    """Return path, query and headers of a request with one value that is hostile."""
    sound = {key: _quoted(text) for key, text in known.items()}
    path = template.encode()
    for key, text in (sound | ({name: value} if where == "path" else {})).items():
        path = path.replace(f"{{{key}}}".encode(), text)
    query = name.encode() + b"=" + value if where == "query" else b""
    return path, query, [(name.lower().encode(), value)] if where == "header" else []


def _quoted(text: str) -> bytes:
    return quote(text, safe="").encode()


def _with(body: dict[str, Any], field: str, value: bytes) -> bytes:
    """Return a body as JSON with raw bytes at a field."""
    marked = json.loads(json.dumps(body))
    *parents, last = field.split(".")
    inner = marked
    for parent in parents:
        inner = inner[parent]
    inner[last] = "<here>"
    return json.dumps(marked).encode().replace(b'"<here>"', value)
