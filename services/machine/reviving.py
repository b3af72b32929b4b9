"""What a house does when a part of it ends: starts it again, sooner or later, and says so."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from services.machine.children import Restarts
from services.machine.embedded import DataDirectoryBusy, NodeFailed, PostgresFailed


class Server(Protocol):
    """A broker or a database that is a child process of this one."""

    @property
    def log_file(self) -> Path:
        """What it had to say since its last start; the start before is in `.log.1` beside it."""

    def exited(self) -> int | None:
        """Return its exit status when it has ended."""

    def start_again(self) -> None:
        """Start what has ended; raises NodeFailed, PostgresFailed or DataDirectoryBusy."""


@dataclass(slots=True)
class OwnServer:
    """A server of the house, which is needed as long as the house runs."""

    name: str
    server: Server
    restarts: Restarts = field(default_factory=Restarts)
    _is_missing: bool = False

    def revive(self) -> str:
        """Start it if it has ended and its pause is over; returns what is new, in words."""
        if not self._is_missing and self.server.exited() is None:
            return ""
        is_known, log = self.restarts.is_waiting, self.server.log_file
        if not self.restarts.may_start():
            return "" if is_known else ended_again(self.name, self.restarts.pause, log=log)
        try:
            self.server.start_again()
        except (NodeFailed, PostgresFailed, DataDirectoryBusy) as failed:
            self._is_missing = True
            return f"{self.name} could not be started: {failed}"
        self._is_missing = False
        return "" if is_known else started_again(self.name, log=log.with_suffix(".log.1"))


def started_again(name: str, *, log: Path) -> str:
    """Say that a part ended and runs again."""
    return f"{name} ended and was started again; see {log}"


def ended_again(name: str, pause: float, *, log: Path, reason: str = "") -> str:
    """Say that a part ended soon after its start, why, and when it is tried again."""
    told = f" {reason.splitlines()[0]}" if reason else ""
    return f"{name} ended again and is started in {pause:.0f} s.{told} See {log}"
