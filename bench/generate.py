"""Sends job J open loop, in a process of its own: `python -m bench.generate '<json>'`.

It prints one line when everything is made and serialised, reads one line with the beginning
(epoch seconds), then sends each report at its intended time whatever becomes of the others. A late
report keeps its intended time, which is also its record's timestamp: nothing is omitted.
"""

# ruff: noqa: TID251 - a benchmark stands in real time

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner

from bench.job import Planned, Schedule, reports
from bench.open_loop import reaching

_TICK = 0.004
_MOST_AT_ONCE = 1_500
_BATCH_BYTES = 800_000


@dataclass(slots=True)
class Sender:
    """Sends serialised reports to their partitions and keeps how late it was, in seconds."""

    producer: AIOKafkaProducer
    topic: str
    planned: Sequence[Planned]
    partitions: Sequence[int]
    latest: float = 0.0
    waiting: set[asyncio.Future[object]] = field(default_factory=set)

    async def send(self, first: int, end: int, schedule: Schedule) -> None:
        """Hand over reports from `first` to before `end`, a batch for each partition."""
        batches: dict[int, list[int]] = {}
        for number in range(first, end):
            batches.setdefault(self.partitions[number], []).append(number)
        self.latest = max(self.latest, time.time() - schedule.intended(first))
        await asyncio.gather(*(self._send(p, numbers, schedule) for p, numbers in batches.items()))

    async def _send(self, partition: int, numbers: Sequence[int], schedule: Schedule) -> None:
        batch = self.producer.create_batch()
        for number in numbers:
            one = self.planned[number]
            stamp = int(schedule.intended(number) * 1000)
            if batch.append(timestamp=stamp, key=one.key, value=one.value) is None:
                raise OverflowError("a batch is too small for what is due at once")
        sent = await self.producer.send_batch(batch, self.topic, partition=partition)
        self.waiting.add(sent)
        sent.add_done_callback(self.waiting.discard)


async def _run(sender: Sender, schedule: Schedule) -> None:
    sent = 0
    while sent < schedule.count:
        elapsed = time.time() - schedule.begin
        due = int(elapsed * schedule.rate) + 1 if schedule.rate else schedule.count
        end = min(due, schedule.count, sent + _MOST_AT_ONCE)
        if elapsed >= 0 and end > sent:
            await sender.send(sent, end, schedule)
            sent = end
        if schedule.rate and sent < schedule.count and sent >= due:
            pause = max(_TICK, schedule.intended(sent) - time.time())
            await asyncio.sleep(min(pause, 0.1))
    await asyncio.gather(*sender.waiting)


async def main(asked: dict[str, object]) -> None:
    """Send the job that an `Asked` describes by its fields."""
    count, rate, seed = int(str(asked["count"])), float(str(asked["rate"])), int(str(asked["seed"]))
    topic = str(asked["into"])
    planned = list(reports(count, seed=seed, at=datetime.now(UTC)))
    producer = AIOKafkaProducer(
        **reaching(asked),
        acks="all",
        linger_ms=0,
        max_batch_size=_BATCH_BYTES,
        max_request_size=8 * _BATCH_BYTES,
    )
    await producer.start()
    try:
        everywhere = sorted(await producer.partitions_for(topic))
        choose = DefaultPartitioner()
        partitions = [choose(one.key, everywhere, everywhere) for one in planned]
        print(json.dumps({"ready": True}), flush=True)
        begin = float(await asyncio.to_thread(sys.stdin.readline))
        made = time.process_time()
        sender = Sender(producer, topic, planned, partitions)
        await _run(sender, Schedule(count=count, rate=rate, begin=begin))
    finally:
        await producer.stop()
    told = {
        "sent": count,
        "seconds": time.time() - begin,
        "latest_ms": sender.latest * 1000,
        "cpu": time.process_time() - made,
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
