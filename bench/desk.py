"""How long the desk takes for a page of a list with many cases: `python -m bench.desk [CASES]`.

The rows are made by PostgreSQL itself, and their indexes after them: half of a city's cases are of
two departments, most are closed, and each has some fifty terms, in Chinese and in English. What is
timed are the queries of one page, as the door asks it, over a connection of the desk's own: the
first page and those after it. The blocks that a page touches are the same on a busy machine.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import asyncpg
from sqlalchemy import text

from schemas.roles import ActingRole
from schemas.scopes import scopes_of
from schemas.vocabulary import Door
from services.access.actor import Actor, ActorKind
from services.desk.domain.spans import SIZES
from services.desk.migrations import HISTORY
from services.desk.store import lists
from services.desk.store.lists import Wanted
from services.kit.sql.cursors import Cursor
from services.kit.sql.database import Database, open_database
from services.kit.sql.migrations import upgrade
from services.machine.embedded import PostgresServer
from services.machine.ports import own_ports

NOW: Final = datetime(2026, 11, 1, tzinfo=UTC)
_AIM_MS: Final = 100.0
_TIMES: Final = 20
_TOUCHED: Final = """
SELECT coalesce(sum(pg_stat_get_xact_blocks_fetched(oid)), 0) FROM pg_class
WHERE relkind IN ('r', 'i', 't')
"""
"""Blocks that the transaction fetched so far, of tables and of their indexes."""
_INDEXES: Final = """
SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
AND tablename IN ('case_view', 'case_terms', 'case_party') AND indexname NOT LIKE '%_pkey'
"""
_FILL: Final = Path(__file__).with_name("desk.sql")


def _actor(role: ActingRole, *departments: str) -> Actor:
    return Actor(
        kind=ActorKind.PERSON,
        id="p1",
        name="p1",
        door=Door.DESK,
        roles=frozenset({role}),
        scopes=scopes_of([role]),
        departments=frozenset(departments),
    )


_ALL: Final = _actor(ActingRole.SUPERVISOR)
_LARGE: Final = _actor(ActingRole.HANDLER, "d0")
_SMALL: Final = _actor(ActingRole.HANDLER, "d49")
_BOTH: Final = _actor(ActingRole.HANDLER, "d0", "d49")
_ROAD: Final = f"{chr(20_012)}路"
ASKED: Final[dict[str, tuple[Actor, dict[str, Any]]]] = {
    "all, newest": (_ALL, {}),
    "all, open": (_ALL, {"open": True}),
    "all, overdue": (_ALL, {"overdue": True}),
    "all, of a category": (_ALL, {"category": "c7"}),
    "all, of a grid and closed": (_ALL, {"grid": "g123", "open": False}),
    "all, level 3": (_ALL, {"level": 3}),
    "all, of a small department": (_ALL, {"party": "d49"}),
    "a large department's": (_LARGE, {}),
    "a large department's, open": (_LARGE, {"open": True}),
    "a small department's": (_SMALL, {}),
    "of two departments": (_BOTH, {}),
    "text in every case": (_ALL, {"text": "报告"}),
    "text in one of ten": (_ALL, {"text": "消防通道"}),
    "text in one of 100": (_ALL, {"text": _ROAD}),
    "text in one of 10,000": (_ALL, {"text": f"{chr(20_012)}号"}),
    "text in none": (_ALL, {"text": "飞碟"}),
    "text of last winter": (_ALL, {"text": "积雪"}),
    "two texts in one of ten": (_ALL, {"text": "报告 消防通道"}),
    "two texts that never meet": (_ALL, {"text": "消防通道 漏水"}),
    "two texts, one of 1,000": (_ALL, {"text": f"漏水 {_ROAD}"}),
    "English, in one of ten": (_ALL, {"text": "hydrant leaking"}),
    "a word's beginning": (_ALL, {"text": "hydr"}),
    "a word's beginning, one of 50": (_ALL, {"text": "w12"}),
    "text, open": (_ALL, {"text": "消防通道", "open": True}),
    "text of last winter, open": (_ALL, {"text": "积雪", "open": True}),
    "text, of a category": (_ALL, {"text": "消防通道", "category": "c10"}),
    "text, a small department's": (_SMALL, {"text": "漏水"}),
    "text in one of 100, a small department's": (_SMALL, {"text": _ROAD}),
    "text in none, a small department's": (_SMALL, {"text": "飞碟"}),
    "text of last winter, a small department's": (_SMALL, {"text": "积雪"}),
    "text, of two departments": (_BOTH, {"text": "漏水"}),
    "text that a large department never has": (_LARGE, {"text": "漏水"}),
    "text, a large department's, open": (_LARGE, {"text": "消防通道", "open": True}),
}
"""Lists by what people call them."""


async def filled(url: str, cases: int) -> None:
    """Fill a desk's database with so many cases; what it has of others stays."""
    await upgrade(HISTORY, url)
    conn = await asyncpg.connect(url.replace("+asyncpg", ""))
    await conn.execute("SET maintenance_work_mem = '512MB'; SET synchronous_commit = off")
    indexes = await conn.fetch(_INDEXES)
    for index in indexes:
        await conn.execute(f"DROP INDEX {index['indexname']}")
    made = {"cases": str(cases), "fillers": _fillers(), "spans": _spans()}
    sql = _FILL.read_text(encoding="utf-8")
    for name, value in made.items():
        sql = sql.replace(f":{name}", value)
    await conn.execute(sql)
    for index in indexes:
        await conn.execute(index["indexdef"])
    for table in ("case_view", "case_terms", "case_party"):
        await conn.execute(f"VACUUM ANALYZE {table}")
    await conn.execute("CHECKPOINT")  # what filling left to write is no page's to wait for
    await conn.close()


