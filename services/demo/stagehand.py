"""What every actor of the play needs: a clock that runs fast, a way to listen and to speak."""

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from schemas.cloudevents import event_type
from schemas.topics import CASES
from services.demo.bounds import AGAIN_SECONDS, LONGEST_SLEEP
from services.kit.clock import Clock, clock_factor, clock_from
from services.kit.kafka.brokers import Kafka, client_options
from services.kit.kafka.publisher import Publisher
from services.kit.records import Message

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What an actor is told: the broker, the plan's file, the clock's text, and a seed."""

    kafka: Kafka
    plan: str
    clock: str
    seed: int


class Pace:
    """The play's clock: what time it is there, and waiting until then."""

    def __init__(self, text: str) -> None:
        """Read the clock's text."""
        self.now: Clock = clock_from(text)
        self._text = text

    async def until(self, instant: datetime) -> None:
        """Wait until the play's clock shows `instant`."""
        while (left := (instant - self.now()).total_seconds()) > 0:  # noqa: ASYNC110 - a clock
            await asyncio.sleep(min(left / clock_factor(self._text), LONGEST_SLEEP))


class Voice:
    """Publishes answers."""

    def __init__(self, kafka: Kafka, *, name: str) -> None:
        """Speak to `kafka` as `name`."""
        self._publisher = Publisher(kafka, client_id=name)

    async def __aenter__(self) -> Self:
        """Connect."""
        await self._publisher.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Disconnect."""
        await self._publisher.stop()

    async def say(self, topic: str, *, key: str, body: bytes | dict[str, Any]) -> None:
        """Publish one record and wait until it is there, however long the broker takes.

        It may be there twice then; whoever reads it knows it by its id.
        """
        value = body if isinstance(body, bytes) else json.dumps(body).encode()
        while True:
            try:
                await self._publisher.publish(
                    [Message(topic=topic, key=key, value=value, headers=())]
                )
            except KafkaError as away:
                logger.warning("%s did not take it, again: %s", topic, away)
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                return


async def ear(kafka: Kafka, topics: Sequence[str], *, wait_ms: int = 50) -> AIOKafkaConsumer:
    """Return a consumer of all partitions of these topics from their beginning, without a group.

    It asks again after `wait_ms` without news; so long may a record wait that comes behind one of
    its partition. Each time costs both sides something for each partition.
    """
    consumer = AIOKafkaConsumer(
        *topics,
        **client_options(kafka),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        fetch_max_wait_ms=wait_ms,
    )
    await consumer.start()
    return consumer


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What somebody says, so long after what made them say it; `body` is by when it is said."""

    wait: timedelta
    topic: str
    key: str
    body: Callable[[datetime], dict[str, Any]]


async def answering(
    scene: Scene, react: Callable[[str, dict[str, Any]], Line | None], *, name: str
) -> None:
    """Let somebody hear what happens to cases, by type and body, and say lines, until ended."""
    pace, waiting = Pace(scene.clock), set[asyncio.Task[None]]()

    async def say(line: Line) -> None:
        await pace.until(pace.now() + line.wait)
        await voice.say(line.topic, key=line.key, body=line.body(pace.now()))

    async with Voice(scene.kafka, name=name) as voice:
        consumer = await ear(scene.kafka, [CASES])
        try:
            async for record in consumer:
                line = react(event_type(record.headers), json.loads(record.value))
                if line is not None:
                    task = asyncio.create_task(say(line))
                    waiting.add(task)
                    task.add_done_callback(waiting.discard)
        finally:
            await consumer.stop()
