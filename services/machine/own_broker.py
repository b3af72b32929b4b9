"""The broker of a house: one that is there already, or the folder's own, open or locked."""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from aiokafka.errors import KafkaConnectionError, KafkaError
from rich.console import Console

from schemas.plan import load_plan
from schemas.topics import SERVICES, all_topics, installation_topic
from services.kit.kafka.acls import AclsRefused
from services.kit.kafka.brokers import Brokers, Login, Mechanism, Security
from services.kit.kafka.scram import UsersRefused
from services.kit.kafka.settings import KafkaSettings
from services.kit.kafka.topics import TopicsRefused, administered, ensure_topics, specs_of
from services.kit.traces import said_by
from services.machine.beside import run_beside
from services.machine.bounds import EMBEDDED_PARTITIONS, HEED_SECONDS, LOCKED_SECONDS
from services.machine.data_folder import ADDRESS_FILE
from services.machine.embedded import (
    Guard,
    KafkaCluster,
    KafkaNode,
    embedded_broker,
    ensure_jars,
)
from services.machine.embedded.guard import BROKER_USER
from services.machine.embedded.nodes import replicas_of
from services.machine.locking import Passwords, lock
from services.machine.rights import OPERATOR, users

_SAID_OF_ANOTHER: Final = tuple(
    f"TONGXIN_KAFKA_{name}"
    for name in ("USER", "PASSWORD", "PASSWORD_FILE", "CA_FILE", "CERTIFICATE_FILE", "KEY_FILE")
)
"""Variables of the caller's environment that are about a broker of its own."""
_PASSWORDS: Final = Path("kafka") / "passwords"


class NotLocked(Exception):
    """The broker has not the users and rights of the plan; the message has the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnBroker:
    """A broker that runs in a house's folder; `passwords` are its users' where it is locked."""

    node: KafkaNode | KafkaCluster
    passwords: Passwords | None
    replication: int

    @property
    def brokers(self) -> Brokers:
        """The broker, for whoever runs the house."""
        return brokers_at(self.node.bootstrap, self.passwords)

    @property
    def as_itself(self) -> Brokers:
        """The broker, for whoever makes its users: it is known before there are any."""
        if self.passwords is None:
            return self.brokers
        login = Login(
            user=BROKER_USER,
            password_file=self.passwords.file(BROKER_USER),
            mechanism=Mechanism.PLAIN,
        )
        return replace(self.brokers, login=login)

    def environment(self) -> dict[str, str]:
        """Return what every service is told of the broker, each its own user where it is locked."""
        told = dict.fromkeys(_SAID_OF_ANOTHER, "") | {
            "TONGXIN_KAFKA": self.node.bootstrap,
            "TONGXIN_KAFKA_SECURITY": str(self.brokers.security),
            "TONGXIN_PARTITIONS": str(EMBEDDED_PARTITIONS),
            "TONGXIN_REPLICATION": str(self.replication),
        }
        if self.passwords is not None:
            told["TONGXIN_CREATE_TOPICS"] = "false"  # of services nobody may
            told["TONGXIN_KAFKA_MECHANISM"] = str(Mechanism.SCRAM_SHA_512)
            for service in SERVICES:
                own = f"TONGXIN_{service.upper()}_KAFKA"
                told[f"{own}_USER"] = service
                told[f"{own}_PASSWORD_FILE"] = str(self.passwords.file(service))
        return told

    def lock(self, plan: Path) -> None:
        """Make the topics of a plan, its users, and what they may do, if the broker is locked.

        Raises `NotLocked` and InvalidPlan.
        """
        if self.passwords is None:
            return
        try:
            run_beside(self._lock(plan, self.passwords))
        except (KafkaError, TopicsRefused, UsersRefused, AclsRefused, OSError) as error:
            msg = f"The broker could not be locked: {said_by(error)}"
            raise NotLocked(msg) from error

    async def _lock(self, file: Path, passwords: Passwords) -> None:
        plan = load_plan(file, loopback=True)
        declared = all_topics(sorted(plan.departments), plan.feedback_parties())
        specs = specs_of(
            (installation_topic(), *declared),
            partitions=EMBEDDED_PARTITIONS,
            replication=self.replication,
        )
        with quietly():
            async with administered(self.as_itself) as admin:
                await ensure_topics(admin, specs)
                await lock(admin, users(plan), passwords, anew=True)
            await _until_heeded(self.brokers)


async def _until_heeded(brokers: Brokers) -> None:
    """Return when a user can connect; a broker knows of it a moment before it heeds it.

    Raises TimeoutError.
    """
    async with asyncio.timeout(LOCKED_SECONDS):
        while True:
            with suppress(KafkaConnectionError):
                async with administered(brokers):
                    return
            await asyncio.sleep(HEED_SECONDS)


@contextmanager
def quietly() -> Iterator[None]:
    """Pass over what aiokafka logs: what counts is raised.

    The password that it would say is sent in the clear stays on this machine.
    """
    client = logging.getLogger("aiokafka")
    before = client.level
    client.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        client.setLevel(before)


def was_locked(data: Path) -> bool:
    """Tell whether a house's own broker has users: it was started locked before."""
    return passwords_in(data).file(BROKER_USER).exists()


def passwords_in(data: Path) -> Passwords:
    """Return the passwords of the users of a house's own broker."""
    return Passwords(data.resolve() / _PASSWORDS)


def brokers_at(address: str, passwords: Passwords | None) -> Brokers:
    """Return a house's own broker for whoever runs the house."""
    if passwords is None:
        return Brokers(bootstrap=address)
    login = Login(user=OPERATOR, password_file=passwords.file(OPERATOR))
    return Brokers(bootstrap=address, security=Security.SASL_PLAINTEXT, login=login)


@contextmanager
def own_broker(
    data: Path, *, count: int, port: int, secure: bool, console: Console
) -> Iterator[OwnBroker]:
    """Run the broker of a folder for this block, `count` nodes; it has to be locked yet.

    Raises JarsUnavailable, NodeFailed, DataDirectoryBusy.
    """
    jars, passwords = ensure_jars(progress=console), passwords_in(data) if secure else None
    guard = None if passwords is None else Guard(password=passwords.made(BROKER_USER))
    folder = data / "kafka"
    with embedded_broker(folder, jars=jars, count=count, first_port=port, guard=guard) as node:
        yield OwnBroker(node=node, passwords=passwords, replication=replicas_of(count))


@contextmanager
def announced(data: Path, broker: OwnBroker) -> Iterator[None]:
    """Let commands know for this block where a house's broker is, and whether it is locked."""
    address = data / ADDRESS_FILE
    locked = "" if broker.passwords is None else "\nlocked"
    address.write_text(f"{broker.node.bootstrap}{locked}\n", encoding="utf-8")
    try:
        yield
    finally:
        address.unlink(missing_ok=True)


def brokers_of(data: Path, environment: Mapping[str, str], *, asked: str = "") -> Brokers | None:
    """Return the broker that a command is for: the one asked for, the environment's, the house's.

    How one connects is the house's for its own broker, else the environment's. None when there is
    none. Raises ValidationError for an environment that cannot be used.
    """
    file = data / ADDRESS_FILE
    lines = file.read_text(encoding="utf-8").split() if file.exists() else []
    own = brokers_at(lines[0], passwords_in(data) if lines[1:] else None) if lines else None
    address = asked or environment.get("TONGXIN_KAFKA", "")
    if own is not None and address in {"", own.bootstrap}:
        return own
    return KafkaSettings(kafka=address).brokers if address else None
