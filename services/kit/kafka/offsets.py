"""Offsets of processed batches, acknowledged beside the work instead of between two batches.

What was processed and is not acknowledged yet comes again after a kill, and is dropped as a repeat;
so the broker need not hear of every batch. A stop and a rebalance tell it at once.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from services.kit.kafka.bounds import OFFSETS_PAUSE_SECONDS

logger = logging.getLogger(__name__)


class Acknowledger:
    """Commits the offsets of one consumer, one request at a time."""

    def __init__(self, fatal: Callable[[BaseException], None]) -> None:
        """Begin with nothing processed; `fatal` hears of what must stop the process."""
        self._fatal = fatal
        self._consumer: Any = None
        self._processed: dict[TopicPartition, int] = {}
        self._done: dict[TopicPartition, int] = {}
        self._committing: asyncio.Task[None] | None = None
        self._at_once = False

    def note(self, consumer: Any, records: Sequence[ConsumerRecord[Any, Any]]) -> None:  # noqa: ANN401 - FastStream's protocol of a consumer
        """Remember that these records were processed."""
        self._consumer = consumer
        for record in records:
            self._processed[TopicPartition(record.topic, record.partition)] = record.offset + 1
        self._done |= self._processed
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit_soon())

    def done(self, partition: TopicPartition) -> int | None:
        """Return the offset after what was processed of a partition since it was assigned."""
        return self._done.get(partition)

    def forget(self) -> None:
        """Forget how far partitions were processed: somebody else may go on with them."""
        self._done.clear()

    async def _commit_soon(self) -> None:
        try:
            while self._processed and not self._at_once:
                await asyncio.sleep(OFFSETS_PAUSE_SECONDS)
                await self.flush()
        except Exception as bug:  # noqa: BLE001 - committing must not end unseen
            self._fatal(bug)

    async def flush(self) -> None:
        """Commit what was processed until now."""
        processed, self._processed = self._processed, {}
        if not processed:
            return
        try:
            await self._consumer.commit(processed)
        except (KafkaError, IllegalStateError) as fault:  # a rebalance was quicker
            logger.warning("offsets were not taken", extra={"cause": fault})
            self._keep(processed)

    def _keep(self, processed: dict[TopicPartition, int]) -> None:
        """Try again for what is still ours; the other partitions' records come again elsewhere."""
        owned = self._consumer.assignment()
        for partition, offset in processed.items():
            if partition in owned:
                self._processed.setdefault(partition, offset)

    async def stop_waiting(self) -> None:
        """Commit at once from now on: the consumer is about to stop."""
        self._at_once = True
        await self.flush()

    async def settled(self) -> None:
        """Return at once, or when the offsets are committed if the consumer is about to stop."""
        if self._at_once:
            await self.flush()


class AckedLater:
    """Stands for the consumer in a FastStream message: its commit is the acknowledger's."""

    def __init__(
        self,
        acknowledger: Acknowledger,
        consumer: Any,  # noqa: ANN401 - FastStream's protocol of a consumer
        records: Sequence[ConsumerRecord[Any, Any]],
    ) -> None:
        """Take whose records these are."""
        self._acknowledger = acknowledger
        self._consumer = consumer
        self._records = records

    async def commit(self) -> None:
        """Let the offsets after these records be committed."""
        self._acknowledger.note(self._consumer, self._records)
        await self._acknowledger.settled()

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Read again from here, unless another process reads the partition by now."""
        with suppress(IllegalStateError):  # or those after it would not be read again
            self._consumer.seek(partition=partition, offset=offset)
