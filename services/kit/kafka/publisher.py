"""The one way to publish: in order, idempotent, acknowledged by all replicas.

A publish that fails for good stops the process: letting later records overtake would break the
order per case, and the outbox still has what was not published (technology handbook, 5.3).
"""

import asyncio
from collections.abc import Iterable, Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, ProducerClosed
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import RecordMetadata

from services.kit.kafka.bounds import FEW, MAX_BATCH_BYTES, MAX_REQUEST_BYTES
from services.kit.kafka.brokers import Kafka, client_options
from services.kit.kafka.placing import placed
from services.kit.records import Message


class Publisher:
    """An idempotent Kafka producer."""

    def __init__(self, kafka: Kafka, *, client_id: str) -> None:
        """Remember where to connect; `start` connects."""
        self._kafka = kafka
        self._client_id = client_id
        self._producer: AIOKafkaProducer | None = None
        self._counts: dict[str, int] = {}

    async def start(self) -> None:
        """Connect to the broker."""
        producer = AIOKafkaProducer(
            **client_options(self._kafka),
            client_id=self._client_id,
            enable_idempotence=True,
            acks="all",
            linger_ms=0,
            max_batch_size=MAX_BATCH_BYTES,
            max_request_size=MAX_REQUEST_BYTES,
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

    async def ask(self) -> None:
        """Ask the cluster for its state. Raises KafkaConnectionError when no broker answers."""
        if not await self._started().client.force_metadata_update():
            raise KafkaConnectionError(f"no broker of {self._kafka} answers")

    async def enqueue(self, messages: Iterable[Message]) -> list[asyncio.Future[RecordMetadata]]:
        """Hand messages over, in order per key; returns futures that are done when all are stored.

        Many messages go as whole batches, which costs half of sending each by itself.
        """
        several = [*messages]
        if len(several) > FEW:
            return await self._enqueue_batches(several)
        send = self._started().send
        return [
            await send(
                m.topic,
                m.value,
                key=m.key_bytes,
                headers=list(m.headers),
                partition=await self._partition(m),
            )
            for m in several
        ]

    async def _enqueue_batches(
        self, messages: Sequence[Message]
    ) -> list[asyncio.Future[RecordMetadata]]:
        producer = self._started()
        sent: list[asyncio.Future[RecordMetadata]] = []
        open_batches: dict[tuple[str, int], BatchBuilder] = {}
        for message in messages:
            topic = message.topic
            place = topic, await self._partition(message)
            batch = open_batches.get(place)
            if batch is None or not _appended(batch, message):
                if batch is not None:
                    sent.append(await producer.send_batch(batch, topic, partition=place[1]))
                batch = open_batches[place] = producer.create_batch()
                _appended(batch, message)
        for (topic, partition), batch in open_batches.items():
            sent.append(await producer.send_batch(batch, topic, partition=partition))
        return sent

    async def _partition(self, message: Message) -> int:
        """Return where a message goes; one without a key goes by its content."""
        count = self._counts.get(message.topic) or await self.partitions_of(message.topic)
        return placed(message.value or b"" if message.keyless else message.key, count=count)

    async def partitions_of(self, topic: str) -> int:
        """Return how many partitions a topic has, the same as long as this process lives.

        Otherwise keys would move while their records are on the way. Raises `KafkaError`.
        """
        known = self._counts.get(topic)
        if known is None:
            known = self._counts[topic] = len(await self._started().partitions_for(topic))
        return known

    def _started(self) -> AIOKafkaProducer:
        """Return the producer. Raises ProducerClosed before the start and after the stop."""
        if self._producer is None:
            raise ProducerClosed
        return self._producer

    async def publish(self, messages: Iterable[Message]) -> None:
        """Publish messages in order and wait until every one is acknowledged."""
        await asyncio.gather(*await self.enqueue(messages))


def _appended(batch: BatchBuilder, message: Message) -> bool:
    """Add a message to a batch; tells whether there was room."""
    done = batch.append(
        key=message.key_bytes,
        value=message.value,
        timestamp=None,
        headers=list(message.headers),
    )
    return done is not None
