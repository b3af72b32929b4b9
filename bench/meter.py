"""Watches what becomes of job J from outside, in a process of its own.

`python -m bench.meter '<json>'` prints one line when it listens, reads one line with the beginning
(epoch seconds), and prints what it found when every report is accounted for or nothing moved any
more. A latency runs from the report's intended time to the moment this process holds the record
that ends it, so it includes everything, this process's own delay too.
"""

# ruff: noqa: TID251 - a benchmark stands in real time

import asyncio
import json
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer
from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped] # it has no types

from bench.job import Kind, Schedule, reports
from bench.open_loop import reaching
from services.kit.kafka.patches.fetching import ask_for_all_partitions

MERGED = b"case.merged"
_MERGED_ID = b'"merged_id":"'
_ID_LENGTH = 36
_LONGEST_MICROSECONDS = 3_600_000_000
_PERCENTILES = (50.0, 90.0, 99.0, 99.9, 100.0)


@dataclass(slots=True)
class Watch:
    """Accounts for each fresh report: `wanted` is the event type that ends it, empty for any."""

    wanted: bytes
    schedule: Schedule
    open: dict[bytes, int]
    warm_up: float
    ended: list[tuple[int, float]] = field(default_factory=list)
    merged: int = 0
    others: int = 0

    def take(self, records: Iterable[Any], *, now: float) -> None:
        """Look at records that arrived at `now`: type and key, nothing is parsed."""
        wanted, open_, ended = self.wanted, self.open, self.ended
        for record in records:
            kind = type_of(record.headers) if wanted else wanted
            if kind == wanted:
                number = open_.pop(record.key, None)
                if number is None:
                    self.others += 1
                else:
                    ended.append((number, now))
            elif kind == MERGED and open_.pop(merged_id(record.value), None) is not None:
                self.merged += 1

    def told(self) -> dict[str, object]:
        """Return what was found, latencies in milliseconds."""
        latencies = HdrHistogram(1, _LONGEST_MICROSECONDS, 3)
        intended, begin = self.schedule.intended, self.schedule.begin
        for number, at in self.ended:
            if intended(number) >= begin + self.warm_up:
                latencies.record_value(max(1, int((at - intended(number)) * 1e6)))
        last = max((at for _, at in self.ended), default=begin)
        return {
            "ended": len(self.ended),
            "merged": self.merged,
            "missing": len(self.open),
            "others": self.others,
            "seconds": last - begin,
            "latency_ms": {
                f"{p:g}": latencies.get_value_at_percentile(p) / 1000 for p in _PERCENTILES
            },
            "per_second": self._per_second(last),
            "backlog": self._backlog(),
        }

    def _per_second(self, last: float) -> list[int]:
        counts = [0] * (int(last - self.schedule.begin) + 1)
        for _, at in self.ended:
            counts[int(at - self.schedule.begin)] += 1
        return counts

    def _backlog(self) -> list[int]:
        """Return for each second of sending how many that ended later had been due by then."""
        begin, intended = self.schedule.begin, self.schedule.intended
        found = []
        for second in range(1, int(self.schedule.seconds) + 1):
            instant = begin + second
            found.append(sum(1 for n, at in self.ended if intended(n) <= instant < at))
        return found


def merged_id(value: bytes) -> bytes:
    """Return the case that a `case.merged` ends, without parsing it."""
    start = value.find(_MERGED_ID) + len(_MERGED_ID)
    return value[start : start + _ID_LENGTH]


def type_of(headers: Iterable[tuple[str, bytes]]) -> bytes:
    """Return an event's type, empty when there is none."""
    for name, value in headers:
        if name == "ce_type":
            return value
    return b""


async def main(asked: dict[str, Any]) -> None:
    """Watch the job that an `Asked` describes by its fields."""
    planned = reports(asked["count"], seed=asked["seed"], at=datetime.now(UTC))
    fresh = {one.case: one.number for one in planned if one.kind is Kind.FRESH}
    consumer = AIOKafkaConsumer(
        asked["topic"],
        **reaching(asked),
        enable_auto_commit=False,
        check_crcs=False,
        fetch_max_wait_ms=100,
        isolation_level="read_committed",
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )
    await consumer.start()
    ask_for_all_partitions(consumer, rest=lambda _: asyncio.sleep(0))  # it must not be late itself
    try:
        await consumer.seek_to_end()
        print(json.dumps({"ready": True}), flush=True)
        begin = float(await asyncio.to_thread(sys.stdin.readline))
        made = time.process_time()
        schedule = Schedule(count=asked["count"], rate=asked["rate"], begin=begin)
        watch = Watch(asked["wanted"].encode(), schedule, fresh, asked["warm_up"])
        await _follow(consumer, watch, patience=asked["patience"])
    finally:
        await consumer.stop()
    used = time.process_time() - made
    print(json.dumps(watch.told() | {"cpu": used}), flush=True)


async def _follow(consumer: AIOKafkaConsumer, watch: Watch, *, patience: float) -> None:
    moved = watch.schedule.begin
    while watch.open:
        found = await consumer.getmany(timeout_ms=200, max_records=5_000)
        now, before = time.time(), len(watch.open)
        for records in found.values():
            watch.take(records, now=now)
        if len(watch.open) < before:
            moved = now
        elif now > moved + patience:
            return


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
