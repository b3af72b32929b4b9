"""The broker of a whole test run."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.machine.embedded import KafkaNode, ensure_jars
from tests.support.ports import server_ports


@contextmanager
def broker_in(folder: Path) -> Iterator[str]:
    """Run a Kafka node in a folder and yield its bootstrap address."""
    port, controller_port = server_ports(2)
    with KafkaNode(folder, jars=ensure_jars(), port=port, controller_port=controller_port) as node:
        yield node.bootstrap
