"""A process of another service, asked over HTTP at the address that the settings say."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

import httpx
from pydantic import BaseModel, ValidationError

from services.desk.bounds import MOST_PEER_BYTES, PEER_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One process of a service, and where it is asked."""

    service: str
    url: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What a process said: the beginning of it, which is all of what ours say."""

    status: int
    body: bytes


Told = TypeVar("Told", bound=BaseModel)


class Unanswered(Exception):
    """A process gave no answer in time; the message says why."""


class NobodyAnswers(Exception):
    """No process of a service said what was asked; `why` says it of each, by its address."""

    def __init__(self, why: Sequence[str]) -> None:
        """Take what each process was asked in vain for."""
        super().__init__("; ".join(why))
        self.why = why


async def first_answer(
    peers: Sequence[Peer],
    path: str,
    *,
    service: str,
    transport: httpx.AsyncBaseTransport,
    headers: Mapping[str, str],
    body: bytes | None = None,
) -> Answered:
    """Return what the first process of a service says that answers. Raises `NobodyAnswers`."""
    why = []
    for peer in (one for one in peers if one.service == service):
        try:
            return await ask(peer, path, transport=transport, headers=headers, body=body)
        except Unanswered as away:
            why.append(f"{peer.url}: {away}")
    raise NobodyAnswers(why or [f"TONGXIN_DESK_PEERS names no {service}"])


def told(model: type[Told], answer: Answered) -> Told:
    """Return what a process said. Raises `NobodyAnswers` for what ours do not say."""
    if answer.status != httpx.codes.OK:
        raise NobodyAnswers([f"the answer was {answer.status}"])
    try:
        return model.model_validate_json(answer.body)
    except ValidationError:
        raise NobodyAnswers(["another program answers there"]) from None


async def ask(
    peer: Peer,
    path: str,
    *,
    transport: httpx.AsyncBaseTransport,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Answered:
    """Return what a process answers within `PEER_SECONDS`, no more than `MOST_PEER_BYTES` of it.

    With a body, which is JSON, it is a POST. No redirect is followed. Raises `Unanswered`.
    """
    brought = {"Accept": "application/json", **(headers or {})}
    if body is not None:
        brought["Content-Type"] = "application/json"
    method = "GET" if body is None else "POST"
    request = httpx.Request(method, f"{peer.url}{path}", headers=brought, content=body)
    try:
        async with asyncio.timeout(PEER_SECONDS):
            answer = await transport.handle_async_request(request)
            try:
                return Answered(answer.status_code, await _body(answer))
            finally:
                await answer.aclose()
    except TimeoutError:
        raise Unanswered(f"no answer within {PEER_SECONDS:.0f} s") from None
    except httpx.HTTPError as away:
        raise Unanswered(str(away) or type(away).__name__) from away


async def _body(answer: httpx.Response) -> bytes:
    found = b""
    # As it comes: what is packed is nobody's of ours, and could be endless unpacked.
    async for part in cast("httpx.AsyncByteStream", answer.stream):
        found += part
        if len(found) > MOST_PEER_BYTES:
            break
    return found[:MOST_PEER_BYTES]
