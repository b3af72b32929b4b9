"""The service processes of a run: started, signalled, held down, and started again at their end."""

import contextlib
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerContext, ForkServerProcess
from threading import Lock

import psutil

Target = Callable[..., None]


@dataclass(slots=True)
class Member:
    """One process: what it runs, whether it is to run, and how it ended so far."""

    target: Target
    args: tuple[object, ...]
    process: ForkServerProcess
    wanted: bool = True
    exits: list[int] = field(default_factory=list)


class Crew:
    """Processes by name. What ends and is still wanted is started again by `revive`."""

    def __init__(self, context: ForkServerContext) -> None:
        self._context = context
        self._members: dict[str, Member] = {}
        # A forked process says once how it ended: of two threads that ask, one would read nothing.
        self._asking = Lock()

    def _code(self, process: ForkServerProcess) -> int | None:
        with self._asking:
            return process.exitcode

    def start(self, name: str, target: Target, *args: object) -> None:
        """Start a process that runs `target(*args)`."""
        self._members[name] = Member(target, args, self._fork(name, target, args))

    def _fork(self, name: str, target: Target, args: tuple[object, ...]) -> ForkServerProcess:
        process = self._context.Process(target=target, args=args, name=name)
        with self._asking:  # it looks for others that ended
            process.start()
        return process

    @property
    def names(self) -> list[str]:
        """Every process that was ever started."""
        return [*self._members]

    def pid(self, name: str) -> int | None:
        """Return the process id, None when it is not running."""
        process = self._members[name].process
        return process.pid if self._code(process) is None else None

    def exits(self, name: str) -> list[int]:
        """Return the exit codes of a process, in order; one that a signal ended is negative."""
        member = self._members[name]
        last = self._code(member.process)
        return member.exits if last is None else [*member.exits, last]

    def worked(self, name: str) -> float:
        """Return for how many seconds a process has had a core so far, 0 when it is not running."""
        pid = self.pid(name)
        with contextlib.suppress(psutil.NoSuchProcess):
            return sum(psutil.Process(pid).cpu_times()[:2]) if pid is not None else 0.0
        return 0.0

    def signal(self, name: str, number: signal.Signals) -> bool:
        """Send a signal; False when the process is not running."""
        pid = self.pid(name)
        if pid is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
            return True
        return False

    def hold(self, name: str) -> None:
        """Do not start it again when it ends."""
        self._members[name].wanted = False

    def wait(self, name: str, *, within: float | None) -> bool:
        """Wait for its end, None: for ever; tells whether it ended. Blocks: for a thread."""
        process = self._members[name].process
        wait([process.sentinel], within)
        return self._code(process) is not None

    def resume(self, name: str) -> None:
        """Want it again: the next `revive` starts it."""
        self._members[name].wanted = True

    def revive(self) -> list[str]:
        """Start again what has ended and is wanted; returns the names."""
        revived = []
        for name, member in self._members.items():
            code = self._code(member.process)
            if member.wanted and code is not None:
                member.exits.append(code)
                member.process = self._fork(name, member.target, member.args)
                revived.append(name)
        return revived

    def stop(self, *names: str, within: float) -> list[str]:
        """End these, or all, with SIGTERM, after `within` seconds with SIGKILL; who was killed."""
        chosen = names or tuple(self._members)
        for name in chosen:
            self.hold(name)
            self.signal(name, signal.SIGCONT)
            self.signal(name, signal.SIGTERM)
        killed = [name for name in chosen if not self.wait(name, within=within)]
        for name in killed:
            self.signal(name, signal.SIGKILL)
            self.wait(name, within=within)
        return killed
