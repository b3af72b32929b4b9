"""Publishing what stands on topics once more, byte by byte, as a careless tool would."""

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer

from services.demo.stagehand import ear


async def replayed(kafka: str, topics: Sequence[str], *, times: int) -> int:
    """Publish every record of these topics again, so many times; returns how many records."""
    consumer = await ear(kafka, topics)
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", linger_ms=5)
    await producer.start()
    records = 0
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        waiting = {tp for tp, end in ends.items() if end}
        while waiting:
            for tp, batch in (await consumer.getmany(timeout_ms=300)).items():
                sent = [
                    await producer.send(
                        tp.topic,
                        record.value,
                        key=record.key,
                        partition=tp.partition,
                        headers=list(record.headers),
                    )
                    for record in batch
                    if record.offset < ends[tp]
                    for _ in range(times)
                ]
                records += len(sent) // times
                await asyncio.gather(*sent)
            waiting = {tp for tp in waiting if await consumer.position(tp) < ends[tp]}
    finally:
        await producer.stop()
        await consumer.stop()
    return records
