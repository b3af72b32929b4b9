"""What every actor of the play needs: a clock that runs fast, a way to listen and to speak."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from aiokafka import AIOKafkaConsumer

from services.kit.clock import Clock, clock_factor, clock_from
from services.kit.producer import Publisher
from services.kit.records import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What an actor is told: the broker, the plan's file, the clock's text, and a seed."""

    kafka: str
    plan: str
    clock: str
    seed: int


class Pace:
    """The play's clock: what time it is there, and waiting until then."""

    def __init__(self, text: str) -> None:
        """Read the clock's text."""
        self.now: Clock = clock_from(text)
        self._factor = clock_factor(text)

    async def until(self, instant: datetime) -> None:
        """Wait until the play's clock shows `instant`."""
        seconds = (instant - self.now()).total_seconds() / self._factor
        if seconds > 0:
            await asyncio.sleep(seconds)


class Voice:
    """Publishes answers."""

    def __init__(self, kafka: str, *, name: str) -> None:
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
        """Publish one record and wait until it is there."""
        value = body if isinstance(body, bytes) else json.dumps(body).encode()
        await self._publisher.publish([Message(topic=topic, key=key, value=value, headers=())])


async def ear(kafka: str, topics: Sequence[str]) -> AIOKafkaConsumer:
    """Return a consumer of all partitions of these topics from their beginning, without a group."""
    consumer = AIOKafkaConsumer(
        *topics,
        bootstrap_servers=kafka,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=50,
    )
    await consumer.start()
    return consumer
