"""A process of another service, asked over HTTP at the address that the settings say."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

import httpx
from pydantic import BaseModel, ValidationError

from services.access.actor import Actor
from services.access.passes import HEADER, pass_of
from services.desk.bounds import MOST_PEER_BYTES, PASS_HOLDS, PEER_SECONDS
from services.kit.clock import Clock


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """The processes of other services, and what a pass is signed with that they let people in by.

    An address may be wrong: whoever is named to them shall be no more than is needed.
    """

    peers: Sequence[Peer]
    transport: httpx.AsyncBaseTransport
    secret: bytes | None
    clock: Clock

    async def asked(
        self, service: str, path: str, *, actor: Actor, body: bytes | None = None
    ) -> Answered:
        """Return what the first process of a service says that answers. Raises `NobodyAnswers`."""
        if self.secret is None:
            told = f"TONGXIN_ACCESS_SECRET is not set: {service} could check no pass"
            raise NobodyAnswers([told])
        signed = pass_of(actor, until=self.clock() + PASS_HOLDS, secret=self.secret)
        why = []
        for peer in (one for one in self.peers if one.service == service):
            try:
                return await ask(
                    peer, path, transport=self.transport, headers={HEADER: signed}, body=body
                )
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
