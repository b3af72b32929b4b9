"""Where the bytes of files are kept: under the hash of their content, each once."""

import os
import re
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Final, Protocol

from services.kit.private_folder import private_folder

_NAME: Final = re.compile(r"[0-9a-f]{64}")


class FileStore(Protocol):
    """Keeps bytes. What it does takes time: call it beside the event loop."""

    def put(self, content: bytes) -> str:
        """Keep bytes, lasting when this returns; return their SHA-256, by which they are found.

        Raises OSError.
        """

    def remove(self, name: str, *, unused_since: datetime) -> None:
        """Let go of the bytes of a hash, unless somebody put them since an instant.

        Raises OSError.
        """

    def get(self, name: str) -> bytes | None:
        """Return the bytes of a hash; None where they are not, or not any more as they were.

        Raises OSError.
        """


class FolderFiles:
    """Keeps bytes in a folder for its owner alone."""

    def __init__(self, folder: Path) -> None:
        """Take the folder, which is made when the first file comes."""
        self._folder = folder

    def put(self, content: bytes) -> str:
        """Keep bytes: nobody sees a file that is not whole."""
        name = sha256(content).hexdigest()
        place = self._place(name)
        if self.get(name) is not None and _put_again(place):
            return name
        private_folder(self._folder)
        private_folder(place.parent)
        draft = place.with_name(f".{name}.{token_hex(8)}")
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as opened:
                opened.write(content)
                opened.flush()
                os.fsync(opened.fileno())
            draft.replace(place)
        finally:
            draft.unlink(missing_ok=True)
        for folder in (place.parent, self._folder):
            _settle(folder)
        return name

    def get(self, name: str) -> bytes | None:
        """Return the bytes of a hash."""
        try:
            content = self._place(name).read_bytes()
        except FileNotFoundError:
            return None
        return content if sha256(content).hexdigest() == name else None

    def remove(self, name: str, *, unused_since: datetime) -> None:
        """Let go of bytes: who puts them at the same moment has them."""
        place, since = self._place(name), unused_since.timestamp()
        aside = place.with_name(f".{name}.{token_hex(8)}")
        with suppress(FileNotFoundError):
            if place.stat().st_mtime >= since:
                return
            place.rename(aside)
            if aside.stat().st_mtime >= since:
                aside.replace(place)
            else:
                aside.unlink()

    def _place(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            msg = f"{name!r} is no SHA-256"
            raise ValueError(msg)
        return self._folder / name[:2] / name


def _put_again(place: Path) -> bool:
    """Note that bytes are wanted; return whether they are still there."""
    try:
        os.utime(place)
    except FileNotFoundError:
        return False
    return True


def _settle(folder: Path) -> None:
    """Let the names in a folder last."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
