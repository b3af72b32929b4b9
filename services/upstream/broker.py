"""The connection an import has to the broker: there and ready, or refused in plain words."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from schemas.topics import INCIDENT_REPORTS
from services.kit.kafka.brokers import Kafka
from services.kit.kafka.publisher import Publisher
from services.kit.kafka.topics import administered
from services.upstream.bounds import STOP_SECONDS


class TopicMissing(Exception):
    """The broker does not have the topic of reports yet."""


@asynccontextmanager
async def connected(kafka: Kafka) -> AsyncIterator[Publisher]:
    """Connect for as long as the block runs; raises `KafkaError` or `TopicMissing`."""
    async with administered(kafka) as admin:
        topics = await admin.list_topics()
    if INCIDENT_REPORTS not in topics:
        raise TopicMissing(
            f"it has no topic {INCIDENT_REPORTS} (start the services first, with `tongxin run` or "
            "`tongxin serve intake`)"
        )
    publisher = Publisher(kafka, client_id="tongxin.import")
    try:
        await publisher.start()
        yield publisher
    finally:
        # Everything has arrived, or else the broker is gone and would be waited for in vain.
        with suppress(TimeoutError):
            await asyncio.wait_for(publisher.stop(), STOP_SECONDS)
