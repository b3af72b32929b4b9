"""What an embedded broker asks of whoever connects: a password, and the right to what it wants.

Users of ours prove their password by SCRAM; the broker itself, and whoever makes the first users,
is one user whose password stands in its configuration. Its controller asks too: whoever speaks to
that one without being asked may do everything.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

BROKER_USER: Final = "broker"
"""Who may do everything: the broker itself."""

_PLAIN: Final = "org.apache.kafka.common.security.plain.PlainLoginModule"
SCRAM_MODULE: Final = "org.apache.kafka.common.security.scram.ScramLoginModule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """The password of the broker's own user, and further properties, of a listener with TLS say.

    `listeners` are further ones, each with its name, port and protocol.
    """

    password: str = field(repr=False)
    listeners: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    properties: Mapping[str, object] = field(default_factory=dict)

    def values(self) -> dict[str, object]:
        """Return what the broker's configuration says of it."""
        own = (
            f'{_PLAIN} required username="{BROKER_USER}" password="{self.password}" '
            f'user_{BROKER_USER}="{self.password}";'
        )
        return {
            "sasl.mechanism.inter.broker.protocol": "PLAIN",
            "sasl.mechanism.controller.protocol": "PLAIN",
            "listener.name.clients.sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
            "listener.name.clients.plain.sasl.jaas.config": own,
            "listener.name.clients.scram-sha-512.sasl.jaas.config": f"{SCRAM_MODULE} required;",
            "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
            "listener.name.controller.plain.sasl.jaas.config": own,
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "allow.everyone.if.no.acl.found": "false",
            "super.users": f"User:{BROKER_USER}",
            **self.properties,
        }
