"""A service follows a topic from its beginning, and knows all that stands there when it starts.

So it asks nobody who somebody is: a key is checked while the desk is away, by what `people.v1` told
last.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from services.access.bounds import POLL_MS, READ_SECONDS, RETRY_SECONDS
from services.kit.kafka.brokers import Kafka, client_options

logger = logging.getLogger(__name__)

Take = Callable[[bytes | None, bytes | None], None]


class Following:
    """Keeps whoever takes the records of a topic of one partition at its end."""

    def __init__(self, topic: str, take: Take, *, kafka: Kafka) -> None:
        """Take what is followed, who takes each key and value, and where the broker is."""
        self._topic = topic
        self._take_record = take
        self._kafka = kafka
        self._consumer: AIOKafkaConsumer | None = None
        self._task: asyncio.Task[None] | None = None
        self._fault = ""

    async def start(self) -> None:
        """Return when all that stands there is known. Raises KafkaError and TimeoutError."""
        consumer = await self._connected()
        async with asyncio.timeout(READ_SECONDS):
            ends = await consumer.end_offsets(consumer.assignment())
            for place, end in ends.items():
                while await consumer.position(place) < end:
                    self._take(await consumer.getmany(timeout_ms=POLL_MS))
        self._task = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        """Stop following."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._disconnect()

    def missing(self) -> dict[str, str]:
        """Return why what is told now does not come; empty while it does."""
        return {self._topic: self._fault} if self._fault else {}

    async def _follow(self) -> None:
        while True:
            try:
                consumer = self._consumer or await self._connected()
                self._take(await consumer.getmany(timeout_ms=POLL_MS))
                self._fault = ""
            except (KafkaError, OSError) as fault:
                logger.warning("%s will be read again", self._topic, extra={"cause": fault})
                self._fault = str(fault) or type(fault).__name__
                await self._disconnect()
                await asyncio.sleep(RETRY_SECONDS)

    async def _connected(self) -> AIOKafkaConsumer:
        """Return a consumer at the topic's beginning: what it reads twice changes nothing."""
        consumer = AIOKafkaConsumer(
            **client_options(self._kafka), enable_auto_commit=False, auto_offset_reset="earliest"
        )
        self._consumer = consumer
        await consumer.start()
        consumer.assign([TopicPartition(self._topic, 0)])
        await consumer.seek_to_beginning()
        return consumer

    async def _disconnect(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            with suppress(KafkaError, OSError):
                await consumer.stop()

    def _take(self, found: dict[TopicPartition, list[ConsumerRecord[bytes, bytes]]]) -> None:
        for records in found.values():
            for record in records:
                self._take_record(record.key, record.value)