def _fillers() -> str:
    """Return words as SQL, each in one of so many cases; the numbers are primes."""
    pairs = (f"' ' || chr({25_000 + 10 * p} + n % {p}) || '的'" for p in (7, 17, 31, 61, 127, 251))
    rarer = (
        f"' ' || chr(20000 + n % {one}) || chr(30000 + n % {two})"
        for one, two in zip(
            (3, 5, 7, 11, 13, 17, 19), (23, 41, 83, 163, 331, 661, 1_321), strict=True
        )
    )
    words = (
        f"' {name}' || n % {p}"
        for name, p in zip("wvuts", (5_003, 1_009, 211, 43, 13), strict=True)
    )
    return " || ".join((*pairs, *rarer, *words))


def _spans() -> str:
    """Return the terms of the spans that a case is in, as SQL."""
    return " || ".join(
        f"' @{size}.' || floor(extract(epoch FROM registered_at) / {seconds})::bigint"
        for size, seconds in enumerate(SIZES)
    )


async def _pages(
    database: Database, actor: Actor, wanted: dict[str, Any]
) -> tuple[list[float], list[int]]:
    """Return the milliseconds of each page and the blocks it touches, both from the least on."""
    times, blocks, after = list[float](), list[int](), None
    for _ in range(_TIMES):
        began = time.perf_counter()
        async with database.read() as conn:
            rows = await lists.cases(conn, Wanted(**wanted, after=after), actor=actor, now=NOW)
            times.append((time.perf_counter() - began) * 1_000)
        async with database.read() as conn:
            before = await conn.scalar(text(_TOUCHED))
            await lists.cases(conn, Wanted(**wanted, after=after), actor=actor, now=NOW)
            blocks.append(int(await conn.scalar(text(_TOUCHED)) - before))
        after = Cursor(rows[-1]["registered_at"], rows[-1]["case_id"]) if rows else None
    return sorted(times), sorted(blocks)


async def _measure(url: str) -> int:
    database, late = open_database(url), 0
    print("| list | p50 ms | p95 ms | p50 blocks | most blocks |\n|---|---|---|---|---|")
    for name, (actor, wanted) in ASKED.items():
        times, blocks = await _pages(database, actor, wanted)
        p50, p95 = times[len(times) // 2], times[int(len(times) * 0.95) - 1]
        late += p95 > _AIM_MS
        touched = f"{blocks[len(blocks) // 2]} | {blocks[-1]}"
        print(f"| {name} | {p50:.1f} | {p95:.1f} | {touched} |", flush=True)
    await database.close()
    return late


def main(arguments: Sequence[str] | None = None) -> int:
    """Fill a PostgreSQL of its own, and time each list; returns how many miss the aim."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="?", type=int, default=1_000_000)
    asked = parser.parse_args(arguments)
    (port,) = own_ports(0, 1)
    with (
        tempfile.TemporaryDirectory() as folder,
        PostgresServer(Path(folder) / "postgres", port=port) as server,
    ):
        began = time.monotonic()
        asyncio.run(filled(server.url(), asked.cases))
        print(f"{asked.cases} cases in {time.monotonic() - began:.0f} s", flush=True)
        late = asyncio.run(_measure(server.url()))
    print(f"{late} of {len(ASKED)} lists miss the aim of {_AIM_MS:.0f} ms")
    return late


if __name__ == "__main__":
    sys.exit(main())
