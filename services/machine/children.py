"""Child processes of one command: forked from a warm server, ended with their parent.

The fork server imports what the children need once, while the broker is still starting; each child
then starts in milliseconds (what a whole start takes: `python -m bench.city start`).
"""

import ctypes
import math
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

from services.machine.bounds import FIRST_PAUSE, LASTING_SECONDS, LONGEST_PAUSE, ORPHAN_SECONDS

_PR_SET_PDEATHSIG = 1
_FIRST, _LAST = "services.machine.before_preloading", "services.machine.after_preloading"


def warm_context(modules: Sequence[str]) -> ForkServerContext:
    """Start importing `modules` in a fork server and return the context that forks from it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_FIRST, *modules, _LAST])
    from multiprocessing.forkserver import ensure_running  # noqa: PLC0415 - only where it exists

    # Ctrl-C goes to the server too, which would tell of it by a traceback of its imports.
    is_main = threading.current_thread() is threading.main_thread()
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN) if is_main else None
    try:
        ensure_running()
    finally:
        if is_main:
            signal.signal(signal.SIGINT, handler)
    return context


def become_child(log_file: Path | None) -> None:
    """Leave Ctrl-C to the parent, end with it, and write to `log_file` instead of the terminal."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
    if sys.platform == "linux":
        # The fork server's end, not the parent's, whom the thread watches.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if log_file is not None:
        log_file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)
        os.close(descriptor)


def _end_with_parent() -> None:
    """Wait for the parent's end, however it ends, and end this process too.

    The fork server would outlive a killed parent as long as one of its children lives.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
    # The broker may have gone with the parent: then there is nothing to drain to.
    time.sleep(ORPHAN_SECONDS)
    os._exit(1)


@dataclass(slots=True)
class Restarts:
    """When what has ended is started again: at once, then after pauses that grow (seconds).

    They double from one second to half a minute while it ends soon after each start; what ran for a
    minute is started at once again.
    """

    now: Callable[[], float] = time.monotonic
    pause: float = 0.0
    _started_at: float = -math.inf
    _due_at: float | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether an end was noticed and the next start is not due yet."""
        return self._due_at is not None

    def may_start(self) -> bool:
        """Tell whether what has ended may start now, in which case it does."""
        now = self.now()
        if self._due_at is None:
            ran = now - self._started_at
            self.pause = 0.0 if ran > LASTING_SECONDS else self._longer()
            self._due_at = now + self.pause
        if now < self._due_at:
            return False
        self._started_at, self._due_at = now, None
        return True

    def _longer(self) -> float:
        return min(max(FIRST_PAUSE, 2 * self.pause), LONGEST_PAUSE)


@dataclass(slots=True)
class Child:
    """One child: how to start it, and the process it is now."""

    name: str
    target: Callable[..., None]
    args: tuple[Any, ...]
    restarts: Restarts = field(default_factory=Restarts)
    process: ForkServerProcess | None = None


class Children:
    """A set of children that are started, watched, started again, and stopped together."""

    def __init__(self, context: ForkServerContext) -> None:
        """Fork from `context`."""
        self._context = context
        self._children: dict[str, Child] = {}

    def start(self, name: str, target: Callable[..., None], *args: object) -> None:
        """Start a child that runs `target(*args)`."""
        child = Child(name, target, args)
        self._children[name] = child
        self._fork(child)

    def _fork(self, child: Child) -> None:
        process = self._context.Process(target=child.target, args=child.args, name=child.name)
        process.start()
        child.process = process

    def pids(self) -> Mapping[str, int]:
        """Return the process id of each living child."""
        return {
            name: child.process.pid
            for name, child in self._children.items()
            if child.process is not None and child.process.pid is not None
        }

    def ended(self) -> dict[str, int]:
        """Return the exit code of each child that is not running."""
        return {
            name: child.process.exitcode
            for name, child in self._children.items()
            if child.process is not None and child.process.exitcode is not None
        }

    def restart_ended(self, *among: str) -> list[str]:
        """Start again at once what has ended, of all or of those named; returns its names."""
        names = [name for name in self.ended() if not among or name in among]
        for name in names:
            self._fork(self._children[name])
        return names

    def revive(self, *among: str) -> list[str]:
        """Start again what has ended of those named, if its pause is over; returns its names."""
        ended = self.ended().keys() & set(among)
        due = [name for name in ended if self._children[name].restarts.may_start()]
        return self.restart_ended(*due) if due else []

    def waiting(self) -> set[str]:
        """Return who has ended and waits for the next start."""
        return {name for name, child in self._children.items() if child.restarts.is_waiting}

    def pause_of(self, name: str) -> float:
        """Return how long a child that has ended waits in all (seconds) until it is started."""
        return self._children[name].restarts.pause

    def stop(self, *names: str, within: float = 10.0) -> list[str]:
        """End children with SIGTERM, after `within` seconds with SIGKILL; returns those killed."""
        chosen = [self._children[name] for name in names or self._children]
        running = [c.process for c in chosen if c.process is not None and c.process.is_alive()]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + within
        killed = []
        for process in running:
            process.join(max(0.0, deadline - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join()
                killed.append(process.name)
        return killed
