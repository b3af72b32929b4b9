"""Connections to the broker: those that break at the moment of a request, and those it refuses.

uvloop answers a write to a transport that was just closed with a RuntimeError, where asyncio's own
loop says nothing. aiokafka (0.14) expects OSError only, so the error ends whatever task was
sending, for good and unseen: the one that learns of new leaders, the one that commits offsets, the
heartbeat (aiokafka issue 1038).

A client that gets no connection is told "Unable to bootstrap" whatever the reason was, which
aiokafka logs and drops: a wrong password, a certificate nobody knows. Here the error has it. And a
password is read when a connection asks for it, not once for all.
"""

from contextvars import ContextVar
from typing import Any, Final, Protocol, runtime_checkable

from aiokafka import conn
from aiokafka.client import AIOKafkaClient
from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError, KafkaError
from typing_extensions import override

_FAULTS: Final[ContextVar[list[BaseException] | None]] = ContextVar("faults", default=None)
_OPEN: Final = "PLAINTEXT"


class BrokerRefused(KafkaError):  # type: ignore[misc] # aiokafka has no types
    """The broker does not take a user, or has no such way of proving who one is."""


@runtime_checkable
class Secret(Protocol):
    """What knows a password."""

    def secret(self) -> str:
        """Return it as it is now. Raises KafkaError."""


class Connection(AIOKafkaConnection):  # type: ignore[misc] # aiokafka has no types
    """A connection that is lost when its transport is, not when its reader notices."""

    _sasl_plain_password: Any

    @override
    def send(self, request: Any, expect_response: bool = True) -> Any:
        """Send a request; raises KafkaConnectionError when the connection is closed or closing."""
        if self._writer is not None and self._writer.is_closing():
            self.close(reason=CloseReason.CONNECTION_BROKEN)
        return super().send(request, expect_response)

    @override
    async def connect(self) -> Any:
        """Connect, and note why not for whoever gets no connection."""
        try:
            return await super().connect()
        except (OSError, KafkaError) as fault:
            if (faults := _FAULTS.get()) is not None:
                faults.append(fault)
            raise

    @override
    async def _do_sasl_handshake(self) -> None:
        """Say who this is. Raises `BrokerRefused` with the broker's reason."""
        given = self._sasl_plain_password
        if isinstance(given, Secret):
            self._sasl_plain_password = given.secret()
        try:
            await super()._do_sasl_handshake()
        except (KafkaConnectionError, TimeoutError):
            raise
        # aiokafka raises ValueError for a server that does not know the password itself.
        except (KafkaError, ValueError) as refused:
            msg = f"the broker refused user {self._sasl_plain_username!r}: {_words(refused)}"
            raise BrokerRefused(msg) from refused


async def _bootstrap(client: AIOKafkaClient) -> None:
    """Connect to a first broker. Raises KafkaConnectionError with the reason."""
    faults: list[BaseException] = []
    noting = _FAULTS.set(faults)
    try:
        await _AIOKAFKAS(client)
    except KafkaConnectionError as error:
        where = ", ".join(f"{host}:{port}" for host, port, _ in client.hosts)
        raise KafkaConnectionError(f"{where}: {_reason(client, faults)}") from error
    finally:
        _FAULTS.reset(noting)


_AIOKAFKAS: Final = AIOKafkaClient.bootstrap


def _reason(client: AIOKafkaClient, faults: list[BaseException]) -> str:
    told = dict.fromkeys(map(_words, faults))
    was_heard = not all(isinstance(fault, OSError) for fault in faults)
    if client._security_protocol == _OPEN and (not faults or was_heard):  # noqa: SLF001 - no public way (0.14)
        hint = "it takes connections, and ends them: does it ask for TLS, or who is calling?"
        return f"{hint} (TONGXIN_KAFKA_SECURITY)"
    return "; ".join(told) or "no broker answers"


def _words(fault: BaseException) -> str:
    """Return what an error says, without the name of its class."""
    if isinstance(fault, KafkaError) and fault.args:
        return " ".join(map(str, fault.args))
    return str(fault) or type(fault).__name__


def expect_broken_transports() -> None:
    """Let every connection that aiokafka opens from now on in this process be a `Connection`."""
    conn.AIOKafkaConnection = Connection
    AIOKafkaClient.bootstrap = _bootstrap
