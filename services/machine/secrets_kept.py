"""Secrets that are made at the first start and kept where only their owner can read them."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

from services.machine.bounds import SECRET_BYTES

COMMAND_KEY: Final = "TONGXIN_COMMAND_KEY"
PRIVACY_KEY_FILE: Final = "TONGXIN_PRIVACY_KEY_FILE"


def kept_secret(file: Path, make: Callable[[], str]) -> tuple[str, bool]:
    """Return the secret in a file, and whether it was made just now; the file appears whole."""
    if file.exists():
        return file.read_text(encoding="utf-8").strip(), False
    made = make()
    draft = file.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as text:
        text.write(made)
    draft.replace(file)
    return made, True


def command_key(data: Path) -> tuple[str, bool]:
    """Return a house's key to command over HTTP, and whether it was made just now.

    The caller's environment may name one; else it is kept in the house's folder.
    """
    named = os.environ.get(COMMAND_KEY, "")
    if named:
        return named, False
    return kept_secret(data / "command.key", lambda: secrets.token_urlsafe(SECRET_BYTES))


def privacy_key_file(data: Path) -> Path:
    """Return where a house's master keys of contacts are; the caller's environment may say."""
    named = os.environ.get(PRIVACY_KEY_FILE, "")
    return Path(named).resolve() if named else data.resolve() / "privacy.key"


def key_files(data: Path) -> dict[str, str]:
    """Return what a house's services are told of files with keys."""
    return {PRIVACY_KEY_FILE: str(privacy_key_file(data))}
