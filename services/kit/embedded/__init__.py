"""An Apache Kafka on loopback, run as a child process: no Java, no container engine, no root."""

from services.kit.embedded.jars import JarsUnavailable, default_cache_dir, ensure_jars
from services.kit.embedded.node import DataDirectoryBusy, KafkaNode, NodeFailed

__all__ = [
    "DataDirectoryBusy",
    "JarsUnavailable",
    "KafkaNode",
    "NodeFailed",
    "default_cache_dir",
    "ensure_jars",
]
