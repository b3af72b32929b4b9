"""Where a house keeps the photos and papers of its cases."""

import os
from pathlib import Path
from typing import Final

FILES: Final = "TONGXIN_DESK_FILES"


def files_folder(data: Path) -> Path:
    """Return the folder of files of a house; the caller's environment may name another."""
    named = os.environ.get(FILES, "")
    return Path(named).resolve() if named else data.resolve() / "files"
