"""One Kafka node as a child process: started, waited for, stopped, and never left behind."""

import base64
import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from typing_extensions import override

from services.machine.bounds import KAFKA_START_LIMIT, KAFKA_STOP_LIMIT, POLL_SECONDS, STALE_GRACE
from services.machine.embedded.child import GuardedChild, Startable
from services.machine.embedded.guard import BROKER_USER, Guard
from services.machine.embedded.ports import PortTaken, settled
from services.machine.embedded.probe import serving_cluster
from services.machine.embedded.properties import (
    Seat,
    archive_options,
    java_command,
    java_environment,
    server_properties,
)


class NodeFailed(Exception):
    """The node ended or never answered; the message ends with its last log lines."""


class DataDirectoryBusy(Exception):
    """Another process, named by its pid, still serves this data directory."""


class KafkaNode(Startable):
    """One KRaft node, broker and controller, that listens on 127.0.0.1 only.

    `data_dir` belongs to the node and is kept: a later start finds the same records and the same
    cluster id, also after a kill. Port 0 means a free one. With a `seat` it is one node of a
    cluster, and serves when enough others do; a `guard` says whom it takes. Usable with `with`.
    The node dies with the process that started it, however that process ends.
    """

    def __init__(  # noqa: PLR0913 - each is something that a node may differ in
        self,
        data_dir: Path,
        *,
        jars: Sequence[Path],
        port: int = 0,
        controller_port: int = 0,
        options: Sequence[str] = (),
        stop_limit: timedelta = KAFKA_STOP_LIMIT,
        seat: Seat | None = None,
        guard: Guard | None = None,
    ) -> None:
        self.data_dir = data_dir.resolve()
        self._jars = list(jars)
        self._seat = seat
        self._guard = guard
        own = controller_port if seat is None else seat.voters[seat.node_id]
        self._asked_ports = (port, own)
        self._options = list(options)
        self._child = GuardedChild(
            self.data_dir, name="kafka", stop_with=signal.SIGTERM, stop_limit=stop_limit
        )
        self.port = port

    @property
    def bootstrap(self) -> str:
        """Where clients connect: `127.0.0.1:port`; the port is settled by the start."""
        return f"127.0.0.1:{self.port}"

    @property
    def log_file(self) -> Path:
        """What the node had to say since its last start; `kafka.log.1` is the start before."""
        return self._child.log_file

    @property
    def pid(self) -> int | None:
        """The JVM's process id while it lives."""
        return self._child.pid

    @property
    def is_formatted(self) -> bool:
        """Whether the data directory holds a node's data."""
        return self._identity_file.exists()

    @property
    def cluster_id(self) -> str:
        """The id made when the data directory was formatted. Raises FileNotFoundError before."""
        lines = self._identity_file.read_text().splitlines()
        return next(line.partition("=")[2] for line in lines if line.startswith("cluster.id="))

    @override
    def start(self) -> None:
        """Return when the node serves. Raises NodeFailed, DataDirectoryBusy."""
        if self._child.is_running():
            raise RuntimeError("the node is already running")
        try:
            self._spawn_anew()
            self._wait_until_ready()
        except BaseException:  # an interrupted start leaves nothing running
            self.stop()
            raise

    def start_again(self) -> None:
        """Start a node that has ended by itself on its port, and return before it serves.

        Raises NodeFailed, DataDirectoryBusy.
        """
        self._asked_ports = (self.port, self._asked_ports[1])
        self._spawn_anew()

    @override
    def stop(self) -> None:
        """End the node and wait for it: SIGTERM, then SIGKILL after the stop limit. Idempotent."""
        self._child.stop()

    def exited(self) -> int | None:
        """Return the exit status of a started node that has ended, else None."""
        return self._child.exited()

    @property
    def _log_dir(self) -> Path:
        return self.data_dir / "log"

    @property
    def _identity_file(self) -> Path:
        return self._log_dir / "meta.properties"

    def _spawn_anew(self) -> None:
        self.stop()  # lets go of what an earlier node, dead by itself, left
        self._wait_while_held()
        self._prepare()
        self._spawn()

    def _wait_while_held(self) -> None:
        # An owner killed a moment ago: its guardian is still ending the node.
        deadline = time.monotonic() + STALE_GRACE.total_seconds()
        while _is_locked(self._log_dir / ".lock"):
            if time.monotonic() > deadline:
                pid = self.pid or "unknown"
                raise DataDirectoryBusy(
                    f"{self.data_dir} is in use by another Kafka node (pid {pid}). Stop the "
                    f"`tongxin` that started it, or end it with `kill {pid}`, or choose another "
                    "data directory."
                )
            time.sleep(POLL_SECONDS)

    def _prepare(self) -> None:
        """Give an unformatted data directory its configuration, identity and first metadata."""
        self._log_dir.mkdir(parents=True, exist_ok=True)
        if self.is_formatted:
            return
        if "," in str(self._log_dir):
            raise NodeFailed(f"Kafka cannot use a data directory with a comma: {self.data_dir}")
        config = self._write_config(port=9092, controller_port=9093)  # only the directory matters
        # One argument: an id may begin with a dash.
        known = new_cluster_id() if self._seat is None else self._seat.cluster_id
        cluster = f"--cluster-id={known}"
        tool = ("kafka.tools.StorageTool", "format", cluster, "-c", str(config))
        done = subprocess.run(  # noqa: S603 - our own JRE and jars
            java_command(*tool, jars=self._jars, options=archive_options(self._jars)),
            env=java_environment(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if done.returncode != 0:
            raise NodeFailed(f"formatting {self.data_dir} failed:\n{done.stdout.decode()}")

    def _write_config(self, *, port: int, controller_port: int) -> Path:
        config = self.data_dir / "server.properties"
        config.touch(mode=0o600)
        config.write_text(
            server_properties(
                self._seat or Seat.alone(controller_port),
                log_dir=self._log_dir,
                port=port,
                guard=self._guard,
            )
        )
        return config

    def _spawn(self) -> None:
        try:
            self.port, controller_port = settled(self._asked_ports)
        except PortTaken as taken:
            raise NodeFailed(str(taken)) from taken
        config = self._write_config(port=self.port, controller_port=controller_port)
        options = [*archive_options(self._jars), *self._options]
        java = java_command("kafka.Kafka", str(config), jars=self._jars, options=options)
        self._child.spawn(java, environment=java_environment(os.environ))

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + KAFKA_START_LIMIT.total_seconds()
        login = None if self._guard is None else (BROKER_USER, self._guard.password)
        while serving_cluster(self.port, login) != self.cluster_id:
            if (status := self.exited()) is not None:
                raise NodeFailed(f"Kafka ended with status {status}.\n{self._child.log_tail()}")
            if time.monotonic() > deadline:
                seconds = KAFKA_START_LIMIT.total_seconds()
                raise NodeFailed(
                    f"Kafka did not answer in {seconds:.0f} s.\n{self._child.log_tail()}"
                )
            time.sleep(POLL_SECONDS)


def _is_locked(lock_file: Path) -> bool:
    """Return whether a live process holds Kafka's own lock on its directory."""
    try:
        with lock_file.open("r+") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def new_cluster_id() -> str:
    """Return an id for a cluster that is being made."""
    # Kafka's form of a UUID: 22 characters of URL-safe base64. It has no cause to derive it from.
    chance = uuid5(NAMESPACE_URL, os.urandom(16).hex())
    return base64.urlsafe_b64encode(chance.bytes).decode().rstrip("=")
