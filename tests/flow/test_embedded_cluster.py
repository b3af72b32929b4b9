"""Three embedded nodes as one cluster: records outlive a node, and the cluster stays itself."""

import asyncio
import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from services.machine.embedded import (
    KafkaCluster,
    KafkaNode,
    NodeFailed,
    embedded_broker,
    ensure_jars,
)
from services.machine.embedded.probe import serving_cluster
from tests.support.command import until
from tests.support.owners import is_gone

pytestmark = [pytest.mark.kafka, pytest.mark.slow]
TOPIC = "cluster.v1"
COUNT = 3


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    folder = tmp_path_factory.mktemp("cluster") / "kafka"
    with KafkaCluster(folder, jars=ensure_jars(), count=COUNT) as cluster:
        yield cluster


async def create_topic(cluster: KafkaCluster) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(TOPIC, num_partitions=1, replication_factor=COUNT)])
    finally:
        await admin.close()


async def produce(cluster: KafkaCluster, *values: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=cluster.bootstrap, enable_idempotence=True)
    async with producer:
        for value in values:
            await producer.send_and_wait(TOPIC, value)


async def consume(cluster: KafkaCluster, count: int) -> list[bytes]:
    async with AIOKafkaConsumer(bootstrap_servers=cluster.bootstrap) as consumer:
        consumer.assign([TopicPartition(TOPIC, 0)])
        await consumer.seek_to_beginning()
        return [(await consumer.getone()).value for _ in range(count)]


class TestKafkaCluster:
    async def test_keeps_records_when_the_node_that_leads_is_killed(
        self, cluster: KafkaCluster
    ) -> None:
        await create_topic(cluster)
        await produce(cluster, b"before")
        victim = cluster.nodes[await leader_of(cluster)]
        pid = victim.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert is_gone(pid)
        await produce(cluster, b"meanwhile")
        assert await consume(cluster, 2) == [b"before", b"meanwhile"]
        assert victim.exited() is not None
        victim.start_again()
        assert victim.exited() is None
        assert victim.log_file.with_suffix(".log.1").exists()
        await until(partial(serves, victim), told="the node that was started again")
        await produce(cluster, b"after")
        assert await consume(cluster, 3) == [b"before", b"meanwhile", b"after"]

    def test_is_itself_when_it_is_opened_again(self, cluster: KafkaCluster) -> None:
        again = KafkaCluster(folder_of(cluster), jars=[], count=COUNT)
        assert again.bootstrap == cluster.bootstrap
        assert len({node.port for node in again.nodes}) == COUNT

    def test_refuses_to_become_one_of_another_size(self, cluster: KafkaCluster) -> None:
        with pytest.raises(NodeFailed, match=f"of {COUNT} brokers, not of 1 broker"):
            embedded_broker(folder_of(cluster), jars=[], count=1)

    def test_is_not_begun_beside_the_data_of_a_single_node(self, cluster: KafkaCluster) -> None:
        single = cluster.nodes[0].data_dir
        with pytest.raises(NodeFailed, match="start with --kafka-nodes 1"):
            embedded_broker(single, jars=[], count=COUNT)


def folder_of(cluster: KafkaCluster) -> Path:
    return cluster.nodes[0].data_dir.parent


async def serves(node: KafkaNode) -> bool:
    return await asyncio.to_thread(serving_cluster, node.port) == node.cluster_id


async def leader_of(cluster: KafkaCluster) -> int:
    """Return which of the nodes leads the topic's partition."""
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap)
    await admin.start()
    try:
        (topic,) = await admin.describe_topics([TOPIC])
        return int(topic["partitions"][0]["leader"]) - 1
    finally:
        await admin.close()
