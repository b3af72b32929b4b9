"""What is old goes, in portions, found by an index however much is kept."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, func, select, text

from services.intake.bounds import FORGOTTEN_AT_ONCE
from services.intake.migrations import HISTORY as INTAKE
from services.intake.store import keys
from services.intake.store.tables import IdempotencyKey
from services.kit.sql.database import Database, open_database
from services.kit.sql.declaring import table_of
from services.kit.sql.retention import Prune, forget
from services.kit.sql.revisions import History
from services.kit.stage import bounds as of_stages
from services.kit.stage import inbox, outbox
from services.kit.stage.tables import Inbox, OutboxChunk
from services.notifier import bounds as of_notifier
from services.notifier.migrations import HISTORY as NOTIFIER
from services.notifier.store import deliveries
from services.notifier.store.tables import Delivery
from tests.support.databases import Place

NOW = datetime(2026, 3, 9, tzinfo=UTC)
BEFORE = NOW - timedelta(days=8)
MANY = {
    "inbox": "SELECT 'toy', md5(n::text)::uuid, :now",
    "outbox_chunk": "SELECT 'toy', n % 12, n + 1000, '', :now, :now",
    "delivery": "SELECT md5(n::text)::uuid, '', '', :now, :now, 1, :now, NULL, ''",
    "idempotency_key": "SELECT 'k' || n, '', '{}', :now",
}
"""Rows that stay, as PostgreSQL makes them."""


@dataclass(frozen=True)
class Kept:
    """A table with old and new rows, and what prunes it."""

    history: History
    table: Table
    row: Callable[[int, datetime], dict[str, Any]]
    prune: Prune
    portion: int


def _delivery(n: int, at: datetime) -> dict[str, Any]:
    ended = {"created_at": at, "attempt_at": at, "sent_at": at, "attempts": 1, "last_answer": ""}
    return {"id": UUID(int=n), "url": "http://here", "body": b""} | ended


def _chunk(n: int, at: datetime) -> dict[str, Any]:
    row = {"stage": "toy", "partition": n % 12, "number": n, "body": b"x" * 100}
    return row | {"created_at": at, "published_at": at}


TABLES = {
    "inbox": Kept(
        NOTIFIER,
        table_of(Inbox),
        lambda n, at: {"stage": "toy", "event_id": UUID(int=n * 7919), "seen_at": at},
        partial(inbox.prune, before=BEFORE),
        of_stages.PRUNED_AT_ONCE,
    ),
    "outbox": Kept(
        NOTIFIER,
        table_of(OutboxChunk),
        _chunk,
        partial(outbox.prune, before=BEFORE),
        of_stages.CHUNKS_AT_ONCE,
    ),
    "delivery": Kept(
        NOTIFIER,
        table_of(Delivery),
        _delivery,
        partial(deliveries.prune, before=BEFORE),
        of_notifier.PRUNED_AT_ONCE,
    ),
    "idempotency key": Kept(
        INTAKE,
        table_of(IdempotencyKey),
        lambda n, at: {"key": str(n), "body_hash": "", "answer": "{}", "created_at": at},
        partial(keys.forget_answers, before=BEFORE),
        FORGOTTEN_AT_ONCE,
    ),
}


async def filled(place: Place, kept: Kept, *, old: int, new: int) -> Database:
    database = open_database(await place.url_of(kept.history))
    rows = [kept.row(n, BEFORE - timedelta(seconds=1 + n)) for n in range(old)]
    rows += [kept.row(old + n, NOW) for n in range(new)]
    async with database.write() as conn:
        await conn.execute(kept.table.insert(), rows)
    return database


async def analyzed(place: Place, kept: Kept) -> None:
    owner = open_database(place.owner_of(await place.url_of(kept.history)))
    async with owner.write() as conn:
        await conn.execute(text(f"ANALYZE {kept.table.name}"))
    await owner.close()


async def count(database: Database, table: Table) -> int:
    async with database.read() as conn:
        return int((await conn.execute(select(func.count()).select_from(table))).scalar_one())


@pytest.mark.parametrize("kept", TABLES.values(), ids=TABLES.keys())
class TestRetention:
    async def test_drops_what_is_old_in_portions_and_nothing_else(
        self, place: Place, kept: Kept
    ) -> None:
        old = kept.portion * 2 + 3
        database = await filled(place, kept, old=old, new=20)
        async with database.write() as conn:
            assert await kept.prune(conn) == kept.portion
        assert await forget(database, kept.prune, portion=kept.portion) == old - kept.portion
        assert await count(database, kept.table) == 20
        assert await forget(database, kept.prune, portion=kept.portion) == 0
        await database.close()


@pytest.mark.parametrize("kept", TABLES.values(), ids=TABLES.keys())
class TestPrunedTable:
    async def test_is_never_read_whole(
        self,
        postgres_place: Place,
        kept: Kept,
    ) -> None:
        database = await filled(postgres_place, kept, old=200, new=0)
        async with database.write() as conn:
            query = f"INSERT INTO {kept.table.name} {MANY[kept.table.name]}"
            await conn.execute(text(f"{query} FROM generate_series(1, 200000) n"), {"now": NOW})
        await analyzed(postgres_place, kept)
        before = await whole_reads(database, kept.table)
        async with database.write() as conn:
            pruned = await kept.prune(conn)
            await conn.execute(text("SELECT pg_stat_force_next_flush()"))
        after = await whole_reads(database, kept.table)
        async with database.write() as conn:  # so that a whole read is known to show
            await conn.execute(text("SET LOCAL enable_seqscan = on"))
            await conn.execute(select(func.count()).select_from(kept.table))
        counted = await whole_reads(database, kept.table)
        await database.close()
        assert (pruned, after, counted > after) == (200, before, True)


async def whole_reads(database: Database, table: Table) -> int:
    async with database.read() as conn:
        await conn.execute(text("SELECT pg_stat_force_next_flush()"))
    query = text("SELECT seq_scan FROM pg_stat_user_tables WHERE relname = :name")
    async with database.read() as conn:
        return int((await conn.execute(query, {"name": table.name})).scalar_one())
