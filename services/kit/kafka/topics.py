"""The topics that the broker must have, and the client that asks for them."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from schemas.topics import Topic
from services.kit.kafka.bounds import ADMIN_MS
from services.kit.kafka.brokers import Kafka, client_options

_SAFE_REPLICATION: Final = 3
_SAFE_IN_SYNC: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicSpec:
    """A topic that must exist; `configs` are its settings whatever its number of replicas."""

    name: str
    partitions: int
    replication: int
    configs: dict[str, str]

    def settings(self, *, replicas: int) -> dict[str, str]:
        """Return the settings of the topic when each partition has so many replicas.

        From three on a record counts as written once two have it, so that one broker may be away
        and none that was acknowledged is lost with another. With fewer that would refuse every
        record, at once or as soon as one broker is away.
        """
        safe = replicas >= _SAFE_REPLICATION
        return self.configs | ({"min.insync.replicas": str(_SAFE_IN_SYNC)} if safe else {})


def specs_of(topics: Iterable[Topic], *, partitions: int, replication: int) -> list[TopicSpec]:
    """Return declared topics as what the broker must have; `partitions` where none are declared."""
    return [
        TopicSpec(
            name=topic.name,
            partitions=topic.partitions or partitions,
            replication=replication,
            configs=topic.configs(),
        )
        for topic in topics
    ]


class TopicsRefused(Exception):
    """The broker does not create or change some topics; the message has its reason for each."""

    def __init__(self, reasons: dict[str, str]) -> None:
        """Tell each of the broker's reasons once, with the topics it was given for."""
        told = "".join(
            f"\n  {reason} ({', '.join(sorted(t for t in reasons if reasons[t] == reason))})"
            for reason in sorted({*reasons.values()})
        )
        super().__init__(f"The broker refused {len(reasons)} of our topics:{told}")


@asynccontextmanager
async def administered(kafka: Kafka) -> AsyncIterator[AIOKafkaAdminClient]:
    """Connect an admin client for as long as the block runs. Raises `KafkaError`."""
    admin = AIOKafkaAdminClient(**client_options(kafka), request_timeout_ms=ADMIN_MS)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def cluster_id(admin: AIOKafkaAdminClient) -> str:
    """Return the cluster's id."""
    return str((await admin.describe_cluster())["cluster_id"])


async def ensure_topics(admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec]) -> list[str]:
    """Create the topics that are missing and return their names. Raises `TopicsRefused`."""
    existing = set(await admin.list_topics())
    return await create_topics(admin, [spec for spec in specs if spec.name not in existing])


async def create_topics(admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec]) -> list[str]:
    """Create topics and return the names of those that did not exist. Raises `TopicsRefused`."""
    if not specs:
        return []
    answer = await admin.create_topics(
        [
            NewTopic(
                spec.name,
                num_partitions=spec.partitions,
                replication_factor=spec.replication,
                topic_configs=spec.settings(replicas=spec.replication),
            )
            for spec in specs
        ]
    )
    codes = {str(topic): (code, why) for topic, code, why in answer.topic_errors}
    known = TopicAlreadyExistsError.errno  # another service was quicker
    raise_refused({name: told for name, told in codes.items() if told[0] != known})
    return [spec.name for spec in specs if codes[spec.name][0] != known]


def raise_refused(answers: dict[str, tuple[int, str | None]]) -> None:
    """Raise `TopicsRefused` if any of the broker's answers, an error code and words, is not 0."""
    refused = {
        topic: why or for_code(code).__name__ for topic, (code, why) in answers.items() if code
    }
    if refused:
        raise TopicsRefused(refused)
