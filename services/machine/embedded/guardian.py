"""Runs one child that must not outlive the process that started this one.

Run as a script: `guardian.py PID_FILE STOP_SIGNAL STOP_SECONDS COMMAND...`. Standard input is a
pipe from the owner; when it ends, because the owner closed it or died in whatever way, the child
gets STOP_SIGNAL (such as SIGTERM), and SIGKILL after STOP_SECONDS. PID_FILE holds the child's pid
while it lives. The exit status is the child's (128 + signal when a signal ended it).

A pipe and not PR_SET_PDEATHSIG: that fires when the *thread* that forked ends, and only on Linux.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_POLL_SECONDS: Final = 0.1


def guarded(
    command: Sequence[str], *, pid_file: Path, stop: signal.Signals, within: float
) -> list[str]:
    """Return the command that runs `command` under a guardian; `within` is in seconds."""
    # -I -S: no site-packages, so the guardian is up in a few milliseconds.
    own = (sys.executable, "-I", "-S", __file__)
    return [*own, str(pid_file), stop.name, str(within), *command]


def main(arguments: Sequence[str]) -> int:
    """Run the command until it ends or the owner does; return its exit status."""
    pid_file, stop_signal, stop_seconds, *command = arguments
    # The pipe alone decides. A handler and not SIG_IGN, which the child would inherit.
    for stray in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(stray, lambda _number, _frame: None)
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - the node's own
    Path(pid_file).write_text(str(child.pid))
    try:
        while child.poll() is None:
            if _owner_is_gone():
                _end(child, signal.Signals[stop_signal], within=float(stop_seconds))
        return child.returncode if child.returncode >= 0 else 128 - child.returncode
    finally:
        with contextlib.suppress(OSError):
            Path(pid_file).unlink()


def _owner_is_gone() -> bool:
    readable, _, _ = select.select([sys.stdin], [], [], _POLL_SECONDS)
    return bool(readable) and os.read(sys.stdin.fileno(), 1) == b""


def _end(child: subprocess.Popen[bytes], asked: signal.Signals, *, within: float) -> None:
    child.send_signal(asked)
    try:
        child.wait(within)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
