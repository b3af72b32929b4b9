"""Sign in with a password, and a code where there is a second factor.

Nobody learns whether there is such an account: who is unknown, disabled or wrong gets the same
answer after the same work, and waits as long. A try is counted before it is judged, in the
database, so that many at once and a restart in between gain nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from schemas.folding import fold
from services.desk.domain.pauses import OF_ACCOUNT, OF_ADDRESS
from services.desk.domain.totp import step_of
from services.desk.store import accounts, failures, people
from services.desk.store.accounts import Account
from services.desk.use_cases.identity import (
    Browser,
    How,
    Identity,
    NotLetIn,
    TooSoon,
    begin_session,
    hash_of,
)
from services.desk.use_cases.sealing import Unreadable
from services.kit.http.addresses import network_of

_NO_STEP: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What somebody typed."""

    person: str
    password: str
    code: str = ""


async def sign_in(given: Given, browser: Browser, *, identity: Identity) -> str:
    """Return the token of a new session. Raises `NotLetIn` and `TooSoon`."""
    await count_try(given.person, browser, identity=identity)
    account = await _account(given.person, identity=identity)
    password_hash = None if account is None else account.password_hash
    fits = await identity.hashing.fits(given.password, password_hash)
    step = _step(given, account, identity=identity)
    if account is None or not fits or step is None:
        raise NotLetIn
    await _keep_hash_new(account, given.password, identity=identity)
    now = identity.clock()
    async with identity.database.write() as conn:
        person = await people.person_of(conn, account.person_id, locked=True)
        if person is None or person.disabled_at is not None:
            raise NotLetIn
        if step != _NO_STEP and not await accounts.use_code(conn, person.id, step=step):
            raise NotLetIn
        await failures.forgive(conn, _of_account(given.person))
        await failures.take_back(conn, _of_address(browser), now=now)
        how = How(second_factor=step != _NO_STEP)
        return await begin_session(conn, person.id, how=how, browser=browser, now=now)


async def count_try(person: str, browser: Browser, *, identity: Identity) -> None:
    """Count a try under a name from an address. Raises `TooSoon` for one that has to wait."""
    now = identity.clock()
    subjects = {_of_account(person): OF_ACCOUNT, _of_address(browser): OF_ADDRESS}
    async with identity.database.write() as conn:
        until = await failures.count(conn, subjects, now=now)
    if until is not None:
        raise TooSoon(_seconds(until, now))


async def forgive_try(person: str, browser: Browser, *, identity: Identity) -> None:
    """Take a counted try back: it was right."""
    now = identity.clock()
    async with identity.database.write() as conn:
        await failures.forgive(conn, _of_account(person))
        await failures.take_back(conn, _of_address(browser), now=now)


async def _account(person: str, *, identity: Identity) -> Account | None:
    """Return the account of somebody who is let in."""
    async with identity.database.read() as conn:
        known = await people.person_of(conn, person)
        if known is None or known.disabled_at is not None:
            return None
        return await accounts.account_of(conn, person)


def _step(given: Given, account: Account | None, *, identity: Identity) -> int | None:
    """Return the step of the code; None for a wrong one. Without a second factor none is asked."""
    if account is None or account.totp_sealed is None:
        return _NO_STEP
    try:
        secret = identity.sealer.opened(account.totp_sealed)
    except Unreadable:
        return None
    return step_of(given.code, secret, now=identity.clock(), last=account.totp_step)


async def _keep_hash_new(account: Account, password: str, *, identity: Identity) -> None:
    """Hash a password anew that was hashed as we no longer do."""
    if identity.hashing.is_dated(account.password_hash):
        new = await identity.hashing.hash_of(password)
        async with identity.database.write() as conn:
            await accounts.rehash(conn, account.person_id, old=account.password_hash, new=new)


def _of_account(person: str) -> str:
    return f"account:{hash_of(fold(person))}"


def _of_address(browser: Browser) -> str:
    return f"address:{network_of(browser.address)}"


def _seconds(until: datetime, now: datetime) -> float:
    return max(1.0, (until - now).total_seconds())
