"""The whole house on one machine: broker, services, their data in one folder."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from rich.console import Console

from schemas.topics import SERVICES
from schemas.vocabulary import DESK
from services.kit.exits import REFUSED_EXIT
from services.kit.kafka.brokers import Brokers
from services.kit.kafka.settings import KafkaSettings
from services.kit.process.settings import LOOPBACK, database_variable
from services.machine.bounds import (
    ASKED_SECONDS,
    DRAIN_SECONDS,
    LONG_SECONDS,
    POLL_SECONDS,
    READY_SECONDS,
)
from services.machine.children import Children, warm_context
from services.machine.data_folder import occupied
from services.machine.databases import FAILURES, Addresses, bring_up_to_date
from services.machine.embedded import (
    DataDirectoryBusy,
    JarsUnavailable,
    KafkaCluster,
    KafkaNode,
    NodeFailed,
    PostgresServer,
)
from services.machine.first_key import FirstKey, ensured_first_key, wait_until_heard_of
from services.machine.own_broker import NotLocked, OwnBroker, announced, own_broker
from services.machine.ports import NoPortLeft, neighbours, own_ports
from services.machine.private_postgres import elsewhere, own_server, prepared
from services.machine.reasons import size_of, why_ended
from services.machine.reviving import OwnServer, ended_again, started_again
from services.machine.secrets_kept import ACCESS_SECRET, access_secret, key_files
from services.machine.serving import PRELOADED, serve_as_child


class NotReady(Exception):
    """A service did not become ready; the message says which, and where its log is."""


class CannotGoOn(Exception):
    """A service ended for what does not pass by itself; the message has its reason."""


CANNOT_RUN = (
    *(NotReady, CannotGoOn, NoPortLeft),
    *(JarsUnavailable, NodeFailed, DataDirectoryBusy, NotLocked, *FAILURES),
)
"""What keeps a house from running, each with a message for its user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HousePlan:
    """Where the house keeps its data and listens; `first_port` is intake's, the others follow.

    `kafka` names a broker that is there already; empty starts `kafka_nodes` embedded ones. With
    `postgres` the databases are in an embedded PostgreSQL instead of SQLite files. Each service
    runs as `processes` processes. A `secure` house asks whoever connects to its own broker who it
    is. `preload` are modules of further programs that will be forked,
    `environment` is passed to every service.
    """

    data: Path
    plan: Path
    kafka: str = ""
    kafka_port: int = 0
    kafka_nodes: int = 1
    postgres: bool = False
    secure: bool = False
    processes: int = 1
    first_port: int = 8001
    environment: Mapping[str, str] = field(default_factory=dict)
    preload: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class House:
    """A running house; `ports` and `children` name a service's first process as the service.

    `brokers` is its broker for whoever runs the house; `key` opens everything to them.
    """

    brokers: Brokers
    ports: dict[str, int]
    logs: Path
    children: Children
    environment: Mapping[str, str]
    own_broker: OwnBroker | None
    key: FirstKey
    postgres: PostgresServer | None
    log_sizes: dict[str, int] = field(default_factory=dict)
    servers: list[OwnServer] = field(default_factory=list)

    @property
    def kafka(self) -> str:
        """Where clients connect: host:port, of each broker."""
        return self.brokers.bootstrap

    @property
    def broker(self) -> KafkaNode | KafkaCluster | None:
        """The house's own broker."""
        return None if self.own_broker is None else self.own_broker.node

    def revive(self) -> list[str]:
        """Start again what has ended, sooner or later; returns what is new, in words.

        Everything waits for what is away meanwhile and goes on by itself. Raises CannotGoOn for
        what only somebody can change.
        """
        told = [line for server in self.servers if (line := server.revive())]
        ended = {name: code for name, code in self.children.ended().items() if name in self.ports}
        for name, code in ended.items():
            if code == REFUSED_EXIT:
                raise CannotGoOn(f"{name} cannot go on. {self.reason(name)}")
        known = self.children.waiting()
        started = self.children.revive(*ended)
        told += [
            self._told(name, is_started=name in started) for name in ended if name not in known
        ]
        return told

    def _told(self, name: str, *, is_started: bool) -> str:
        log = self.logs / f"{name}.log"
        if is_started:
            return started_again(name, log=log)
        reason = why_ended(log, since=self.log_sizes.get(name, 0))
        return ended_again(name, self.children.pause_of(name), log=log, reason=reason)

    def url(self, service: str) -> str:
        """Return where a service answers over HTTP."""
        return f"http://{LOOPBACK}:{self.ports[service]}"

    def wait_ready(self, *, tell: Callable[[str], None] | None = None) -> None:
        """Return when every process takes work, and `tell` once what takes long; or `NotReady`."""
        begun = time.monotonic()
        # One client for all questions, since making one takes the time of many; and a proxy of the
        # environment is not for loopback, whatever NO_PROXY says.
        with httpx.Client(timeout=ASKED_SECONDS, trust_env=False) as http:
            for service in list(self.ports):
                while not self._is_ready(service, http):
                    took = time.monotonic() - begun
                    if service in self.children.ended() or took > READY_SECONDS:
                        raise NotReady(f"{service} did not start. {self.reason(service)}")
                    if tell is not None and took > LONG_SECONDS:
                        tell(f"Still waiting for {service}; its log is {self.logs / service}.log")
                        tell = None
                    time.sleep(POLL_SECONDS)
        wait_until_heard_of(self.key, map(self.url, self.ports))

    def reason(self, name: str) -> str:
        """Return why a process ended or does not get on, by its log, and where that is."""
        log = self.logs / f"{name}.log"
        return f"{why_ended(log, since=self.log_sizes.get(name, 0))}\nIts log: {log}"

    def _is_ready(self, service: str, http: httpx.Client) -> bool:
        """Tell whether our own service answers; another house may have been quicker at the port."""
        try:
            answer = http.get(f"{self.url(service)}/health/ready")
        except httpx.TransportError:
            return False
        return answer.is_success and answer.json()["pid"] == self.children.pids().get(service)


