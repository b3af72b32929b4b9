"""Folders that nobody but their owner may look into: reporters' numbers are in the databases."""

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
