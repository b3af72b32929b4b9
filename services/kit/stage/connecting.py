"""How FastStream's broker connects: as every other client of ours does."""

from typing import Any, Final

from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from services.kit.kafka.brokers import Brokers, Mechanism
from services.kit.kafka.patches.connections import expect_broken_transports

_MADE: Final = {
    Mechanism.SCRAM_SHA_512: SASLScram512,
    Mechanism.SCRAM_SHA_256: SASLScram256,
    Mechanism.PLAIN: SASLPlaintext,
}


def faststream_options(kafka: Brokers) -> dict[str, Any]:
    """Return what FastStream's broker is told of where and how it connects. Raises OSError."""
    expect_broken_transports()
    return {"bootstrap_servers": kafka.bootstrap.split(","), "security": _security(kafka)}


def _security(kafka: Brokers) -> BaseSecurity | None:
    tls: dict[str, Any] = {"ssl_context": kafka.tls(), "use_ssl": kafka.security.has_tls}
    if kafka.login is not None:
        # It hands on what it is given, and the connection asks it for the password.
        password: Any = kafka.login
        return _MADE[kafka.login.mechanism](username=kafka.login.user, password=password, **tls)
    return BaseSecurity(**tls) if kafka.security.has_tls else None
