"""The one way to publish: in order, idempotent, acknowledged by all replicas.

A publish that fails for good stops the process: letting later records overtake would break the
order per case, and the outbox still has what was not published (technology handbook, 5.3).
"""

import asyncio
from collections.abc import Iterable

from aiokafka import AIOKafkaProducer
from aiokafka.structs import RecordMetadata

from services.kit.records import Message

_MAX_BATCH_BYTES = 64 * 1024
_MAX_REQUEST_BYTES = 4 * 1024 * 1024


class Publisher:
    """An idempotent Kafka producer."""

    def __init__(self, bootstrap: str, *, client_id: str) -> None:
        """Remember where to connect; `start` connects."""
        self._bootstrap = bootstrap
        self._client_id = client_id
        self._producer: AIOKafkaProducer | None = None

    async def start(self) -> None:
        """Connect to the broker."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            client_id=self._client_id,
            enable_idempotence=True,
            acks="all",
            linger_ms=0,
            max_batch_size=_MAX_BATCH_BYTES,
            max_request_size=_MAX_REQUEST_BYTES,
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer

    async def stop(self) -> None:
        """Send what is waiting and disconnect."""
        if self._producer is not None:
            await self._producer.stop()
            self._producer = None

    async def enqueue(self, messages: Iterable[Message]) -> list[asyncio.Future[RecordMetadata]]:
        """Hand messages over in order and return a future per message, done when acknowledged."""
        if self._producer is None:
            msg = "the publisher is not started"
            raise RuntimeError(msg)
        send = self._producer.send
        return [
            await send(m.topic, m.value, key=m.key.encode(), headers=list(m.headers))
            for m in messages
        ]

    async def publish(self, messages: Iterable[Message]) -> None:
        """Publish messages in order and wait until every one is acknowledged."""
        await asyncio.gather(*await self.enqueue(messages))
