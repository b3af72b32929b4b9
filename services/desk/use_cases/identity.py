"""What every way to sign in needs, and what comes of it."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from importlib.resources import files
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from services.desk.bounds import TOKEN_BYTES
from services.desk.domain.passwords import Weakness
from services.desk.store import sessions
from services.desk.store.sessions import Session
from services.desk.use_cases.hashing import Hashing
from services.desk.use_cases.sealing import Sealer
from services.kit.clock import Clock
from services.kit.sql.database import Database

_LIST: Final = "known_bad_passwords.txt"


class NotLetIn(Exception):
    """Somebody is not let in; whatever was wrong, they are told the same."""


class TooSoon(Exception):
    """Too many tries failed: come again after `seconds`."""

    def __init__(self, seconds: float) -> None:
        """Take how long to wait."""
        super().__init__(f"come again in {seconds:.0f} s")
        self.seconds = seconds


class Why(StrEnum):
    """Why what somebody gave for their account cannot be taken, beside a weak password."""

    DIFFER = "differ"
    """The new password was not typed the same twice."""
    SAME = "same"
    """It is the one that they have."""
    NO_SECRET = "no_secret"  # noqa: S105 - a reason
    """The installation has nothing to seal a second factor with."""
    WRONG_CODE = "wrong_code"
    """The code is not the one that the app shows now."""
    REPLACED = "replaced"
    """The code is of a secret that was replaced meanwhile."""


class Unfit(Exception):
    """What somebody gave cannot be taken."""

    def __init__(self, why: Why | Weakness) -> None:
        """Take the reason."""
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What signing in needs; `clock` is the machine's time, also where the city's runs faster."""

    database: Database
    clock: Clock
    hashing: Hashing
    sealer: Sealer
    known_bad: Collection[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """Who asks: from which address, with which device, and the session it brought, if any."""

    address: str
    device: str
    token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How somebody proved who they are."""

    second_factor: bool
    by_provider: bool = False
    provider_session: str | None = None


def known_bad_passwords() -> frozenset[str]:
    """Return the passwords that are tried first."""
    text = (files("services.desk") / _LIST).read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if not line.startswith("#"))


def new_token() -> str:
    """Return what opens a door and is told once."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_of(token: str) -> str:
    """Return what is kept of a token: nobody finds one of 256 bits by its hash."""
    return hashlib.sha256(token.encode()).hexdigest()


async def begin_session(
    conn: AsyncConnection, person_id: str, *, how: How, browser: Browser, now: datetime
) -> str:
    """Begin a session under a new id, end the one that the browser brought; returns its token."""
    if browser.token is not None:
        await sessions.end(conn, hash_of(browser.token))
    token = new_token()
    session = Session(
        token_hash=hash_of(token),
        person_id=person_id,
        began_at=now,
        seen_at=now,
        second_factor=how.second_factor,
        by_provider=how.by_provider,
        provider_session=how.provider_session,
        device=browser.device,
        address=browser.address,
    )
    await sessions.add_session(conn, session)
    return token
