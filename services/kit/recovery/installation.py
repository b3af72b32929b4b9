"""Whose the topics are: each database has its installation's id, and one topic says which is.

A consumer group tells of another house only until the broker forgets it. This topic forgets
nothing: the first record of a service on it is the claim of the database that has worked with these
topics from the beginning, and a service whose database has another id does not start.
"""

import logging
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4  # noqa: TID251 - an installation's id has no cause

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from pydantic import BaseModel, ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.topics import INSTALLATIONS, installation_topic
from services.kit.kafka.brokers import Kafka, client_options
from services.kit.kafka.topic_ids import topic_ids
from services.kit.kafka.topics import ensure_topics, specs_of
from services.kit.recovery.bounds import MAX_CLAIM_BYTES
from services.kit.recovery.past import stretch
from services.kit.recovery.start_checks import AnotherHouse
from services.kit.sql.database import Database
from services.kit.sql.declaring import insert_into, table_of
from services.kit.stage import positions
from services.kit.stage.tables import Installation

logger = logging.getLogger(__name__)

_INSTALLATION = table_of(Installation)
_PLACE: Final = TopicPartition(INSTALLATIONS, 0)


class TopicMissing(Exception):
    """The topic that says whose the topics are is not there, and this process makes none."""

    def __init__(self) -> None:
        """Say what to do next."""
        super().__init__(
            f"{INSTALLATIONS} is missing, and TONGXIN_CREATE_TOPICS is false: run `tongxin topics"
            " apply`."
        )


class _Claim(BaseModel):
    """What a record says; a later release may say more."""

    installation: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimant:
    """A service that works with the topics of a broker, and how it would make a missing one.

    `replication` is None where topics are made by somebody else.
    """

    service: str
    kafka: Kafka
    replication: int | None


async def claim_topics(database: Database, admin: AIOKafkaAdminClient, claimant: Claimant) -> None:
    """Claim the topics for the database's installation, and refuse those of another one.

    A database of a release without ids gets one: that of the topics it has read, or a new one.
    Raises AnotherHouse, TopicMissing, TopicsRefused, KafkaError, TimeoutError and DatabaseAway.
    """
    await _ensure_topic(admin, claimant.replication)
    owner = await _owner(claimant)
    # The database after the topic: what another process of the service wrote to the topic stands
    # in the database first.
    own = await _own_id(database, admin, owner=owner)
    if owner is None:
        await _claim(claimant, own)
        owner = await _owner(claimant)  # of two that claim at once, the first is at home
    if owner != own:
        raise AnotherHouse(
            f"The topics on this broker are those of another house: {INSTALLATIONS} says that"
            f" {claimant.service} of installation {owner} works with them, and this database is of"
            f" installation {own}."
        )


async def _ensure_topic(admin: AIOKafkaAdminClient, replication: int | None) -> None:
    if replication is not None:
        specs = specs_of([installation_topic()], partitions=1, replication=replication)
        await ensure_topics(admin, specs)
    elif INSTALLATIONS not in await admin.list_topics():
        raise TopicMissing


async def _owner(claimant: Claimant) -> UUID | None:
    """Return the installation whose claim is the first; None when there is none yet."""
    async with AIOKafkaConsumer(
        **client_options(claimant.kafka), enable_auto_commit=False
    ) as consumer:
        begin = await consumer.beginning_offsets([_PLACE])
        ends = await consumer.end_offsets([_PLACE])
        async with aclosing(stretch(consumer, begin, ends)) as records:
            async for record in records:
                if (found := _claimed(record, claimant.service)) is not None:
                    return found
    return None


def _claimed(record: ConsumerRecord[bytes, bytes], service: str) -> UUID | None:
    """Return the installation a record claims the topics for; None for what is no such claim.

    Whoever may write to the topic may have put anything there.
    """
    value = record.value or b""
    if record.key != service.encode() or len(value) > MAX_CLAIM_BYTES:
        return None
    try:
        return _Claim.model_validate_json(value).installation
    except ValidationError:
        return None


async def _claim(claimant: Claimant, own: UUID) -> None:
    value = _Claim(installation=own).model_dump_json().encode()
    async with AIOKafkaProducer(**client_options(claimant.kafka), acks="all") as producer:
        await producer.send_and_wait(
            _PLACE.topic, value, key=claimant.service.encode(), partition=_PLACE.partition
        )
    logger.info("claimed the topics of this broker", extra={"installation": own})


async def _own_id(database: Database, admin: AIOKafkaAdminClient, *, owner: UUID | None) -> UUID:
    """Return the database's id; one without gets the owner's if it has read these very topics.

    Such a database is an older copy of the owner's, of a release without ids.
    """
    async with database.read() as conn:
        known = await _known_id(conn)
        begun = await positions.topics_begun(conn)
    if known is not None:
        return known
    has_read = not begun.isdisjoint((await topic_ids(admin)).values())
    given = owner if owner is not None and has_read else uuid4()
    async with database.write() as conn:
        await conn.execute(
            insert_into(Installation, dialect=conn.dialect).on_conflict_do_nothing(),
            [{"id": 1, "installation_id": given}],
        )
        # Another process of the service may have been quicker.
        return await _known_id(conn) or given


async def _known_id(conn: AsyncConnection) -> UUID | None:
    found: UUID | None = await conn.scalar(select(_INSTALLATION.c.installation_id))
    return found
