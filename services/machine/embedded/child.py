"""A server as a child process that never outlives its owner, and its log file."""

import contextlib
import os
import signal
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from services.machine.bounds import LOG_TAIL_LINES, NOTICED_SECONDS
from services.machine.embedded import guardian


class Startable(ABC):
    """A server that is started and stopped, also by `with`."""

    @abstractmethod
    def start(self) -> None:
        """Return when it serves."""

    @abstractmethod
    def stop(self) -> None:
        """End it and wait for that. Idempotent."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class GuardedChild:
    """A command run under a guardian; its pid file and its log stand in `folder`.

    `stop_with` asks it to end, SIGKILL follows after `stop_limit`. The log of the start before
    is kept as `<name>.log.1`.
    """

    def __init__(
        self, folder: Path, *, name: str, stop_with: signal.Signals, stop_limit: timedelta
    ) -> None:
        """Remember where and how; nothing runs yet."""
        self._pid_file = folder / f"{name}.pid"
        self.log_file = folder / f"{name}.log"
        self._stop_with = stop_with
        self._stop_limit = stop_limit
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The command's process id while it lives."""
        with contextlib.suppress(OSError, ValueError):
            return int(self._pid_file.read_text())
        return None

    def is_running(self) -> bool:
        """Tell whether it was started and has not ended; one just killed is waited for briefly."""
        if self._process is None:
            return False
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(NOTICED_SECONDS)
        return self._process.poll() is None

    def spawn(self, command: Sequence[str], *, environment: Mapping[str, str]) -> None:
        """Run the command."""
        self._pid_file.unlink(missing_ok=True)  # else it would be taken for this command's
        with contextlib.suppress(FileNotFoundError):
            self.log_file.replace(self.log_file.with_suffix(".log.1"))
        guarded = guardian.guarded(
            command,
            pid_file=self._pid_file,
            stop=self._stop_with,
            within=self._stop_limit.total_seconds(),
        )
        with self.log_file.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and script
                guarded,
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the terminal is for the owner to handle
            )

    def exited(self) -> int | None:
        """Return the exit status of a started command that has ended, else None."""
        return None if self._process is None else self._process.poll()

    def stop(self) -> None:
        """End it and wait for it. Idempotent."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()  # tells the guardian
        try:
            process.wait(self._stop_limit.total_seconds() + 5)
        except subprocess.TimeoutExpired:  # the guardian itself is stuck
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def log_tail(self) -> str:
        """Return the last lines of the log, headed by where they are from."""
        lines = self.log_file.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
        return "\n".join([f"The end of {self.log_file}:", *lines])
