"""The physical limit: aiokafka alone, consume, validate, produce, commit. No database.

Duplicates are dropped as far as one process remembers; a kill forgets. Settings after
https://aiokafka.readthedocs.io/en/stable/consumer.html (manual commit, getmany) and
https://aiokafka.readthedocs.io/en/stable/producer.html (idempotent producer).
"""

import asyncio
import os

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from bench.peers.deciding import RESULTS, decide
from schemas.topics import INCIDENT_REPORTS


async def main() -> None:
    """Work until killed."""
    kafka = os.environ["PEER_KAFKA"]
    consumer = AIOKafkaConsumer(
        INCIDENT_REPORTS,
        bootstrap_servers=kafka,
        group_id="bare",
        group_instance_id=os.environ["PEER_INSTANCE"],
        session_timeout_ms=6_000,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka,
        enable_idempotence=True,
        acks="all",
        linger_ms=0,
        max_batch_size=64 * 1024,
    )
    await producer.start()
    await consumer.start()
    seen: set[str] = set()
    while True:
        found = await consumer.getmany(timeout_ms=200, max_records=500)
        sent = []
        for records in found.values():
            for record in records:
                decided = decide(record.value)
                if decided is None or decided[0] in seen:
                    continue
                case, department = decided
                seen.add(case)
                sent.append(await producer.send(RESULTS, department.encode(), key=case.encode()))
        if found:
            await asyncio.gather(*sent)
            await consumer.commit()


if __name__ == "__main__":
    asyncio.run(main())
