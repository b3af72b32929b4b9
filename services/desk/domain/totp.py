"""Codes of a second factor that follow from a secret and the time (RFC 6238, RFC 4226)."""

import hashlib
import hmac
from base64 import b32encode
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

DIGITS: Final = 6
STEP_SECONDS: Final = 30
_AROUND: Final = (0, -1, 1)
"""Steps that a clock may be off, either way."""


def code_at(secret: bytes, step: int, *, digits: int = DIGITS) -> str:
    """Return the code of a step of time.

    >>> code_at(b"12345678901234567890", 59 // 30, digits=8)
    '94287082'
    """
    digest = hmac.digest(secret, step.to_bytes(8, "big"), hashlib.sha1)
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**digits:0{digits}}"


def step_of(code: str, secret: bytes, *, now: datetime, last: int) -> int | None:
    """Return the step that a code is of; None for a wrong one, and for one that was used.

    `last` is the step of the code that was taken last; no code is taken twice.
    """
    current = int(now.timestamp()) // STEP_SECONDS
    given = code.replace(" ", "").encode()
    found = None
    for around in _AROUND:  # all of them, however early one fits: the time tells nothing
        step = current + around
        if hmac.compare_digest(code_at(secret, step).encode(), given) and step > last:
            found = step
    return found


def address_of(secret: bytes, *, person: str, issuer: str) -> str:
    """Return the `otpauth:` address that an authenticator app reads."""
    label = f"{quote(issuer)}:{quote(person)}"
    asked = {"secret": shown(secret), "issuer": issuer, "digits": DIGITS, "period": STEP_SECONDS}
    return f"otpauth://totp/{label}?{urlencode(asked)}"


def shown(secret: bytes) -> str:
    """Return a secret as people type it into an app."""
    return b32encode(secret).decode().rstrip("=")
