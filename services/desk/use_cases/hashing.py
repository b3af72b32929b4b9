"""Passwords are kept as Argon2id hashes; an account that is not there costs the same work."""

import asyncio
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from services.desk.bounds import HASHING_AT_ONCE

_NOBODYS: Final = "the password of nobody"


class Hashing:
    """Makes and compares hashes, a few at once: each takes 64 MiB for a moment."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        """Take how hashes are made: as RFC 9106 recommends, unless given."""
        self._hasher = hasher or PasswordHasher()
        self._turns = asyncio.Semaphore(HASHING_AT_ONCE)
        self._nobodys: str | None = None

    async def hash_of(self, password: str) -> str:
        """Return a new hash of a password."""
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def fits(self, password: str, password_hash: str | None) -> bool:
        """Tell whether this is the password of a hash; of none it never is, and takes as long."""
        if self._nobodys is None:
            self._nobodys = await self.hash_of(_NOBODYS)
        known = password_hash is not None
        async with self._turns:
            same = await asyncio.to_thread(self._verified, password_hash or self._nobodys, password)
        return same and known

    def is_dated(self, password_hash: str) -> bool:
        """Tell whether hashes are made otherwise by now."""
        return self._hasher.check_needs_rehash(password_hash)

    def _verified(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False
