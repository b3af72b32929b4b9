"""A locked broker without a house, and clients of it that are not ours, each with its own user."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer

from schemas.plan import Plan, load_plan
from services.kit.kafka.brokers import Brokers, Login, Security
from services.machine.embedded import Guard, KafkaNode, ensure_jars
from services.machine.embedded.guard import BROKER_USER, SCRAM_MODULE
from services.machine.own_broker import OwnBroker, announced, passwords_in
from tests.support.certificates import Authority
from tests.support.ports import server_ports
from tests.support.town import PLAN

PATIENCE_SECONDS: Final = 60.0


@dataclass(frozen=True)
class Locked:
    """A locked broker in a house's folder, with the topics, users and rights of a plan."""

    folder: Path
    own: OwnBroker
    authority: Authority
    tls: int
    mutual: int
    plan_file: Path = PLAN

    @cached_property
    def plan(self) -> Plan:
        return load_plan(self.plan_file, loopback=True)

    def password_file(self, user: str) -> Path:
        return passwords_in(self.folder).file(user)

    def as_(self, user: str) -> Brokers:
        """Return the broker as a client of ours knows it, that connects as a user."""
        login = Login(user=user, password_file=self.password_file(user))
        return Brokers(
            bootstrap=self.own.node.bootstrap, security=Security.SASL_PLAINTEXT, login=login
        )

    def foreign(self, user: str, **more: object) -> dict[str, Any]:
        """Return what librdkafka is told to connect as a user."""
        return foreign_options(
            self.own.node.bootstrap, user, self.password_file(user).read_text(), **more
        )


def foreign_options(address: str, user: str, password: str, **more: object) -> dict[str, Any]:
    """Return what librdkafka is told to connect as a user with a password."""
    return {
        "bootstrap.servers": address,
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": user,
        "sasl.password": password,
        "log_level": 0,
        **{name.replace("_", "."): value for name, value in more.items()},
    }


@contextmanager
def locked_broker(folder: Path) -> Iterator[Locked]:
    """Run a locked broker in a folder.

    It listens three times: in the clear, with TLS, and with TLS for who shows a certificate.
    """
    port, controller_port, tls, mutual = server_ports(4)
    passwords, authority = passwords_in(folder), Authority(folder)
    guard = Guard(
        password=passwords.made(BROKER_USER),
        listeners={"TLS": (tls, "SASL_SSL"), "MUTUAL": (mutual, "SSL")},
        properties=_tls(authority, folder),
    )
    node = KafkaNode(
        folder / "kafka",
        jars=ensure_jars(),
        port=port,
        controller_port=controller_port,
        guard=guard,
    )
    with node:
        own = OwnBroker(node=node, passwords=passwords, replication=1)
        own.lock(PLAN)
        with announced(folder, own):
            yield Locked(folder, own, authority, tls=tls, mutual=mutual)


def _tls(authority: Authority, folder: Path) -> dict[str, object]:
    """Return the properties of the two listeners with TLS: the broker is 127.0.0.1 alone."""
    certificate, key = authority.issue("broker", address="127.0.0.1")
    keys = folder / "keystore.pem"
    keys.write_bytes(key.read_bytes() + certificate.read_bytes())
    own = {"ssl.keystore.type": "PEM", "ssl.keystore.location": keys}
    of_tls = own | {
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "scram-sha-512.sasl.jaas.config": f"{SCRAM_MODULE} required;",
    }
    of_mutual = own | {
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": authority.file,
        "ssl.client.auth": "required",
        "ssl.principal.mapping.rules": "RULE:^CN=([^,]+).*$/$1/",
    }
    return {
        f"listener.name.{listener}.{name}": value
        for listener, values in (("tls", of_tls), ("mutual", of_mutual))
        for name, value in values.items()
    }


def why_refused(options: dict[str, Any]) -> str:
    """Return the name of the first error that a foreign client meets on its way to the broker."""
    told: list[str] = []
    producer = Producer(options | {"error_cb": lambda error: told.append(error.name())})
    for _ in range(int(PATIENCE_SECONDS)):
        producer.poll(1.0)
        if told:
            return told[0]
    return ""


def write(options: dict[str, Any], topic: str, value: bytes, *, key: str = "k") -> str:
    """Write a record as a foreign client; returns the name of the broker's refusal, or nothing."""
    told: list[KafkaError | None] = []
    producer = Producer(options | {"enable.idempotence": True, "message.timeout.ms": 60_000})
    try:
        producer.produce(topic, value, key, on_delivery=lambda error, _: told.append(error))
        producer.flush(PATIENCE_SECONDS)
    except KafkaException as refused:
        told.append(refused.args[0])
    assert told, "nobody answered"
    return "" if told[0] is None else told[0].name()


def read(
    options: dict[str, Any], topic: str, *, group: str, once: bool = False
) -> list[bytes | str]:
    """Return the first values that a foreign client reads in a group, or the refusal's name.

    With `once` it goes when it has its partitions, though nothing stands there.
    """
    joined: list[object] = []
    settings = {"group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False}
    consumer = Consumer(options | settings)
    try:
        consumer.subscribe([topic], on_assign=lambda _, given: joined.extend(given))
        for _ in range(int(PATIENCE_SECONDS)):
            found = consumer.consume(100, timeout=1.0)
            for error in filter(None, (record.error() for record in found)):
                return [error.name()]
            if once and joined:
                break
            if found:
                consumer.commit(asynchronous=False)
                return [record.value() or b"" for record in found]
    finally:
        consumer.close()
    return []
