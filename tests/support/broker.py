"""The broker of a whole test run."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.kit.embedded import KafkaNode, ensure_jars


@contextmanager
def broker_in(folder: Path) -> Iterator[str]:
    """Run a Kafka node in a folder and yield its bootstrap address."""
    with KafkaNode(folder, jars=ensure_jars()) as node:
        yield node.bootstrap
