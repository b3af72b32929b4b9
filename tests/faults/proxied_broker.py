"""A broker with one more listener per service, each advertised as a proxy in front of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from typing_extensions import override

from services.machine.embedded import KafkaNode


class ProxiedBroker(KafkaNode):
    """A node that tells whoever came through a service's proxy to come back through it.

    `doors` are, by service, the port the node listens at and the one of the proxy before it.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        jars: Sequence[Path],
        port: int,
        doors: Mapping[str, tuple[int, int]],
    ) -> None:
        super().__init__(data_dir, jars=jars, port=port)
        self._doors = doors

    @override
    def _write_config(self, *, port: int, controller_port: int) -> Path:
        config = super()._write_config(port=port, controller_port=controller_port)
        listeners, advertised, protocols = "", "", ""
        for service, (own, proxy) in self._doors.items():
            listeners += f",{service.upper()}://127.0.0.1:{own}"
            advertised += f",{service.upper()}://127.0.0.1:{proxy}"
            protocols += f",{service.upper()}:PLAINTEXT"
        more = {
            "listeners=": listeners,
            "advertised.listeners=": advertised,
            "listener.security.protocol.map=": protocols,
        }
        lines = config.read_text().splitlines()
        config.write_text("".join(line + _ending(line, more) + "\n" for line in lines))
        return config


def _ending(line: str, more: Mapping[str, str]) -> str:
    return next((end for start, end in more.items() if line.startswith(start)), "")
