"""What a backup says of itself: where it comes from, and by what each of its files is checked."""

import hashlib
from pathlib import Path
from typing import Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from services.commands.backups.kept_files import Kept
from services.commands.bounds import BLOCK_BYTES

FILE: Final = "manifest.json"
_FORMAT: Final = 1


class BackupRefused(Exception):
    """A backup cannot be made or put back like this; the message says why, and what to do."""


class Copied(BaseModel):
    """One database's file, `size` in bytes, and the revision of the tables in it."""

    model_config = ConfigDict(frozen=True, strict=True)

    file: str
    size: int
    sha256: str
    revision: str


class Manifest(BaseModel):
    """What a backup holds.

    `groups` are the consumer groups' offsets by `topic/partition` when it was made; None when the
    broker could not be asked. They are told, not put back: a service knows by itself where it is.
    """

    model_config = ConfigDict(frozen=True)

    format: int = _FORMAT
    tongxin: str
    made_at: AwareDatetime
    engine: Literal["sqlite", "postgresql"]
    cluster_id: str | None
    databases: dict[str, Copied]
    files: Kept | None = None
    groups: dict[str, dict[str, int]] | None = None


def written(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, which makes a folder of copies a backup."""
    (folder / FILE).write_text(manifest.model_dump_json(indent=2) + "\n")


def read(folder: Path) -> Manifest:
    """Return the manifest of a backup whose files are all as they were made.

    Raises BackupRefused.
    """
    try:
        manifest = Manifest.model_validate_json((folder / FILE).read_bytes(), strict=False)
    except OSError as missing:
        raise BackupRefused(f"{folder} is no backup: it has no readable {FILE}.") from missing
    except ValidationError as wrong:
        (first, *_) = wrong.errors()
        where = ".".join(map(str, first["loc"]))
        raise BackupRefused(f"{folder / FILE}: {where}: {first['msg']}.") from wrong
    if manifest.format != _FORMAT:
        raise BackupRefused(
            f"{folder} has format {manifest.format}, this release knows {_FORMAT}: use"
            f" tongxin {manifest.tongxin}, which made it."
        )
    for copied in manifest.databases.values():
        _check(folder / copied.file, copied)
    return manifest


def _check(file: Path, copied: Copied) -> None:
    try:
        found = digest(file)
    except OSError as missing:
        raise BackupRefused(f"{file} cannot be read: {missing.strerror}.") from missing
    if found != copied.sha256:
        raise BackupRefused(f"{file} is damaged: its SHA-256 is not the manifest's.")


def digest(file: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    found = hashlib.sha256()
    with file.open("rb") as blocks:
        while block := blocks.read(BLOCK_BYTES):
            found.update(block)
    return found.hexdigest()
