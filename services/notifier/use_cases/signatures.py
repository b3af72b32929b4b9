"""Signatures of webhooks as Standard Webhooks describes them."""

import binascii
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from standardwebhooks import Webhook

_PREFIX: Final = "whsec_"


class InvalidSecret(ValueError):
    """A webhook secret is not `whsec_` and base64."""


def secrets_of(text: str) -> tuple[Webhook, ...]:
    """Return the secrets in a text, `whsec_` and base64 each, with spaces between them.

    Raises `InvalidSecret`, which never repeats the secret.
    """
    return tuple(_secret(word) for word in text.split())


def _secret(word: str) -> Webhook:
    # The library leaves characters out that are not base64's, and takes bare base64 as well.
    try:
        found = binascii.a2b_base64(word.removeprefix(_PREFIX), strict_mode=True)
    except binascii.Error:
        found = b""
    if not word.startswith(_PREFIX) or not found:
        raise InvalidSecret(f"a webhook secret is written {_PREFIX} and base64")
    return Webhook(found)


def signed_headers(
    body: bytes, *, id_: str, at: datetime, secrets: Sequence[Webhook]
) -> dict[str, str]:
    """Return the headers of one attempt; without secrets there is no signature."""
    utc = at.astimezone(UTC)  # `sign` takes any time for one in UTC
    headers = {
        "content-type": "application/json",
        "webhook-id": id_,
        "webhook-timestamp": str(int(utc.timestamp())),
    }
    if secrets:
        signatures = [secret.sign(id_, utc, body.decode()) for secret in secrets]
        headers["webhook-signature"] = " ".join(signatures)
    return headers
