"""A Chromium that needs no root: the one that is named, the machine's, or npm's, unpacked."""

import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.support.cached import cached
from tests.support.node import LOCKED, NODE, node_modules

VARIABLE: Final = "TONGXIN_CHROMIUM"

_NAMES: Final = (
    "chromium-headless-shell",  # half the work of a whole one
    "chromium",
    "google-chrome",
    "google-chrome-stable",
)
_ADVICE: Final = (
    "There is no Chromium to look at pages with, and npm has one for Linux on x86-64 alone. "
    f"Install it (`apt install chromium`), or let {VARIABLE} name the program."
)
_LIBRARIES: Final = ("al2023", "swiftshader")


class ChromiumMissing(Exception):
    """There is none, and none can be fetched; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Chromium:
    """A program, and what its environment needs beyond ours."""

    program: Path
    environment: dict[str, str] = field(default_factory=dict)


def chromium() -> Chromium:
    """Return a browser, unpacking npm's where there is no other. Raises ChromiumMissing."""
    if named := os.environ.get(VARIABLE):
        if shutil.which(named) is None:
            raise ChromiumMissing(f"{VARIABLE} names no program: {named}")
        return Chromium(Path(named))
    if installed := next(filter(None, map(shutil.which, _NAMES)), None):
        return Chromium(Path(installed))
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise ChromiumMissing(_ADVICE)
    package = node_modules() / "@sparticuz" / "chromium"
    version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    folder = cached(f"chromium-{version}", lambda to: _unpack(package / "bin", to))
    return Chromium(folder / "chromium", {"LD_LIBRARY_PATH": str(folder / "lib")})


def _unpack(packed: Path, folder: Path) -> None:
    """Put the browser into a folder, and the libraries that a bare machine lacks beside it."""
    program = folder / "chromium"
    _unpack_one(packed / "chromium.br", program)
    program.chmod(0o755)
    for name in _LIBRARIES:
        archive = folder / f"{name}.tar"
        _unpack_one(packed / f"{name}.tar.br", archive)
        with tarfile.open(archive) as found:
            found.extractall(folder, filter="data")
        archive.unlink()


def _unpack_one(packed: Path, to: Path) -> None:
    command = [str(NODE), str(LOCKED / "unpack.cjs"), str(packed), str(to)]
    subprocess.run(command, stdin=subprocess.DEVNULL, check=True)
