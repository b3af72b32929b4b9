"""The whole house on one machine: broker, three services, their data in one folder."""

import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from rich.console import Console

from schemas.topics import SERVICES
from services.commands.options import ADDRESS_FILE
from services.commands.serving import PRELOADED, serve_as_child
from services.kit.database import sqlite_url
from services.kit.embedded import KafkaNode, NodeFailed, ensure_jars
from services.kit.processes import Children, warm_context
from services.kit.settings import LOOPBACK

EMBEDDED_PARTITIONS = 4
DRAIN_SECONDS = 10.0
_READY_SECONDS = 60.0


class NotReady(Exception):
    """A service did not become ready; the message says which, and where its log is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HousePlan:
    """Where the house keeps its data and listens; `first_port` is intake's, the others follow.

    `kafka` names a broker that is there already; empty starts the embedded one. `preload` are
    modules of further programs that will be forked, `environment` is passed to every service;
    a service that ends more than `most_restarts` times within a minute is given up.
    """

    data: Path
    plan: Path
    kafka: str = ""
    kafka_port: int = 0
    first_port: int = 8001
    environment: Mapping[str, str] = field(default_factory=dict)
    preload: tuple[str, ...] = ()
    most_restarts: int = 5


@dataclass(slots=True, kw_only=True)
class House:
    """A running house."""

    kafka: str
    ports: Mapping[str, int]
    logs: Path
    children: Children
    environment: Mapping[str, str]
    node: KafkaNode | None

    def check_broker(self) -> None:
        """Raise `NodeFailed` when the embedded broker has ended by itself."""
        if self.node is not None and self.node.exited() is not None:
            msg = f"The broker ended; its log is {self.node.log_file}. Start again: data is kept."
            raise NodeFailed(msg)

    def url(self, service: str) -> str:
        """Return where a service answers over HTTP."""
        return f"http://{LOOPBACK}:{self.ports[service]}"

    def wait_ready(self) -> None:
        """Return when every service takes work; raises `NotReady`."""
        deadline = time.monotonic() + _READY_SECONDS
        for service in SERVICES:
            while not self._is_ready(service):
                ended = self.children.ended()
                if service in ended or time.monotonic() > deadline:
                    log = self.logs / f"{service}.log"
                    msg = f"{service} did not start; its log {log} ends with:\n{_tail(log)}"
                    raise NotReady(msg)
                time.sleep(0.05)

    def _is_ready(self, service: str) -> bool:
        """Tell whether our own service answers; another house may have been quicker at the port."""
        try:
            answer = httpx.get(f"{self.url(service)}/health/ready", timeout=3)
        except httpx.TransportError:
            return False
        return answer.is_success and answer.json()["pid"] == self.children.pids().get(service)


@contextmanager
def opened(asked: HousePlan, *, console: Console) -> Iterator[House]:
    """Start broker and services, and stop them in the reverse order at the end of the block."""
    data = asked.data.resolve()
    ports = free_ports(asked.first_port, len(SERVICES))
    context = warm_context((*PRELOADED, *asked.preload))
    with _broker(asked, data=data, console=console) as node:
        kafka = asked.kafka if node is None else node.bootstrap
        environment = {
            "TONGXIN_KAFKA": kafka,
            "TONGXIN_PLAN": str(asked.plan.resolve()),
            **asked.environment,
        }
        if not asked.kafka:
            environment.setdefault("TONGXIN_PARTITIONS", str(EMBEDDED_PARTITIONS))
        house = House(
            kafka=kafka,
            ports=dict(zip(SERVICES, ports, strict=True)),
            logs=data / "logs",
            children=Children(context, most_restarts=asked.most_restarts),
            environment=environment,
            node=node,
        )
        try:
            for service in SERVICES:
                start_service(house, service, data=data)
            yield house
        finally:
            house.children.stop(within=DRAIN_SECONDS)


def start_service(house: House, service: str, *, data: Path) -> None:
    """Start one service of the house with its own database and log."""
    upper = service.upper()
    database = f"TONGXIN_{upper}_DATABASE_URL"
    own = {
        f"TONGXIN_{upper}_HTTP_PORT": str(house.ports[service]),
        f"TONGXIN_{upper}_INSTANCE": f"{service}-0",
        database: os.environ.get(database) or sqlite_url(data / f"{service}.sqlite"),
    }
    log = house.logs / f"{service}.log"
    house.children.start(service, serve_as_child, service, {**house.environment, **own}, log)


@contextmanager
def _broker(asked: HousePlan, *, data: Path, console: Console) -> Iterator[KafkaNode | None]:
    if asked.kafka:
        yield None
        return
    address = data / ADDRESS_FILE
    jars = ensure_jars(progress=console)
    node = KafkaNode(data / "kafka", jars=jars, port=asked.kafka_port)
    with node:
        address.write_text(node.bootstrap)
        try:
            yield node
        finally:
            address.unlink(missing_ok=True)


def free_ports(first: int, count: int) -> list[int]:
    """Return `count` ports on loopback from `first` on, passing over those in use."""
    found: list[int] = []
    port = first
    while len(found) < count:
        if _is_free(port):
            found.append(port)
        port += 1
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _tail(log: Path, *, lines: int = 8) -> str:
    text = log.read_text(errors="replace") if log.exists() else "(no log)"
    return "\n".join(text.splitlines()[-lines:])
