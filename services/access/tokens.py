"""Tokens of keys: how they are made, told from a slip of the pen, and kept without being kept.

A token is `tx_live_`, 37 letters and digits of chance and six of a checksum, so that a scanner of
secrets knows ours and a mistyped one costs no look-up. Only its HMAC-SHA256 by the installation's
secret is kept: whoever reads the database or the topic can make no token from it.
"""

import hmac
import re
import secrets
import zlib
from typing import Final

from services.access.bounds import CHECKSUM_CHARACTERS, SECRET_BYTES, TOKEN_CHARACTERS

PREFIX: Final = "tx_live_"
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_FORM: Final = re.compile(
    rf"{PREFIX}(?P<chance>[0-9A-Za-z]{{{TOKEN_CHARACTERS}}})"
    rf"(?P<checksum>[0-9A-Za-z]{{{CHECKSUM_CHARACTERS}}})"
)


def new_token() -> str:
    """Return a token that nobody has seen."""
    return token_of("".join(secrets.choice(_DIGITS) for _ in range(TOKEN_CHARACTERS)))


def token_of(chance: str) -> str:
    """Return the token with this chance.

    >>> token_of("0" * 37)
    'tx_live_00000000000000000000000000000000000003jnQlY'
    """
    return f"{PREFIX}{chance}{_checksum(chance)}"


def is_sound(token: str) -> bool:
    """Tell whether this is a token as we make them, without asking whose.

    >>> is_sound(new_token()), is_sound("tx_live_1234")
    (True, False)
    """
    found = _FORM.fullmatch(token)
    return found is not None and found["checksum"] == _checksum(found["chance"])


def new_secret() -> str:
    """Return a secret for an installation that has none."""
    return secrets.token_urlsafe(SECRET_BYTES)


def hmac_of(token: str, secret: bytes) -> str:
    """Return what is kept of a token."""
    return hmac.digest(secret, token.encode(), "sha256").hex()


def _checksum(chance: str) -> str:
    """Return the CRC-32 of a token's chance in letters and digits."""
    left, found = zlib.crc32(chance.encode()), ""
    while left:
        left, digit = divmod(left, len(_DIGITS))
        found = _DIGITS[digit] + found
    return found.rjust(CHECKSUM_CHARACTERS, _DIGITS[0])
