"""Several Kafka nodes as one cluster on loopback: for trying out what a real cluster survives."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter
from typing_extensions import override

from services.machine.bounds import REPLICAS
from services.machine.embedded.child import Startable
from services.machine.embedded.guard import Guard
from services.machine.embedded.node import KafkaNode, NodeFailed, new_cluster_id
from services.machine.embedded.ports import PortTaken, settled
from services.machine.embedded.properties import Seat

_HEAP: Final = "-Xmx384m"
_IDENTITY_FILE: Final = "cluster.json"


class KafkaCluster(Startable):
    """`count` KRaft nodes that keep each record `replicas_of(count)` times.

    `data_dir` belongs to the cluster and is kept, ports and cluster id too. Usable with `with`.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        jars: Sequence[Path],
        count: int,
        first_port: int = 0,
        guard: Guard | None = None,
    ) -> None:
        """Find or make the cluster's identity; nothing runs yet. Raises NodeFailed."""
        identity = _identity(data_dir.resolve(), count=count, first_port=first_port)
        self.nodes = [
            KafkaNode(
                data_dir / f"node-{number}",
                jars=jars,
                port=identity.ports[number],
                options=(_HEAP,),
                guard=guard,
                seat=Seat(
                    node_id=number,
                    voters=identity.controllers,
                    cluster_id=identity.cluster_id,
                    replicas=replicas_of(count),
                ),
            )
            for number in identity.ports
        ]

    @property
    def bootstrap(self) -> str:
        """Where clients connect: every node, comma between."""
        return ",".join(node.bootstrap for node in self.nodes)

    @override
    def start(self) -> None:
        """Start all nodes at once: none serves alone. Raises NodeFailed, DataDirectoryBusy."""
        try:
            with ThreadPoolExecutor(len(self.nodes)) as pool:
                list(pool.map(KafkaNode.start, self.nodes))
        except BaseException:
            self.stop()
            raise

    @override
    def stop(self) -> None:
        """Stop all nodes at once. Idempotent."""
        with ThreadPoolExecutor(len(self.nodes)) as pool:
            list(pool.map(KafkaNode.stop, self.nodes))


def replicas_of(count: int) -> int:
    """Return how often `count` embedded nodes keep a record: three times, if there are so many."""
    return min(count, REPLICAS)


def embedded_broker(
    data_dir: Path,
    *,
    jars: Sequence[Path],
    count: int,
    first_port: int = 0,
    guard: Guard | None = None,
) -> KafkaNode | KafkaCluster:
    """Return the broker of a folder, `count` nodes; nothing runs yet.

    Raises NodeFailed when the folder holds the data of another number: they would be passed over.
    """
    known = _nodes_in(data_dir)
    if known not in {0, count}:
        raise NodeFailed(
            f"{data_dir} holds the data of {_brokers(known)}, not of {_brokers(count)}: start with "
            f"--kafka-nodes {known}, or choose another folder."
        )
    if count == 1:
        return KafkaNode(data_dir, jars=jars, port=first_port, guard=guard)
    return KafkaCluster(data_dir, jars=jars, count=count, first_port=first_port, guard=guard)


def _nodes_in(data_dir: Path) -> int:
    """Return how many nodes have their data in a folder; 0 for a new one."""
    file = data_dir / _IDENTITY_FILE
    if file.exists():
        return len(_IDENTITY.validate_json(file.read_bytes()).ports)
    return int(KafkaNode(data_dir, jars=()).is_formatted)


def _brokers(count: int) -> str:
    return "1 broker" if count == 1 else f"{count} brokers"


@dataclass(frozen=True, slots=True)
class _Identity:
    """What a cluster keeps between starts: its id, and each node's two ports."""

    cluster_id: str
    ports: dict[int, int]
    controllers: dict[int, int]


_IDENTITY: Final = TypeAdapter(_Identity)


def _identity(folder: Path, *, count: int, first_port: int) -> _Identity:
    """Return the identity of the cluster in a folder, making it for a new one."""
    file = folder / _IDENTITY_FILE
    if file.exists():
        return _IDENTITY.validate_json(file.read_bytes())
    try:
        asked = [first_port + n if first_port else 0 for n in range(count)]
        ports = settled([*asked, *[0] * count])
    except PortTaken as taken:
        raise NodeFailed(str(taken)) from taken
    numbers = range(1, count + 1)
    made = _Identity(
        cluster_id=new_cluster_id(),
        ports=dict(zip(numbers, ports[:count], strict=True)),
        controllers=dict(zip(numbers, ports[count:], strict=True)),
    )
    folder.mkdir(parents=True, exist_ok=True)
    file.write_bytes(_IDENTITY.dump_json(made))
    return made