@contextmanager
def opened(asked: HousePlan, *, console: Console) -> Iterator[House]:
    """Start broker, databases and services; stop them in the reverse order at the block's end.

    The databases are brought up to date first. Raises what `CANNOT_RUN` names.
    """
    data = asked.data.resolve()
    names = process_names(asked.processes)
    with occupied(data):
        context = warm_context((*PRELOADED, *asked.preload))
        with _servers(asked, data=data, console=console) as (own, postgres, where):
            brokers = KafkaSettings(kafka=asked.kafka).brokers if own is None else own.brokers
            house = House(
                brokers=brokers,
                own_broker=own,
                # Chosen once the broker has its own, which may be one of them.
                ports=dict(zip(names, own_ports(asked.first_port, len(names)), strict=True)),
                logs=data / "logs",
                children=Children(context),
                environment={ACCESS_SECRET: access_secret(data), **key_files(data)}
                | _environment(asked, own=own, where=where),
                key=ensured_first_key(data, desk=where[DESK].app),
                postgres=postgres,
                servers=[*_own_servers(None if own is None else own.node, postgres)],
            )
            try:
                for name in names:
                    start_process(house, name)
                yield house
            finally:
                house.children.stop(within=DRAIN_SECONDS)


def _own_servers(
    broker: KafkaNode | KafkaCluster | None, postgres: PostgresServer | None
) -> Iterator[OwnServer]:
    match broker:
        case KafkaCluster():
            yield from (OwnServer("A broker", node) for node in broker.nodes)
        case KafkaNode():
            yield OwnServer("The broker", broker)
        case None:
            pass
    if postgres is not None:
        yield OwnServer("PostgreSQL", postgres)


def process_names(processes: int) -> list[str]:
    """Return the name of each process: the service's own for its first, then `intake-1` ...

    >>> process_names(1)
    ['intake', 'router', 'notifier', 'desk']
    """
    further = [f"{service}-{n}" for n in range(1, processes) for service in SERVICES]
    return [*SERVICES, *further]


def start_process(house: House, name: str) -> None:
    """Start one process of a service, which is a static member of its groups under its name."""
    service, _, number = name.partition("-")
    upper = service.upper()
    own = {
        f"TONGXIN_{upper}_HTTP_PORT": str(house.ports[name]),
        f"TONGXIN_{upper}_INSTANCE": f"{service}-{number or 0}",
        **neighbours(house.ports, of=name),
    }
    log = house.logs / f"{name}.log"
    house.log_sizes[name] = size_of(log)
    house.children.start(name, serve_as_child, service, {**house.environment, **own}, log)


@contextmanager
def _servers(
    asked: HousePlan, *, data: Path, console: Console
) -> Iterator[tuple[OwnBroker | None, PostgresServer | None, dict[str, Addresses]]]:
    """Yield the servers, and where the databases are once they are up to date."""
    with _postgres(asked, data=data) as postgres, ThreadPoolExecutor(1) as beside:
        where = elsewhere(data) if postgres is None else prepared(postgres)
        # Beside the broker's start, which takes longer.
        upgrading = beside.submit(bring_up_to_date, where)
        with _broker(asked, data=data, console=console) as own:
            upgrading.result()
            yield own, postgres, where


def _environment(
    asked: HousePlan,
    *,
    own: OwnBroker | None,
    where: Mapping[str, Addresses],
) -> dict[str, str]:
    """Return what every service is told: where broker and databases are, plan, and what was asked.

    The databases are those of the caller's own environment, where it names one.
    """
    found = {
        "TONGXIN_PLAN": str(asked.plan.resolve()),
        # All of this house runs on this machine, and so may what it calls.
        "TONGXIN_WEBHOOKS_TO_LOOPBACK": os.environ.get("TONGXIN_WEBHOOKS_TO_LOOPBACK", "true"),
    }
    found |= {"TONGXIN_KAFKA": asked.kafka} if own is None else own.environment()
    found |= {database_variable(service): where[service].app for service in SERVICES}
    return found | dict(asked.environment)


@contextmanager
def _postgres(asked: HousePlan, *, data: Path) -> Iterator[PostgresServer | None]:
    if not asked.postgres:
        yield None
        return
    with own_server(data) as server:
        yield server


@contextmanager
def _broker(asked: HousePlan, *, data: Path, console: Console) -> Iterator[OwnBroker | None]:
    if asked.kafka:
        yield None
        return
    count, port = asked.kafka_nodes, asked.kafka_port
    with own_broker(data, count=count, port=port, secure=asked.secure, console=console) as own:
        own.lock(asked.plan)
        with announced(data, own):
            yield own
