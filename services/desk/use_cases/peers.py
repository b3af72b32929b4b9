"""Whether the processes of the other services take work, as each says itself to whoever asks."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from services.desk.use_cases.asking import Peer, Unanswered, ask

_READY = "/health/ready"


class Health(StrEnum):
    """How a process is."""

    READY = "ready"
    NOT_READY = "not_ready"
    AWAY = "away"
    """It gave no answer, or one that no service of ours gives."""


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
    try:
        answer = await ask(peer, _READY, transport=transport)
        told = _Answer.model_validate_json(answer.body)
    except Unanswered as away:
        return _away(peer, str(away))
    except ValidationError:
        return _away(peer, "another program answers there")
    if answer.status == httpx.codes.OK:
        return Seen(peer=peer, health=Health.READY)
    return Seen(peer=peer, health=Health.NOT_READY, missing=told.missing)


def _away(peer: Peer, why: str) -> Seen:
    return Seen(peer=peer, health=Health.AWAY, missing={"http": why})
