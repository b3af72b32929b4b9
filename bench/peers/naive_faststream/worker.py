"""A handler per message with an SQLModel session, as the tutorials write it.

After https://faststream.ag2.ai/latest/kafka/Subscriber/ and .../getting-started/publishing/,
https://sqlmodel.tiangolo.com/tutorial/ (a session per unit of work), with the acknowledgement that
https://faststream.ag2.ai/latest/getting-started/acknowledgement/ gives for at-least-once.
"""

import asyncio
import os
import sys
from datetime import UTC, datetime
from uuid import UUID

from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker, KafkaMessage
from sqlalchemy import DateTime
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import Field, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from bench.peers.deciding import RESULTS, decide
from schemas.topics import INCIDENT_REPORTS


class Incident(SQLModel, table=True):
    """A report that was taken."""

    case_id: UUID = Field(primary_key=True)
    body: str


class Assignment(SQLModel, table=True):
    """Who got it."""

    case_id: UUID = Field(primary_key=True)
    department: str
    decided_at: datetime = Field(sa_type=DateTime(timezone=True))


engine = create_async_engine(os.environ["PEER_DATABASE"], pool_size=10)
broker = KafkaBroker(os.environ["PEER_KAFKA"], acks="all", enable_idempotence=True)
results = broker.publisher(RESULTS)
app = FastStream(broker)


@broker.subscriber(
    INCIDENT_REPORTS,
    group_id="naive",
    group_instance_id=os.environ["PEER_INSTANCE"],
    session_timeout_ms=6_000,
    auto_offset_reset="earliest",
    ack_policy=AckPolicy.NACK_ON_ERROR,
)
async def assign(message: KafkaMessage) -> None:
    """Take one report: drop it if it is known, store it and its assignment, publish."""
    decided = decide(message.body)
    if decided is None:
        return
    case, department = decided
    async with AsyncSession(engine) as session:
        if await session.get(Incident, UUID(case)) is not None:
            return
        session.add(Incident(case_id=UUID(case), body=message.body.decode()))
        session.add(
            Assignment(case_id=UUID(case), department=department, decided_at=datetime.now(UTC))  # noqa: TID251 - a peer has no clock of the house
        )
        await session.commit()
    await results.publish(department.encode(), key=case.encode())


async def main(role: str) -> None:
    """Make the tables, or work until killed."""
    if role == "prepare":
        async with engine.begin() as conn:
            await conn.run_sync(SQLModel.metadata.create_all)
    else:
        await app.run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
