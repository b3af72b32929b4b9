"""The Kafka cluster itself: which one it is, and the topics it must have."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.topics import Topic
from services.kit.plumbing import BrokerIdentity
from services.kit.tables import insert_into, table_of

logger = logging.getLogger(__name__)

_IDENTITY = table_of(BrokerIdentity)


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicSpec:
    """A topic that must exist."""

    name: str
    partitions: int
    replication: int
    configs: dict[str, str]


def specs_of(topics: Iterable[Topic], *, partitions: int, replication: int) -> list[TopicSpec]:
    """Return declared topics as what the broker must have."""
    return [
        TopicSpec(
            name=topic.name,
            partitions=partitions,
            replication=replication,
            configs=topic.configs(),
        )
        for topic in topics
    ]


class ClusterChanged(Exception):
    """The broker is not the one this database belongs to: its topics and offsets are others."""

    def __init__(self, *, known: str, found: str) -> None:
        """Say what to do next."""
        super().__init__(
            f"Kafka cluster {found} is not {known}, which this database belongs to. If the old "
            "cluster is lost, run `tongxin topics rebuild` to publish the kept outputs on the new "
            "one, then start again; if not, point TONGXIN_KAFKA at the old one."
        )


class TooFewPartitions(Exception):
    """An existing topic has another number of partitions than its siblings need."""


async def open_admin(bootstrap: str) -> AIOKafkaAdminClient:
    """Return a connected admin client; the caller closes it."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=30_000)
    await admin.start()
    return admin


async def cluster_id(admin: AIOKafkaAdminClient) -> str:
    """Return the cluster's id."""
    return str((await admin.describe_cluster())["cluster_id"])


async def ensure_topics(admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec]) -> list[str]:
    """Create the topics that are missing and return their names."""
    existing = set(await admin.list_topics())
    missing = [spec for spec in specs if spec.name not in existing]
    if not missing:
        return []
    try:
        await admin.create_topics(
            [
                NewTopic(
                    spec.name,
                    num_partitions=spec.partitions,
                    replication_factor=spec.replication,
                    topic_configs=spec.configs,
                )
                for spec in missing
            ]
        )
    except TopicAlreadyExistsError:  # another service was quicker
        logger.debug("topics exist already")
    return [spec.name for spec in missing]


async def partition_counts(admin: AIOKafkaAdminClient, topics: Iterable[str]) -> dict[str, int]:
    """Return how many partitions each existing topic has."""
    described = await admin.describe_topics(list(topics))
    return {str(t["topic"]): len(t["partitions"]) for t in described if not t["error_code"]}


async def remember_cluster(conn: AsyncConnection, *, found: str) -> None:
    """Note the cluster at the first start; later refuse another one.

    Raises `ClusterChanged` when the database belongs to another cluster.
    """
    await conn.execute(
        insert_into(BrokerIdentity, dialect=conn.dialect).on_conflict_do_nothing(),
        [{"id": 1, "cluster_id": found}],
    )
    known = (await conn.execute(select(_IDENTITY.c.cluster_id))).scalar_one()
    if known != found:
        raise ClusterChanged(known=known, found=found)


async def adopt_cluster(conn: AsyncConnection, *, found: str) -> None:
    """Let the database belong to this cluster from now on."""
    insert = insert_into(BrokerIdentity, dialect=conn.dialect)
    await conn.execute(
        insert.on_conflict_do_update(
            index_elements=[_IDENTITY.c.id], set_={"cluster_id": insert.excluded.cluster_id}
        ),
        [{"id": 1, "cluster_id": found}],
    )
