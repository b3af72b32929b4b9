"""Master keys in a file for its owner alone: the last one seals, those above it still open.

A line is an id, a blank, and 32 bytes in base64; what begins with `#` is a remark. Whoever has the
file and the database reads what is sealed; one of them alone says nothing.
"""

import base64
import binascii
import hmac
import os
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.kit.private_folder import PRIVATE, write_private
from services.kit.sealing.bounds import KEY_BYTES, MARK_BYTES

_ID: Final = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_REMARK: Final = (
    "# Tongxin's master keys of how reporters can be reached. The last line seals, those above it\n"
    "# only open. Keep a copy where neither the databases nor their backups are.\n"
)


class WrongKeys(ValueError):
    """A file holds no master keys that can be used; the message names the line and the reason."""


class KeyMissing(LookupError):
    """What is sealed needs a master key that the file has not; `args` hold its id."""


@dataclass(frozen=True)
class Ring:
    """Master keys by id, in the order of the file; the last one seals."""

    keys: dict[str, bytes]

    @cached_property
    def current(self) -> str:
        """The id of the key that seals."""
        return next(reversed(self.keys))

    @cached_property
    def _ciphers(self) -> dict[str, AESGCM]:
        return {name: AESGCM(key) for name, key in self.keys.items()}

    @cached_property
    def _mark_keys(self) -> dict[str, bytes]:
        return {
            name: hmac.digest(key, b"tongxin marks", "sha256") for name, key in self.keys.items()
        }

    def cipher(self, key_id: str) -> AESGCM:
        """Return the cipher of a key. Raises KeyMissing."""
        found = self._ciphers.get(key_id)
        if found is None:
            raise KeyMissing(key_id)
        return found

    def mark(self, value: str, *, kind: str, key_id: str = "") -> bytes:
        """Return what a value is found by: without the key nobody can tell the value from it.

        Another kind of value has other marks, and so has each key; the current one's unless told.
        """
        key = self._mark_keys[key_id or self.current]
        return hmac.digest(key, f"{kind}:{value}".encode(), "sha256")[:MARK_BYTES]

    def marks(self, value: str, *, kind: str) -> list[bytes]:
        """Return the marks that a value has under each of the keys."""
        return [self.mark(value, kind=kind, key_id=name) for name in self.keys]


def parsed(text: str) -> Ring:
    """Return the keys of a file's text. Raises WrongKeys."""
    found: dict[str, bytes] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, encoded = line.strip().partition(" ")
        if not _ID.fullmatch(name):
            raise WrongKeys(f"line {number} begins with no id of letters, digits, '-', '_', '.'")
        if name in found:
            raise WrongKeys(f"line {number} has the id {name} again")
        found[name] = _key(encoded.strip(), number)
    if not found:
        raise WrongKeys("has no key: a line is an id, a blank, and 32 bytes in base64")
    return Ring(found)


def _key(encoded: str, number: int) -> bytes:
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise WrongKeys(f"line {number} has no base64 after its id") from None
    if len(key) != KEY_BYTES:
        raise WrongKeys(f"line {number} has a key of {len(key)} bytes, {KEY_BYTES} are needed")
    return key


def new_line(now: datetime) -> str:
    """Return the line of a new key; its id says when it was made."""
    key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    return f"{now:%Y%m%d}-{secrets.token_hex(3)} {key}\n"


class KeyFile:
    """The master keys of a file, read again when something is sealed with one it had not."""

    def __init__(self, file: Path, ring: Ring) -> None:
        """Take a file and what is in it."""
        self.file = file
        self.ring = ring

    @classmethod
    def read(cls, file: Path) -> "KeyFile":
        """Return a file's keys. Raises WrongKeys."""
        try:
            return cls(file, parsed(file.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError) as unreadable:
            raise WrongKeys(f"{file}: {unreadable}") from unreadable
        except WrongKeys as wrong:
            raise WrongKeys(f"{file}: {wrong}") from None

    @classmethod
    def made(cls, file: Path, *, now: datetime) -> "KeyFile":
        """Return a file's keys; where there is no file, one is made with a new key.

        Of two processes that make it at once one does. Raises WrongKeys.
        """
        try:
            if not file.exists():
                _make(file, _REMARK + new_line(now))
        except OSError as refused:
            raise WrongKeys(f"{file} cannot be made: {refused}") from refused
        return cls.read(file)

    def read_again(self) -> Ring:
        """Return the keys that the file has now, and before them those that it had.

        What was sealed with a key just before it was taken away is sealed anew. A file that is
        being replaced, or cannot be used, must not stop what seals.
        """
        try:
            now = parsed(self.file.read_text(encoding="utf-8")).keys
        except (OSError, WrongKeys):
            return self.ring
        before = {name: key for name, key in self.ring.keys.items() if name not in now}
        if {**before, **now} != self.ring.keys or self.ring.current != next(reversed(now)):
            self.ring = Ring({**before, **now})
        return self.ring

    def add(self, *, now: datetime) -> str:
        """Write a new key behind the others, which seals from now on; returns its id."""
        text = self.file.read_text(encoding="utf-8")
        line = new_line(now)
        self._replace(f"{text.rstrip()}\n{line}")
        return line.partition(" ")[0]

    def take_away(self, key_ids: frozenset[str]) -> None:
        """Take keys out of the file: what only they open nobody reads any more."""
        kept = [
            line
            for line in self.file.read_text(encoding="utf-8").splitlines(keepends=True)
            if line.startswith("#") or line.strip().partition(" ")[0] not in key_ids
        ]
        self._replace("".join(kept))

    def _replace(self, text: str) -> None:
        self.ring = parsed(text)
        draft = self.file.with_name(f".{self.file.name}.{os.getpid()}.draft")
        write_private(draft, text)
        draft.replace(self.file)


def _make(file: Path, text: str) -> None:
    """Make a file that appears whole, unless another process was quicker."""
    file.parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}.draft")
    write_private(draft, text)
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
