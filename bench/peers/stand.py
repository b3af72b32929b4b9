"""Where a peer works: the product's own kind of broker and database, and the peer's processes."""

import asyncio
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from rich.console import Console

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


@dataclass(slots=True)
class Stand:
    """A running broker and database, and one peer's processes."""

    peer: Peer
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
        command = [str(python_of(self.peer.name)), "-m", f"bench.peers.{self.peer.name}.worker"]
        with (self.logs / f"{role}-{number}.log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - this project's own module
                [*command, role], cwd=ROOT, env={**os.environ, **own}, stdout=log, stderr=log
            )


@contextmanager
def stand(peer: Peer) -> Iterator[Stand]:
    """Run a fresh broker and database with a peer's processes; its data is gone afterwards."""
    python_of(peer.name)
    with ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tongxin-peer-")))
        data.chmod(0o755)  # PostgreSQL may run as somebody else
        postgres = stack.enter_context(PostgresServer(data / "postgres"))
        jars = ensure_jars(progress=Console(stderr=True))
        broker = stack.enter_context(KafkaNode(data / "kafka", jars=jars))
        asyncio.run(_make_topics(broker.bootstrap, (INCIDENT_REPORTS, RESULTS)))
        running = Stand(peer, broker.bootstrap, postgres.url(), broker, postgres, data)
        try:
            running.start()
            yield running
        finally:
            running.stop()


async def _make_topics(kafka: str, names: Sequence[str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, EMBEDDED_PARTITIONS, 1) for name in names])
    finally:
        await admin.close()
