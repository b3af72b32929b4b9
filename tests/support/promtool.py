"""Prometheus' `promtool`, which proves the alerts: the machine's own, or Debian's, unpacked.

`python -m tests.support.promtool` brings it into the per-user cache, without root. apt checks what
it fetches against the keys that the machine trusts.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from services.machine.embedded import default_cache_dir

_PACKAGE: Final = "prometheus"
_ADVICE: Final = (
    "promtool, which proves the alerts, is neither on the PATH nor to be had by apt-get. Install "
    "Prometheus (`apt install prometheus`, `brew install prometheus`), or put the `promtool` of a "
    "release of Prometheus on the PATH."
)


class PromtoolMissing(Exception):
    """There is none, and none can be fetched; the message says what to do."""


def promtool() -> Path:
    """Return the program, fetching it if it is not there. Raises PromtoolMissing."""
    if installed := shutil.which("promtool"):
        return Path(installed)
    cached = default_cache_dir().parent / "promtool" / "promtool"
    if not cached.exists():
        _fetch(cached)
    return cached


def _fetch(to: Path) -> None:
    """Unpack the program from Debian's package, with lists of packages of its own."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise PromtoolMissing(_ADVICE)
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fetching-", dir=to.parent) as name:
        folder = Path(name)
        options = _private(folder)
        _run(folder, "apt-get", *options, "--quiet", "update")
        _run(folder, "apt-get", *options, "--quiet", "download", _PACKAGE)
        (package,) = folder.glob(f"{_PACKAGE}_*.deb")
        _run(folder, "dpkg-deb", "--extract", str(package), "unpacked")
        # Several processes may fetch at once: each puts a whole program there.
        (folder / "unpacked/usr/bin/promtool").replace(to)


def _private(folder: Path) -> list[str]:
    """Return the options by which apt-get writes below a folder only."""
    for needed in ("lists/partial", "cache/archives/partial"):
        (folder / needed).mkdir(parents=True)
    settings = {
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "APT::Sandbox::User": "",
        "Debug::NoLocking": "1",
    }
    return [f"-o{name}={value}" for name, value in settings.items()]


def _run(folder: Path, *command: str) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise PromtoolMissing(f"{_ADVICE}\n{' '.join(command)} said:\n{done.stdout}")


def main() -> str | None:
    """Bring the program; return what to do when it cannot be had."""
    try:
        promtool()
    except PromtoolMissing as missing:
        return str(missing)
    return None


if __name__ == "__main__":
    sys.exit(main())
