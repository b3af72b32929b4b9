"""How fast the loop is on the embedded default: report to assignment, report to closure, start.

`make bench` or `python bench/loop.py [--reports N] [--closures N]`. Everything (broker, three
services, reporter, departments, observer) shares this machine; the reporter publishes as fast as
it can, so the rates are what the house sustains while it is behind. Median of `--runs`.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from rich.table import Table

from schemas.cloudevents import event_type
from schemas.lifecycle import CaseEvent
from schemas.plan import load_plan
from schemas.topics import CASES, INCIDENT_REPORTS, assignments, feedback_of
from services.commands.house import House, HousePlan, opened
from services.demo.stagehand import ear
from services.kit.clock import system_clock
from services.kit.processes import become_child
from services.kit.producer import Publisher
from services.kit.records import Message

PLAN = Path("deploy/plans/qingshanhu.toml")
CATEGORIES = ("E0110", "E0112", "E0137", "P0137", "E0113", "E0201")
"""Categories of one desk and no mandatory check, so that a case closes on `done`."""

_CHUNK = 500
_PATIENCE = 300.0


@contextmanager
def house() -> Iterator[tuple[House, float]]:
    """Run a fresh house; yields it and the seconds from nothing to ready."""
    with tempfile.TemporaryDirectory(prefix="tongxin-bench-") as scratch:
        began = time.monotonic()
        asked = HousePlan(
            data=Path(scratch),
            plan=PLAN,
            first_port=18_201,
            environment={"TONGXIN_LOG_LEVEL": "warning"},
            preload=("bench.loop",),
        )
        with opened(asked, console=Console(stderr=True)) as running:
            running.wait_ready()
            yield running, time.monotonic() - began


def report(number: int) -> Message:
    """Return the n-th report; no two are near enough to be merged."""
    row, column = divmod(number, 400)
    body = {
        "source": "bench",
        "id": str(number),
        "channel": "grid_member",
        "reported_at": datetime.now(UTC).isoformat(),  # noqa: TID251 - a bench has no clock of the house
        "category": CATEGORIES[number % len(CATEGORIES)],
        "place": {"point": {"lat": 28.63 + row * 0.0006, "lon": 115.91 + column * 0.0003}},
        "description": "a report of ordinary length, as people write them " * 6,
    }
    return Message(
        topic=INCIDENT_REPORTS,
        key=f"bench/{number}",
        value=json.dumps(body).encode(),
        headers=(),
    )


async def publish(kafka: str, count: int, *, first: int = 0) -> None:
    """Publish `count` reports as fast as the broker takes them."""
    publisher = Publisher(kafka, client_id="bench.reporter")
    await publisher.start()
    try:
        for start in range(first, first + count, _CHUNK):
            end = min(start + _CHUNK, first + count)
            await publisher.publish(report(n) for n in range(start, end))
    finally:
        await publisher.stop()


async def seconds_until(kafka: str, kind: str, count: int) -> float:
    """Publish `count` reports and return the seconds until each has had an event of `kind`."""
    consumer = await ear(kafka, [CASES])
    seen: set[bytes] = set()
    began = time.monotonic()
    publishing = asyncio.create_task(publish(kafka, count))
    try:
        while len(seen) < count:
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                seen.update(r.key for r in batch if event_type(r.headers) == kind)
            if time.monotonic() - began > _PATIENCE:
                msg = f"only {len(seen)} of {count} had {kind} after {_PATIENCE:.0f} s"
                raise TimeoutError(msg)
        return time.monotonic() - began
    finally:
        await publishing
        await consumer.stop()


def departments(kafka: str, log: Path) -> None:
    """Be every department: accept, start and finish each work order at once. A child process."""
    become_child(log)
    asyncio.run(_answer_all(kafka))


async def _answer_all(kafka: str) -> None:
    topics = {assignments(code): code for code in load_plan(PLAN).departments}
    publisher = Publisher(kafka, client_id="bench.departments")
    await publisher.start()
    consumer = await ear(kafka, list(topics))
    while True:
        for tp, batch in (await consumer.getmany(timeout_ms=200, max_records=1000)).items():
            answers = [m for r in batch for m in _answers(topics[tp.topic], json.loads(r.value))]
            await publisher.publish(answers)


def _answers(department: str, order: dict[str, Any]) -> Iterator[Message]:
    evidence = [{"kind": kind} for kind in order.get("evidence", ())]
    for kind, more in (
        ("accepted", {}),
        ("started", {}),
        ("done", {"result": "done", "evidence": evidence}),
    ):
        body = {
            "feedback_id": f"{order['assignment_id']}:{kind}",
            "case_id": order["case_id"],
            "assignment_id": order["assignment_id"],
            "kind": kind,
            "at": order["at"],
            **more,
        }
        value = json.dumps(body).encode()
        yield Message(topic=feedback_of(department), key=order["case_id"], value=value, headers=())


def batch_sizes(running: House) -> dict[str, str]:
    """Return each stage's mean batch: records and milliseconds."""
    found: dict[str, str] = {}
    for service in running.ports:
        text = httpx.get(f"{running.url(service)}/metrics", timeout=5).text
        sums: dict[tuple[str, str], float] = {}
        for family in text_string_to_metric_families(text.replace("# EOF", "")):
            for sample in family.samples:
                if sample.name.startswith("tongxin_stage_batch_"):
                    sums[sample.name, sample.labels["stage"]] = sample.value
        for stage in sorted({stage for _, stage in sums}):
            count = sums.get(("tongxin_stage_batch_records_count", stage), 0) or 1
            records = sums.get(("tongxin_stage_batch_records_sum", stage), 0) / count
            took = sums.get(("tongxin_stage_batch_seconds_sum", stage), 0) / count
            found[stage] = f"{records:.0f} records, {took * 1000:.1f} ms"
    return found


