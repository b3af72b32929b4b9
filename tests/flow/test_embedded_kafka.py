"""A real embedded node: serves, keeps its data, stays on loopback, never outlives its owner."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from services.machine.embedded import DataDirectoryBusy, KafkaNode, NodeFailed, ensure_jars

pytestmark = pytest.mark.kafka
TOPIC = "embedded.v1"


@pytest.fixture(scope="module")
def jars() -> list[Path]:
    return ensure_jars()


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, jars: list[Path]) -> Iterator[KafkaNode]:
    with KafkaNode(tmp_path_factory.mktemp("node") / "数据", jars=jars) as node:
        yield node


async def create_topic(bootstrap: str, *, name: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()


async def produce(bootstrap: str, *, topic: str, value: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True) as producer:
        await producer.send_and_wait(topic, value, key=b"case-1")


async def consume(bootstrap: str, *, topic: str, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    async with consumer:
        consumer.assign([TopicPartition(topic, 0)])
        await consumer.seek_to_beginning()
        return [(await consumer.getone()).value for _ in range(count)]


def wait_until_gone(pid: int, *, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while psutil.pid_exists(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not psutil.pid_exists(pid)


class TestSharedBroker:
    async def test_takes_a_record_from_an_idempotent_producer(self, kafka: str) -> None:
        topic = "shared-broker.v1"
        await create_topic(kafka, name=topic)
        await produce(kafka, topic=topic, value=b"hello")
        assert await consume(kafka, topic=topic, count=1) == [b"hello"]

    def test_leaves_no_variable_for_settings_to_pick_up(self, kafka: str) -> None:
        assert kafka
        assert not {name for name in os.environ if name.startswith("TONGXIN_")} - {
            "TONGXIN_MAVEN_URL"
        }


class TestKafkaNode:
    async def test_keeps_records_and_cluster_id_through_a_kill(self, node: KafkaNode) -> None:
        await create_topic(node.bootstrap, name=TOPIC)
        await produce(node.bootstrap, topic=TOPIC, value=b"before")
        cluster_id, pid = node.cluster_id, node.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert wait_until_gone(pid)
        node.start()
        await produce(node.bootstrap, topic=TOPIC, value=b"after")
        assert await consume(node.bootstrap, topic=TOPIC, count=2) == [b"before", b"after"]
        assert node.cluster_id == cluster_id

    async def test_listens_on_loopback_only(self, node: KafkaNode) -> None:
        assert node.pid is not None
        sockets = psutil.Process(node.pid).net_connections(kind="inet")
        listening = [it.laddr for it in sockets if it.status == psutil.CONN_LISTEN]
        assert {address.ip for address in listening} <= {"127.0.0.1", "::ffff:127.0.0.1"}
        assert len(listening) == 2

    async def test_names_the_process_that_holds_the_data(
        self, node: KafkaNode, jars: list[Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.machine.embedded.node.STALE_GRACE", timedelta(0))
        with pytest.raises(DataDirectoryBusy, match=f"`kill {node.pid}`"):
            KafkaNode(node.data_dir, jars=jars).start()
        assert node.exited() is None

    def test_leaves_nothing_running_when_its_start_takes_too_long(
        self, tmp_path: Path, jars: list[Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.machine.embedded.node.KAFKA_START_LIMIT", timedelta(0))
        node = KafkaNode(tmp_path, jars=jars)
        with pytest.raises(NodeFailed, match="did not answer in 0 s"):
            node.start()
        assert node.exited() is None
        assert node.pid is None

    async def test_says_why_when_the_port_is_taken(
        self, node: KafkaNode, tmp_path: Path, jars: list[Path]
    ) -> None:
        second = KafkaNode(tmp_path / "second", jars=jars, port=node.port)
        with pytest.raises(NodeFailed, match=f"port {node.port}"):
            second.start()
        assert second.pid is None

    def test_dies_with_an_owner_that_is_killed(self, tmp_path: Path, jars: list[Path]) -> None:
        assert jars
        owner = textwrap.dedent("""
            import os, pathlib, signal, sys
            from services.machine.embedded import KafkaNode, ensure_jars
            node = KafkaNode(pathlib.Path(sys.argv[1]), jars=ensure_jars())
            node.start()
            print(node.pid, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        """)
        done = subprocess.run(
            [sys.executable, "-c", owner, str(tmp_path)], check=False, stdout=subprocess.PIPE
        )
        assert done.returncode == -signal.SIGKILL
        assert wait_until_gone(int(done.stdout))
        assert not (tmp_path / "kafka.pid").exists()
