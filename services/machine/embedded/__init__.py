"""Apache Kafka and PostgreSQL on loopback, as child processes: no Java, no container engine."""

from services.machine.embedded.guard import Guard
from services.machine.embedded.jars import JarsUnavailable, default_cache_dir, ensure_jars
from services.machine.embedded.node import DataDirectoryBusy, KafkaNode, NodeFailed
from services.machine.embedded.nodes import KafkaCluster, embedded_broker
from services.machine.embedded.postgres import PostgresFailed, PostgresMissing, PostgresServer

__all__ = [
    "DataDirectoryBusy",
    "Guard",
    "JarsUnavailable",
    "KafkaCluster",
    "KafkaNode",
    "NodeFailed",
    "PostgresFailed",
    "PostgresMissing",
    "PostgresServer",
    "default_cache_dir",
    "embedded_broker",
    "ensure_jars",
]
