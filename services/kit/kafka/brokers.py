"""Where the brokers are, and how their clients connect: guarded or not, and as whom."""

import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias

from aiokafka.errors import KafkaError
from typing_extensions import override

from services.kit.kafka.patches.connections import expect_broken_transports


class Security(StrEnum):
    """How a connection is guarded, in Kafka's own words: by TLS, and by asking who it is (SASL)."""

    PLAINTEXT = "PLAINTEXT"
    SSL = "SSL"
    SASL_PLAINTEXT = "SASL_PLAINTEXT"
    SASL_SSL = "SASL_SSL"

    @property
    def has_tls(self) -> bool:
        """Whether what is said is encrypted, and the broker shows who it is."""
        return self in {Security.SSL, Security.SASL_SSL}

    @property
    def asks_who(self) -> bool:
        """Whether the broker asks for a user and a password."""
        return self in {Security.SASL_PLAINTEXT, Security.SASL_SSL}


class Mechanism(StrEnum):
    """How a user proves the password; PLAIN hands it over, the others do not."""

    SCRAM_SHA_512 = "SCRAM-SHA-512"
    SCRAM_SHA_256 = "SCRAM-SHA-256"
    PLAIN = "PLAIN"


class PasswordUnreadable(KafkaError):  # type: ignore[misc] # aiokafka has no types
    """The file with the password cannot be read, or is empty; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Who connects. A file with the password is read anew for each connection.

    So a new password takes hold without a restart, and without a connection that is cut.
    """

    user: str
    password: str = field(default="", repr=False)
    password_file: Path | None = None
    mechanism: Mechanism = Mechanism.SCRAM_SHA_512

    def secret(self) -> str:
        """Return the password as it is now. Raises `PasswordUnreadable`."""
        if self.password_file is None:
            return self.password
        try:
            found = self.password_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not UTF-8"
            raise PasswordUnreadable(self._told(why)) from error
        if not found:
            raise PasswordUnreadable(self._told("it is empty"))
        return found

    def _told(self, why: str) -> str:
        return f"the password of {self.user!r} cannot be read from {self.password_file}: {why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Brokers:
    """Brokers at `bootstrap`, host:port[,host:port...], and what they ask of a connection.

    `ca_file` holds the authorities that a broker's certificate may be of, in PEM; without one those
    of the system count. `certificate_file` and `key_file` are shown by a client that a broker asks
    for a certificate.
    """

    bootstrap: str
    security: Security = Security.PLAINTEXT
    login: Login | None = None
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None

    @override
    def __str__(self) -> str:
        return self.bootstrap

    def tls(self) -> ssl.SSLContext | None:
        """Return how TLS is spoken, from version 1.2 on; None without. Raises OSError.

        A broker's certificate must be of an authority that is trusted, and name its host.
        """
        if not self.security.has_tls:
            return None
        context = ssl.create_default_context(cafile=self.ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.certificate_file is not None:
            context.load_cert_chain(self.certificate_file, self.key_file)
        return context


Kafka: TypeAlias = Brokers | str
"""Brokers, or the address alone of those that everybody may connect to."""


def client_options(kafka: Kafka) -> dict[str, Any]:
    """Return what each client of aiokafka is told of where and how it connects.

    From then on refusals in this process are told with their reason.
    """
    expect_broken_transports()
    if isinstance(kafka, str):
        return {"bootstrap_servers": kafka}
    options: dict[str, Any] = {
        "bootstrap_servers": kafka.bootstrap,
        "security_protocol": kafka.security.value,
        "ssl_context": kafka.tls(),
    }
    if kafka.login is not None:
        options |= {
            "sasl_mechanism": kafka.login.mechanism.value,
            "sasl_plain_username": kafka.login.user,
            "sasl_plain_password": kafka.login,
        }
    return options
