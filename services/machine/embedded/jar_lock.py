"""Which jars the embedded broker is made of, each with its hash."""

import hashlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LOCK_FILE: Final = Path(__file__).with_name("kafka-jars.lock.toml")
KAFKA_VERSION: Final = "4.4.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Jar:
    """One locked file of the class path; `size` is in bytes, `sha256` in hex."""

    group: str
    artifact: str
    version: str
    size: int
    sha256: str

    @property
    def coordinate(self) -> str:
        """Maven's name for this jar: `group:artifact:version`."""
        return f"{self.group}:{self.artifact}:{self.version}"

    @property
    def file_name(self) -> str:
        """The jar's name in the cache."""
        return f"{self.artifact}-{self.version}.jar"


def locked_jars(lock_file: Path = LOCK_FILE) -> list[Jar]:
    """Return every jar of the lock file, in class path order."""
    with lock_file.open("rb") as file:
        return [Jar(**entry) for entry in tomllib.load(file)["jar"]]


def lock_text(jars: Sequence[Jar], *, header: str) -> str:
    """Return a lock file's text; the order of `jars` becomes the class path's."""
    entries = [
        f'[[jar]]\ngroup = "{jar.group}"\nartifact = "{jar.artifact}"\nversion = "{jar.version}"\n'
        f'size = {jar.size}\nsha256 = "{jar.sha256}"\n'
        for jar in jars
    ]
    return "\n".join([f"# {header}\n", *entries])


def sha256_of(path: Path) -> str:
    """Return the hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
