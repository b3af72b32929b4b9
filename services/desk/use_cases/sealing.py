"""What has to be read again is kept encrypted: who has the database alone can use nothing of it."""

import base64
from collections.abc import Iterable

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Unreadable(Exception):
    """It was sealed with a secret that this installation has no more."""


class Sealer:
    """Seals with the first of the installation's secrets, and opens with each of them."""

    def __init__(self, secrets: Iterable[bytes], *, purpose: str) -> None:
        """Take the secrets; what is sealed for one purpose opens for no other."""
        keys = [Fernet(_key(secret, purpose)) for secret in secrets]
        self._sealer = MultiFernet(keys) if keys else None

    @property
    def can_seal(self) -> bool:
        """Whether there is a secret."""
        return self._sealer is not None

    def sealed(self, text: bytes) -> str:
        """Return a text that only this installation reads. Raises Unreadable without a secret."""
        if self._sealer is None:
            raise Unreadable
        return self._sealer.encrypt(text).decode()

    def opened(self, sealed: str) -> bytes:
        """Return what was sealed. Raises Unreadable."""
        try:
            if self._sealer is not None:
                return self._sealer.decrypt(sealed)
        except InvalidToken as invalid:
            raise Unreadable from invalid
        raise Unreadable


def _key(secret: bytes, purpose: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode())
    return base64.urlsafe_b64encode(derived.derive(secret))
