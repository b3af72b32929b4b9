"""The folder of a house: for its owner's eyes, and for one `tongxin` at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from services.kit.private_folder import private_folder
from services.machine.embedded import DataDirectoryBusy

_LOCK: Final = "house.lock"
ADDRESS_FILE: Final = Path("kafka") / "address"
"""Where in the folder a house that runs says at which address its broker is."""


@contextmanager
def occupied(data: Path) -> Iterator[None]:
    """Keep a house's folder for this block; raises `DataDirectoryBusy` when somebody else has it.

    Only its owner may look into it. The lock goes with its process, however that ends.
    """
    private_folder(data)
    lock = FileLock(data / _LOCK)
    try:
        lock.acquire(blocking=False)
    except Timeout as held:
        msg = f"Another `tongxin` works with the data in {data}; stop that one first."
        raise DataDirectoryBusy(msg) from held
    try:
        yield
    finally:
        lock.release()
