"""Folders and files that nobody but their owner may look into: of reporters' numbers, of keys."""

import os
import stat
from pathlib import Path
from typing import Final

PRIVATE: Final = 0o700
OTHERS_NOTHING: Final = 0o077
"""The umask of a process whose files are nobody else's business."""


def private_folder(folder: Path) -> Path:
    """Make a folder for its owner alone, or take from everybody else what an existing one gave.

    Raises OSError, with the reason, also for a folder of another user that is open to others.
    """
    folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & OTHERS_NOTHING:
        folder.chmod(mode & ~OTHERS_NOTHING)
    return folder


def write_private(file: Path, text: str) -> None:
    """Write a file, on disk when this returns, that nobody but its owner reads from the first byte.

    What was there under that name is gone. Raises OSError.
    """
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
