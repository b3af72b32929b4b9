"""What was recorded in the end: assignments read from topics or from a peer's table."""

# ruff: noqa: TID251 - a benchmark stands in real time

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg

from bench.check import Result
from bench.job import Kind, Schedule, reports
from bench.meter import MERGED, Watch, merged_id, type_of
from bench.peers.deciding import RESULTS
from schemas.plan import Plan
from schemas.topics import CASES, assignments
from services.demo.stagehand import ear

_LEAD = b'"role":"lead"'
_POLL_SECONDS = 0.25
_COUNT = "SELECT count(*) FROM assignment"
_ROWS = "SELECT case_id, department, decided_at FROM assignment"


async def topic_records(kafka: str, topics: Sequence[str]) -> list[Any]:
    """Return every record that stands on these topics now."""
    consumer = await ear(kafka, topics)
    found: list[Any] = []
    try:
        ends = await consumer.end_offsets(list(consumer.assignment()))
        for partition, end in ends.items():
            while await consumer.position(partition) < end:
                for records in (await consumer.getmany(timeout_ms=1_000)).values():
                    found.extend(records)
    finally:
        await consumer.stop()
    return found


async def peer_topic(kafka: str) -> list[Result]:
    """Return what a peer published; of those without an id each record counts."""
    return [
        Result(
            r.key, r.value.decode(), dict(r.headers).get("id", b"%d/%d" % (r.partition, r.offset))
        )
        for r in await topic_records(kafka, [RESULTS])
    ]


async def peer_table(database: str) -> list[Result]:
    """Return a peer's rows."""
    return [
        Result(str(row["case_id"]).encode(), row["department"], b"row")
        for row in await _fetch(database, _ROWS)
    ]


async def product(kafka: str, plan: Plan) -> tuple[list[Result], set[bytes]]:
    """Return the leads' work orders, and the cases that were merged into others."""
    departments = {assignments(code): code for code in plan.departments}
    orders = await topic_records(kafka, list(departments))
    found = [
        Result(r.key, departments[r.topic], dict(r.headers)["ce_id"])
        for r in orders
        if _LEAD in r.value
    ]
    merged = {
        merged_id(r.value)
        for r in await topic_records(kafka, [CASES])
        if type_of(r.headers) == MERGED
    }
    return found, merged


def follow_table(
    database: str, schedule: Schedule, *, seed: int, warm_up: float, patience: float
) -> dict[str, Any]:
    """Be the meter of a peer whose results are rows: each says itself when it was written."""
    return asyncio.run(_follow(database, schedule, seed, warm_up=warm_up, patience=patience))


async def _follow(
    database: str, schedule: Schedule, seed: int, *, warm_up: float, patience: float
) -> dict[str, Any]:
    conn = await asyncpg.connect(database.replace("+asyncpg", ""))
    try:
        last = await conn.fetchval(_COUNT)
        planned = reports(schedule.count, seed=seed, at=datetime.now(UTC))
        fresh = {one.case: one.number for one in planned if one.kind is Kind.FRESH}
        watch = Watch(b"", schedule, fresh, warm_up)
        moved, wanted = time.time(), last + len(fresh)
        while last < wanted and time.time() < moved + patience:
            await asyncio.sleep(_POLL_SECONDS)
            count = await conn.fetchval(_COUNT)
            if count > last:
                moved, last = time.time(), count
        for row in await conn.fetch(_ROWS):
            number = watch.open.pop(str(row["case_id"]).encode(), None)
            if number is not None:
                watch.ended.append((number, row["decided_at"].timestamp()))
    finally:
        await conn.close()
    return watch.told() | {"cpu": 0.0}


async def _fetch(database: str, query: str) -> list[Any]:
    conn = await asyncpg.connect(database.replace("+asyncpg", ""))
    try:
        return list(await conn.fetch(query))
    finally:
        await conn.close()
