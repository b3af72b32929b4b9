"""Signatures of webhooks as Standard Webhooks describes them."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Final

_PREFIX: Final = "whsec_"


class InvalidSecret(ValueError):
    """A webhook secret is not `whsec_` and base64."""


def secrets_of(text: str) -> tuple[bytes, ...]:
    """Return the secrets in a text, `whsec_` and base64 each, with spaces between them.

    Raises `InvalidSecret`, which never repeats the secret.
    """
    return tuple(_secret(word) for word in text.split())


def _secret(word: str) -> bytes:
    try:
        found = base64.b64decode(word.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        found = b""
    if not word.startswith(_PREFIX) or not found:
        raise InvalidSecret(f"a webhook secret is written {_PREFIX} and base64")
    return found


def signed_headers(
    body: bytes, *, id_: str, at: datetime, secrets: Sequence[bytes]
) -> dict[str, str]:
    """Return the headers of one attempt; without secrets there is no signature."""
    stamp = str(int(at.timestamp()))
    headers = {
        "content-type": "application/json",
        "webhook-id": id_,
        "webhook-timestamp": stamp,
    }
    if secrets:
        signed = f"{id_}.{stamp}.".encode() + body
        headers["webhook-signature"] = " ".join(_signature(signed, key) for key in secrets)
    return headers


def _signature(signed: bytes, key: bytes) -> str:
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()
