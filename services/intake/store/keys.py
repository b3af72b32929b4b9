"""The idempotency keys of requests, and what was answered to each."""

from datetime import datetime
from typing import TypedDict

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.bounds import FORGOTTEN_AT_ONCE
from services.intake.store.tables import IdempotencyKey
from services.kit.sql.bulk import delete_found, insert_rows, update_rows
from services.kit.sql.declaring import table_of

_KEY = table_of(IdempotencyKey)


class Claimed(TypedDict):
    """The hash of the body a key belongs to, and the answer; empty until the log has it."""

    body_hash: str
    answer: str


async def claim_key(conn: AsyncConnection, key: str, *, body_hash: str, now: datetime) -> Claimed:
    """Let an idempotency key belong to a body, unless it does to another; returns whose it is."""
    row = {"key": key, "created_at": now, "body_hash": body_hash, "answer": ""}
    await insert_rows(conn, IdempotencyKey, [row], skip_known=True)
    query = select(_KEY.c.body_hash, _KEY.c.answer).where(_KEY.c.key == key)
    found = (await conn.execute(query)).one()
    return Claimed(body_hash=found.body_hash, answer=found.answer)


async def remember_answer(conn: AsyncConnection, key: str, answer: str) -> None:
    """Remember what was answered to an idempotency key once the log had everything."""
    await update_rows(conn, IdempotencyKey, [{"key": key, "answer": answer}])


async def forget_all_answers(conn: AsyncConnection) -> None:
    """Forget every idempotency key: what was answered went to a log that is lost."""
    await conn.execute(delete(_KEY))


async def forget_answers(conn: AsyncConnection, *, before: datetime) -> int:
    """Forget a portion of the keys that came before an instant; returns how many."""
    old = select(_KEY.c.key).where(_KEY.c.created_at < before).limit(FORGOTTEN_AT_ONCE)
    return await delete_found(conn, IdempotencyKey, old)
