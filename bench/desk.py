"""How long the desk takes for a page of a list with many cases: `python -m bench.desk [CASES]`.

The rows are made by PostgreSQL itself: half of a city's cases are of two departments, most are
closed, and each has a title and a description out of some words, in Chinese and in English. What is
timed is the query of one page, as the door asks it, over a connection of the desk's own.
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
    "text in one of 10,000": (_ALL, {"text": "第12号"}),
    "text in none": (_ALL, {"text": "飞碟"}),
    "English, in one of ten": (_ALL, {"text": "hydrant leaking"}),
    "a word's beginning": (_ALL, {"text": "hydr"}),
    "text, a small department's": (_SMALL, {"text": "消防通道"}),
    "text, a large department's, open": (_LARGE, {"text": "消防通道", "open": True}),
}
"""Lists by what people call them."""


async def _filled(url: str, cases: int) -> None:
    await upgrade(HISTORY, url)
    conn = await asyncpg.connect(url.replace("+asyncpg", ""))
    await conn.execute(_FILL.read_text(encoding="utf-8").replace(":cases", str(cases)))
    await conn.execute("ANALYZE case_view; ANALYZE case_terms; ANALYZE case_party")
    await conn.close()


async def _times(database: Database, actor: Actor, wanted: dict[str, Any]) -> list[float]:
    """Return the milliseconds of each page: the first ones, and those after it."""
    found, after = list[float](), None
    for _ in range(_TIMES):
        began = time.perf_counter()
        async with database.read() as conn:
            rows = await lists.cases(conn, Wanted(**wanted, after=after), actor=actor, now=NOW)
        found.append((time.perf_counter() - began) * 1_000)
        after = Cursor(rows[-1]["registered_at"], rows[-1]["case_id"]) if rows else None
    return sorted(found)


async def _blocks(database: Database, actor: Actor, wanted: dict[str, Any]) -> int:
    """Return how many blocks a page touches, which is the same on a machine that is busy."""
    async with database.read() as conn:
        before = await conn.scalar(text(_TOUCHED))
        await lists.cases(conn, Wanted(**wanted), actor=actor, now=NOW)
        return int(await conn.scalar(text(_TOUCHED)) - before)


async def _measure(url: str) -> int:
    database, late = open_database(url), 0
    print("| list | p50 ms | p95 ms | blocks of the first page |\n|---|---|---|---|")
    for name, (actor, wanted) in ASKED.items():
        times = await _times(database, actor, wanted)
        p50, p95 = times[len(times) // 2], times[int(len(times) * 0.95) - 1]
        late += p95 > _AIM_MS
        blocks = await _blocks(database, actor, wanted)
        print(f"| {name} | {p50:.1f} | {p95:.1f} | {blocks} |", flush=True)
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
        asyncio.run(_filled(server.url(), asked.cases))
        print(f"{asked.cases} cases in {time.monotonic() - began:.0f} s", flush=True)
        late = asyncio.run(_measure(server.url()))
    print(f"{late} of {len(ASKED)} lists miss the aim of {_AIM_MS:.0f} ms")
    return late


if __name__ == "__main__":
    sys.exit(main())
