"""Child processes of one command: forked from a warm server, ended with their parent.

The fork server imports what the children need once, while the broker is still starting; each child
then starts in milliseconds (what a whole start takes: `python -m bench.city start`).
"""

import ctypes
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

_PR_SET_PDEATHSIG = 1
_ORPHAN_SECONDS = 5.0


def warm_context(modules: Sequence[str]) -> ForkServerContext:
    """Start importing `modules` in a fork server and return the context that forks from it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(modules))
    from multiprocessing.forkserver import ensure_running  # noqa: PLC0415 - only where it exists

    ensure_running()
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
    time.sleep(_ORPHAN_SECONDS)
    os._exit(1)


class TooManyRestarts(Exception):
    """Something ended again and again; its log says why."""


@dataclass(slots=True)
class Restarts:
    """When something was started again: no more than `most` times within a minute."""

    most: int = 5
    times: list[float] = field(default_factory=list)

    def count(self, name: str) -> None:
        """Take down that it ended, and is about to be started again. Raises TooManyRestarts."""
        now = time.monotonic()
        self.times = [at for at in self.times if at > now - 60] + [now]
        if len(self.times) > self.most:
            msg = f"{name} ended {len(self.times)} times within a minute"
            raise TooManyRestarts(msg)


@dataclass(slots=True)
class Child:
    """One child: how to start it, and the process it is now."""

    name: str
    target: Callable[..., None]
    args: tuple[Any, ...]
    restarts: Restarts
    process: ForkServerProcess | None = None


class Children:
    """A set of children that are started, watched, started again, and stopped together."""

    def __init__(self, context: ForkServerContext, *, most_restarts: int = 5) -> None:
        """Fork from `context`; give up on a child that ends `most_restarts` times in a minute."""
        self._context = context
        self._most = most_restarts
        self._children: dict[str, Child] = {}

    def start(self, name: str, target: Callable[..., None], *args: object) -> None:
        """Start a child that runs `target(*args)`."""
        child = Child(name, target, args, Restarts(self._most))
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
        """Start again what has ended, of all children or of those named; returns its names.

        Raises `TooManyRestarts` when one ended too often in the last minute.
        """
        names = [name for name in self.ended() if not among or name in among]
        for name in names:
            child = self._children[name]
            child.restarts.count(name)
            self._fork(child)
        return names

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
