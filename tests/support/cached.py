"""What tests need and the package installer does not bring: made once, in the user's cache."""

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path

from services.machine.embedded.jars import default_cache_dir


def cached(name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder of the user's cache; `make` fills it where it is not there yet.

    Of several processes one makes it. It is there whole or not at all: what `make` left when it
    raised is thrown away.
    """
    folder = default_cache_dir().parent / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            half_done = folder.with_name(f"{name}.new")
            shutil.rmtree(half_done, ignore_errors=True)
            half_done.mkdir()
            make(half_done)
            half_done.rename(folder)
    return folder
