"""Secrets that are made at the first start and kept where only their owner can read them."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from services.access.tokens import is_sound, new_secret, new_token
from services.kit.private_folder import write_private
from services.kit.process.secret_settings import secrets_in
from services.machine.kept_files import FILES, files_folder

ACCESS_SECRET: Final = "TONGXIN_ACCESS_SECRET"  # noqa: S105 - the name of a variable
FIRST_TOKEN: Final = "TONGXIN_KEY"  # noqa: S105 - as above
FIRST_FILE: Final = "first.key"
_ACCESS_FILE: Final = "access.key"
PRIVACY_KEY_FILE: Final = "TONGXIN_PRIVACY_KEY_FILE"


class NoSecret(Exception):
    """There is no secret to keep tokens by; the message says where one could be."""


def kept_secret(file: Path, make: Callable[[], str]) -> tuple[str, bool]:
    """Return the secret in a file, and whether it was made just now; the file appears whole."""
    if file.exists():
        return file.read_text(encoding="utf-8").strip(), False
    made = make()
    draft = file.with_suffix(".draft")
    write_private(draft, made)
    draft.replace(file)
    return made, True


def access_secret(data: Path) -> str:
    """Return the secret by which a house proves who comes in, made at its first start.

    The caller's environment may name one; else it is kept in the house's folder.
    """
    return os.environ.get(ACCESS_SECRET, "") or kept_secret(data / _ACCESS_FILE, new_secret)[0]


def known_access_secret(data: Path) -> bytes:
    """Return the secret that new tokens are kept by. Raises NoSecret where there is none yet."""
    file = data / _ACCESS_FILE
    named = os.environ.get(ACCESS_SECRET, "")
    if not (named or file.exists()):
        raise NoSecret(f"No secret: set {ACCESS_SECRET}, or name the folder of a house (--data).")
    try:
        return secrets_in(named or file.read_text(encoding="utf-8"))[0]
    except (ValueError, IndexError) as wrong:
        raise NoSecret(f"{ACCESS_SECRET if named else file} {wrong}") from wrong


def first_token(data: Path) -> tuple[str, bool]:
    """Return the token of a house's first key, and whether it was made just now.

    The caller's environment may name one; else it is kept in the house's folder, beside the secret
    by which whoever reads that folder could make as many as they like.
    """
    named = os.environ.get(FIRST_TOKEN, "")
    return (named, False) if is_sound(named) else kept_secret(data / FIRST_FILE, new_token)


def privacy_key_file(data: Path) -> Path:
    """Return where a house's master keys of contacts are; the caller's environment may say."""
    named = os.environ.get(PRIVACY_KEY_FILE, "")
    return Path(named).resolve() if named else data.resolve() / "privacy.key"


def key_files(data: Path) -> dict[str, str]:
    """Return what a house's services are told of where files are: with keys, and of cases."""
    return {PRIVACY_KEY_FILE: str(privacy_key_file(data)), FILES: str(files_folder(data))}
