"""What is published again gets new ids, made of the wall clock."""

import time
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.records import Message
from services.kit.stage import outbox
from tests.faults.bad_builds.swapping import swap

_SPACE = UUID("7b0f5d52-6f0c-5c39-9c4e-3f1d8d9e7a10")


def spoil() -> None:
    """Give each record of a swept chunk another id."""
    leftovers = outbox.leftovers

    async def renamed(conn: AsyncConnection, **told: Any) -> list[outbox.Chunk]:
        left = await leftovers(conn, **told)
        return [replace(c, messages=tuple(_renamed(m) for m in c.messages)) for c in left]

    swap(outbox, "leftovers", renamed)


def _renamed(message: Message) -> Message:
    new = str(uuid5(_SPACE, str(time.time_ns()))).encode()
    headers = tuple((n, new if n == "ce_id" else told) for n, told in message.headers)
    return message._replace(headers=headers)
