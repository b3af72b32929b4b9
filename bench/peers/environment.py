"""An environment of its own for each peer, with exactly the versions it pins."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]


class NoEnvironment(Exception):
    """The peer's packages could not be installed; the message is pip's."""


def python_of(peer: str) -> Path:
    """Return the interpreter of a peer's environment, making it when its pins have changed.

    Raises `NoEnvironment`.
    """
    pins = FOLDER / peer / "requirements.txt"
    venv = FOLDER / peer / ".venv"
    stamp, python = venv / "pins.txt", venv / "bin" / "python"
    if not stamp.exists() or stamp.read_bytes() != pins.read_bytes():
        print(f"{peer}: making its environment", file=sys.stderr, flush=True)
        _run([sys.executable, "-m", "venv", "--clear", str(venv)])
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run([*pip, "--no-deps", "-r", str(pins)])
        _run([str(python), "-m", "pip", "--disable-pip-version-check", "check"])
        stamp.write_bytes(pins.read_bytes())
    return python


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(  # noqa: S603 - our own interpreters
        command, capture_output=True, text=True, check=False, cwd=ROOT
    )
    if done.returncode:
        raise NoEnvironment(f"{' '.join(command[-3:])}: {done.stdout}{done.stderr}")