def measure(kind: CaseEvent, count: int, *, answering: bool) -> tuple[float, float, dict[str, str]]:
    """Return incidents/s until each case has had an event of `kind`, start seconds, batches."""
    with house() as (running, start):
        if answering:
            log = running.logs / "departments.log"
            running.children.start("departments", departments, running.kafka, log)
        seconds = asyncio.run(seconds_until(running.kafka, kind, count))
        return count / seconds, start, batch_sizes(running)


def first_assignment() -> float:
    """Return the seconds from an empty folder to the first assignment of a first report."""
    began = time.monotonic()
    with house() as (running, _):
        asyncio.run(seconds_until(running.kafka, CaseEvent.ASSIGNED, 1))
        return time.monotonic() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=6_000)
    parser.add_argument("--closures", type=int, default=3_000)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    console = Console()
    jobs = (
        ("report -> assignment", CaseEvent.ASSIGNED, asked.reports, False),
        ("report -> closure", CaseEvent.CLOSED, asked.closures, True),
    )
    table = Table(title=f"{os.cpu_count()} cores, Python {platform.python_version()}, embedded")
    for name in ("job", "reports", "incidents/s (median)", "all runs"):
        table.add_column(name)
    sizes: dict[str, dict[str, str]] = {}
    for name, kind, count, answering in jobs:
        rates = []
        for _ in range(asked.runs):
            console.print(f"{system_clock():%H:%M:%S} {name} ...")
            rate, _, sizes[name] = measure(kind, count, answering=answering)
            rates.append(rate)
        told = ", ".join(f"{rate:.0f}" for rate in rates)
        table.add_row(name, str(count), f"{statistics.median(rates):.0f}", told)
    starts = [first_assignment() for _ in range(asked.runs)]
    told = ", ".join(f"{s:.1f}" for s in starts)
    table.add_row("start -> first assignment", "1", f"{statistics.median(starts):.1f} s", told)
    console.print(table)
    for name, stages in sizes.items():
        for stage, told in stages.items():
            console.print(f"  {name}: {stage}: {told} a batch")


if __name__ == "__main__":
    main()
