"""Whether the processes of the other services take work, as each says itself to whoever asks."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import cast

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from services.desk.bounds import MOST_HEALTH_BYTES, PEER_SECONDS

_READY = "/health/ready"


class Health(StrEnum):
    """How a process is."""

    READY = "ready"
    NOT_READY = "not_ready"
    AWAY = "away"
    """It gave no answer, or one that no service of ours gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One process of a service, and where it is asked."""

    service: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How a process is; `missing` is what keeps it from taking work, by name."""

    peer: Peer
    health: Health
    missing: Mapping[str, str] = field(default_factory=dict)


class _Answer(BaseModel):
    model_config = ConfigDict(strict=True)

    status: str
    missing: dict[str, str] = {}


async def seen(peers: Sequence[Peer], *, transport: httpx.AsyncBaseTransport) -> list[Seen]:
    """Ask every process at once; none is waited for longer than `PEER_SECONDS`."""
    return [*await asyncio.gather(*(_seen(peer, transport) for peer in peers))]


async def _seen(peer: Peer, transport: httpx.AsyncBaseTransport) -> Seen:
    request = httpx.Request("GET", f"{peer.url}{_READY}", headers={"Accept": "application/json"})
    try:
        async with asyncio.timeout(PEER_SECONDS):
            answer = await transport.handle_async_request(request)
            try:
                told = _Answer.model_validate_json(await _body(answer))
            finally:
                await answer.aclose()
    except (httpx.HTTPError, TimeoutError) as away:
        why = f"no answer within {PEER_SECONDS:.0f} s" if isinstance(away, TimeoutError) else ""
        return _away(peer, why or str(away) or type(away).__name__)
    except ValidationError:
        return _away(peer, "another program answers there")
    if answer.status_code == httpx.codes.OK:
        return Seen(peer=peer, health=Health.READY)
    return Seen(peer=peer, health=Health.NOT_READY, missing=told.missing)


def _away(peer: Peer, why: str) -> Seen:
    return Seen(peer=peer, health=Health.AWAY, missing={"http": why})


async def _body(answer: httpx.Response) -> bytes:
    """Return the beginning of an answer, which is all of one of ours."""
    found = b""
    # As it comes: what is packed is nobody's of ours, and could be endless unpacked.
    async for part in cast("httpx.AsyncByteStream", answer.stream):
        found += part
        if len(found) > MOST_HEALTH_BYTES:
            break
    return found[:MOST_HEALTH_BYTES]
