"""How long pages of the desk take with many cases: `python -m bench.pages [CASES]`.

A fresh house on PostgreSQL, whose desk has a city's past (`bench/desk.sql`); the newest cases have
stories, too. Lists and cases are asked for in turns over HTTP, as a browser does, at a steady pace
that waits for no answer. Timed is from when a page is due to when the last byte of it is here, so
what waits in a queue counts.
"""

import argparse
import asyncio
import gzip
import itertools
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Final

import asyncpg
import httpx

from bench import stand
from bench.desk import filled
from bench.live import session_of
from schemas.roles import ActingRole
from services.desk.http.site import SESSION
from services.kit.process.settings import database_variable
from services.machine.house import House

_RATE: Final = 50
_SECONDS: Final = 20
_WARM: Final = 50
_AIM_MS: Final = 100.0
_AIM_BYTES: Final = 60 * 1024
_KNOWN: Final = 2_000
"""So many of the newest cases are asked for, and have stories."""

_STORIES: Final = """
INSERT INTO case_line
  (case_id, line_id, number, producer, sequence, at, type, text_en, text_zh, data)
SELECT case_id, gen_random_uuid(), n, 'notifier', n, registered_at + n * interval '5 minutes',
  'case.annotated', repeat('A line of the story. ', 4), repeat('经过的一行。', 6), '{}'
FROM (SELECT case_id, registered_at FROM case_view ORDER BY registered_at DESC LIMIT $1) AS newest,
  generate_series(1, 12) AS n
"""
_NEWEST: Final = "SELECT case_id FROM case_view ORDER BY registered_at DESC LIMIT $1"

_LISTS: Final = {
    "an inbox": "/cases?open=true",
    "who is late": "/cases?late=true",
    "a search": "/cases?text=消防通道",
}


async def _prepared(url: str, cases: int) -> list[str]:
    """Fill the desk's database; returns the addresses of cases with stories."""
    await filled(url, cases)
    conn = await asyncpg.connect(url.replace("+asyncpg", ""))
    await conn.execute(_STORIES, _KNOWN)
    found = [f"/cases/{row['case_id']}" for row in await conn.fetch(_NEWEST, _KNOWN)]
    await conn.execute("VACUUM ANALYZE case_line")
    await conn.close()
    return found


def _owners_url(running: House) -> str:
    """Return the desk's database, as whoever may change its tables reaches it."""
    if running.postgres is None:
        raise RuntimeError("the house keeps no PostgreSQL of its own")
    return running.postgres.url("tongxin_desk")


async def _asked(client: httpx.AsyncClient, path: str, *, due: float) -> float:
    """Return after how many milliseconds a page that was due then was here."""
    answer = await client.get(path)
    answer.raise_for_status()
    return (time.perf_counter() - due) * 1_000


async def _timed(client: httpx.AsyncClient, paths: Iterator[str]) -> list[float]:
    """Ask for pages at the pace; returns how long each took, from the shortest on."""
    for _ in range(_WARM):
        await client.get(next(paths))
    began, asked = time.perf_counter(), list[asyncio.Task[float]]()
    for number in range(_RATE * _SECONDS):
        due = began + number / _RATE
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        asked.append(asyncio.create_task(_asked(client, next(paths), due=due)))
    return sorted(await asyncio.gather(*asked))


async def _first_view(client: httpx.AsyncClient) -> int:
    """Return how many bytes the first view of a list is, all that it needs included, packed."""
    page = await client.get(_LISTS["an inbox"])
    parts = page.text.replace("'", '"').split('"')
    assets = {one for one in parts if one.startswith("/static/")}
    bodies = [page.content, *[(await client.get(one)).content for one in sorted(assets)]]
    return sum(len(gzip.compress(body)) for body in bodies)


async def _measure(running: House, cases: int) -> int:
    known = await _prepared(_owners_url(running), cases)
    who = await session_of(running.environment[database_variable("desk")], ActingRole.SUPERVISOR)
    missed = 0
    print("| page | p50 ms | p95 ms | p99 ms |\n|---|---|---|---|", flush=True)
    async with httpx.AsyncClient(
        base_url=running.url("desk"),
        cookies={SESSION: who},
        headers={"Accept": "text/html", "Accept-Language": "zh-CN"},
        limits=httpx.Limits(max_connections=100),
        timeout=60,
        trust_env=False,
    ) as client:
        pages = {name: itertools.cycle([path]) for name, path in _LISTS.items()}
        pages["a case"] = itertools.cycle(known)
        for name, paths in pages.items():
            times = await _timed(client, paths)
            p50, p95, p99 = (times[int(len(times) * share) - 1] for share in (0.5, 0.95, 0.99))
            missed += p95 > _AIM_MS
            print(f"| {name} | {p50:.0f} | {p95:.0f} | {p99:.0f} |", flush=True)
        first = await _first_view(client)
    print(f"The first view is {first / 1024:.0f} KB packed; the aim is {_AIM_BYTES / 1024:.0f}.")
    return missed + (first > _AIM_BYTES)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure in a house of its own; returns how many aims were missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="?", type=int, default=1_000_000)
    asked = parser.parse_args(arguments)
    with stand.house(postgres=True) as running:
        print(stand.machine(postgres=True), flush=True)
        return asyncio.run(_measure(running, asked.cases))


if __name__ == "__main__":
    sys.exit(main())
