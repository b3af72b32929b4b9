"""Processes that outlive, or must not outlive, the one that started them."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil


def killed_owner(script: str, folder: Path) -> int:
    """Run a script that starts a server in `folder`, prints its process id, and kills itself."""
    ending = "\nimport os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"
    done = subprocess.run(
        [sys.executable, "-c", script + ending, str(folder)], check=False, stdout=subprocess.PIPE
    )
    assert done.returncode == -signal.SIGKILL
    return int(done.stdout)


def is_gone(pid: int, *, seconds: float = 120) -> bool:
    """Tell whether a process has ended, waiting for it."""
    deadline = time.monotonic() + seconds
    while psutil.pid_exists(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not psutil.pid_exists(pid)
