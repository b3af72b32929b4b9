"""Where a peer works: the product's own kind of broker and database, and the peer's processes."""

import asyncio
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from rich.console import Console
from sqlalchemy import make_url

from bench.peers import jvm
from bench.peers.deciding import RESULTS
from bench.peers.environment import ROOT, python_of
from schemas.topics import INCIDENT_REPORTS
from services.machine.bounds import EMBEDDED_PARTITIONS
from services.machine.embedded import KafkaNode, PostgresServer, ensure_jars


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A peer: `roles` of its processes, one each; whether its results are rows or records.

    `patience` is how long its own recovery after a kill may take, in seconds.
    """

    name: str
    roles: tuple[str, ...] = ("work",)
    in_table: bool = False
    has_tables: bool = True
    patience: float = 30.0

    @property
    def is_java(self) -> bool:
        """Whether it is Java, else it is Python."""
        return self.name in jvm.ROOTS


@dataclass(slots=True)
class Stand:
    """A running broker and database, and one peer's processes, each started by `command`."""

    peer: Peer
    command: Sequence[str]
    environment: Mapping[str, str]
    kafka: str
    database: str
    broker: KafkaNode
    postgres: PostgresServer
    logs: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def groups(self) -> dict[str, list[int]]:
        """Return the process ids by part."""
        servers = {"kafka": self.broker.pid, "postgres": self.postgres.pid}
        found = {name: [pid] for name, pid in servers.items() if pid is not None}
        return found | {"workers": [worker.pid for worker in self.workers]}

    def start(self) -> None:
        """Prepare the peer's tables and start its processes."""
        if self.peer.has_tables:
            done = self._spawn("prepare", 0)
            if done.wait():
                raise RuntimeError((self.logs / "prepare-0.log").read_text()[-2000:])
        self.workers = [self._spawn(role, n) for n, role in enumerate(self.peer.roles)]

    def kill(self, number: int) -> None:
        """End a process with SIGKILL."""
        os.kill(self.workers[number].pid, signal.SIGKILL)
        self.workers[number].wait()

    def restart(self, number: int) -> None:
        """Start a process that was killed again."""
        self.workers[number] = self._spawn(self.peer.roles[number], number)

    def stop(self) -> None:
        """End every process."""
        for worker in self.workers:
            worker.kill()
            worker.wait()

    def _spawn(self, role: str, number: int) -> subprocess.Popen[bytes]:
        own = {
            "PEER_KAFKA": self.kafka,
            "PEER_DATABASE": self.database,
            "PEER_INSTANCE": f"peer-{number}",
        }
        environment = {**os.environ, **self.environment, **own}
        with (self.logs / f"{role}-{number}.log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - this project's own program
                [*self.command, role], cwd=ROOT, env=environment, stdout=log, stderr=log
            )


@contextmanager
def stand(peer: Peer) -> Iterator[Stand]:
    """Run a fresh broker and database with a peer's processes; its data is gone afterwards."""
    with ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tongxin-peer-")))
        data.chmod(0o755)  # PostgreSQL may run as somebody else
        command, environment = _program(peer, into=data)
        postgres = stack.enter_context(PostgresServer(data / "postgres"))
        jars = ensure_jars(progress=Console(stderr=True))
        broker = stack.enter_context(KafkaNode(data / "kafka", jars=jars))
        asyncio.run(_make_topics(broker.bootstrap, (INCIDENT_REPORTS, RESULTS)))
        running = Stand(
            peer=peer,
            command=command,
            environment={**environment, "PEER_JDBC": _jdbc(postgres)},
            kafka=broker.bootstrap,
            database=postgres.url(),
            broker=broker,
            postgres=postgres,
            logs=data,
        )
        try:
            running.start()
            yield running
        finally:
            running.stop()


def _program(peer: Peer, *, into: Path) -> tuple[Sequence[str], Mapping[str, str]]:
    """Return the command of a peer's processes without its role, and its own environment."""
    if peer.is_java:
        return jvm.prepared(peer.name, into=into)
    return (str(python_of(peer.name)), "-m", f"bench.peers.{peer.name}.worker"), {}


def _jdbc(postgres: PostgresServer) -> str:
    """Return the database's JDBC URL: over TCP, as the driver knows no Unix socket by itself."""
    url = make_url(postgres.url())
    return (
        f"jdbc:postgresql://127.0.0.1:{postgres.port}/{url.database}"
        f"?user={url.username}&password={url.password}&reWriteBatchedInserts=true"
    )


async def _make_topics(kafka: str, names: Sequence[str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, EMBEDDED_PARTITIONS, 1) for name in names])
    finally:
        await admin.close()
