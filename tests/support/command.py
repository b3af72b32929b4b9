"""The `tongxin` command as tests give it, and topics as they read them whole."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from aiokafka import AIOKafkaProducer
from typer.testing import CliRunner

from schemas.cloudevents import Headers
from schemas.topics import CASES, INCIDENT_REPORTS, dead_letters
from services.__main__ import build
from services.demo.ledger import Ledger
from services.demo.stagehand import ear
from services.kit.kafka.brokers import Kafka
from services.machine.secrets_kept import FIRST_TOKEN
from tests.support.keys import TOKEN

PATIENCE_SECONDS = 180.0
_PAUSE_SECONDS = 0.2
_LARGEST = 16 * 1024 * 1024
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Raw:
    """One record as anybody could write it."""

    topic: str
    value: bytes | None
    key: bytes | None = None
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed, both streams, and its exit status."""

    code: int
    text: str


def given(
    *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None
) -> Said:
    """Give the command on a wide terminal."""
    runner = CliRunner(env={"COLUMNS": "240", FIRST_TOKEN: TOKEN, **(environment or {})})
    result = runner.invoke(build(arguments), list(arguments), input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Said(result.exit_code, result.output)


async def tongxin(
    *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None
) -> Said:
    """Give the command beside the running event loop."""
    return await asyncio.to_thread(given, *arguments, stdin=stdin, environment=environment)


async def until(ask: Callable[[], Awaitable[T]], *, told: str) -> T:
    """Return what `ask` returns once that is true in Python's sense."""
    for _ in range(int(PATIENCE_SECONDS / _PAUSE_SECONDS)):
        if found := await ask():
            return found
        await asyncio.sleep(_PAUSE_SECONDS)
    msg = f"never came: {told}"
    raise AssertionError(msg)


async def written(kafka: str, records: Sequence[Raw]) -> list[str]:
    """Write records as a careless producer would, and return where each stands.

    They are compressed, so that a broker takes more than its largest message.
    """
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka, max_request_size=_LARGEST, compression_type="gzip"
    )
    await producer.start()
    try:
        futures = [
            await producer.send(r.topic, r.value, key=r.key, headers=list(r.headers))
            for r in records
        ]
        placed = await asyncio.gather(*futures)
    finally:
        await producer.stop()
    return [f"{p.topic}/{p.partition}/{p.offset}" for p in placed]


async def everything(kafka: Kafka, *topics: str) -> list[Any]:
    """Return all records that are on these topics now, as aiokafka gives them."""
    consumer = await ear(kafka, topics)
    found: list[Any] = []
    try:
        partitions = consumer.assignment()
        ends = await consumer.end_offsets(partitions)
        while any([await consumer.position(p) < ends[p] for p in partitions]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += records
    finally:
        await consumer.stop()
    return found


async def ledger_of(kafka: str) -> Ledger:
    """Return the observer's book of all that is on the topics now, reports first."""
    ledger = Ledger()
    for topic in (INCIDENT_REPORTS, CASES, dead_letters("intake")):
        for record in await everything(kafka, topic):
            ledger.take(topic, record.value, tuple(record.headers), record.key)
    return ledger


def header(record: Any, name: str) -> str:  # noqa: ANN401 - aiokafka has no types
    """Return a header of a record as text, empty when it has none of the name."""
    return str(dict(record.headers).get(name, b"").decode())
