"""The photos and papers of a house in its backup: each file under the hash of its content."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from services.desk.store.files import FolderFiles

FOLDER: Final = "files"


class Kept(BaseModel):
    """How many files a backup has, and their bytes."""

    model_config = ConfigDict(frozen=True, strict=True)

    count: int
    size: int


def copied_out(folder: Path, backup: Path) -> Kept:
    """Copy the files of a folder into a backup; one that is damaged is left out.

    Raises OSError.
    """
    return _copied(folder, backup / FOLDER)


def put_back(backup: Path, folder: Path) -> Kept:
    """Copy a backup's files into a folder, beside what is there. Raises OSError."""
    return _copied(backup / FOLDER, folder)


def _copied(from_: Path, to: Path) -> Kept:
    there, into = FolderFiles(from_), FolderFiles(to)
    count = size = 0
    for name in _names(from_):
        content = there.get(name)
        if content is not None:
            into.put(content)
            count, size = count + 1, size + len(content)
    return Kept(count=count, size=size)


def _names(folder: Path) -> Iterator[str]:
    for file in sorted(folder.glob("??/*")):
        if not file.name.startswith("."):
            yield file.name
