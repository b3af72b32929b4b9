"""Care for the embedded broker: `python -m services.machine.embedded fetch | warm | lock`."""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from services.machine.embedded.archive import build_archive
from services.machine.embedded.jar_lock import KAFKA_VERSION, LOCK_FILE, lock_text
from services.machine.embedded.jars import JarsUnavailable, default_cache_dir, ensure_jars
from services.machine.embedded.maven import resolve
from services.machine.embedded.properties import archive_options

_ROOTS: Final = (f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}", "org.slf4j:slf4j-simple:1.7.36")
HEADER: Final = f"Written by `make lock-jars`. Roots: {', '.join(_ROOTS)}."


def main(arguments: Sequence[str]) -> int:
    """Run one command; return the process's exit status."""
    console = Console(stderr=True)
    match list(arguments):
        case ["fetch"]:
            return _fetch(console)
        case ["warm"]:
            jars = ensure_jars(progress=console)
            if not archive_options(jars):
                build_archive(default_cache_dir(), jars=jars)
            return 0
        case ["lock"]:
            with tempfile.TemporaryDirectory() as folder:
                locked = resolve(_ROOTS, into=Path(folder))
                LOCK_FILE.write_text(lock_text(locked, header=HEADER))
            return 0
        case _:
            console.print(__doc__)
            return 2


def _fetch(console: Console) -> int:
    try:
        ensure_jars(progress=console)
    except JarsUnavailable as unavailable:
        console.print(str(unavailable), markup=False, highlight=False, soft_wrap=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
