"""What people do with their own accounts: a first password, another one, a second factor."""

import secrets
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.desk.bounds import LINK_LASTS, TOTP_SECRET_BYTES
from services.desk.domain.audit import THIS_MACHINE, Deed, Doer
from services.desk.domain.passwords import KnownBad, weakness_of
from services.desk.domain.totp import step_of
from services.desk.store import accounts, audit, people, sessions
from services.desk.store.accounts import Account
from services.desk.use_cases.identity import (
    Browser,
    How,
    Identity,
    NotLetIn,
    Unfit,
    Why,
    begin_session,
    hash_of,
    new_token,
)
from services.desk.use_cases.lasting import SignedIn
from services.desk.use_cases.sealing import Unreadable
from services.desk.use_cases.sign_in import count_try, forgive_try


async def invite(
    conn: AsyncConnection, person_id: str, *, now: datetime, by: Doer = THIS_MACHINE
) -> str:
    """Return the token of a new one-time link, instead of those that somebody had before."""
    token = new_token()
    ends_at = now + LINK_LASTS
    await accounts.add_link(conn, hash_of(token), person_id=person_id, ends_at=ends_at)
    await audit.note(conn, Deed.LINK_GIVEN, person_id, by=by, now=now)
    return token


async def invited(token: str, *, identity: Identity) -> people.Known:
    """Return whom a one-time link is for. Raises `NotLetIn` for none, one used, and one too old."""
    async with identity.database.read() as conn:
        id_ = await accounts.link_leads_to(conn, hash_of(token), now=identity.clock())
        person = None if id_ is None else await people.person_of(conn, id_)
    if person is None or person.disabled_at is not None:
        raise NotLetIn
    return person


async def first_password(token: str, password: str, browser: Browser, *, identity: Identity) -> str:
    """Set a password by a one-time link; returns a new session's token.

    The link is used up, and whoever was signed in as this person is not any more. Raises `NotLetIn`
    for a link that opens nothing, `Unfit` for a password that is not taken.
    """
    person = await invited(token, identity=identity)
    _check(password, (person.id, person.described.name), identity=identity)
    password_hash = await identity.hashing.hash_of(password)
    now = identity.clock()
    async with identity.database.write() as conn:
        used = await accounts.use_link(conn, hash_of(token), now=now)
        known = None if used is None else await people.person_of(conn, used, locked=True)
        if known is None or known.disabled_at is not None:
            raise NotLetIn
        await accounts.set_password(conn, known.id, password_hash, now=now)
        await sessions.end_all(conn, known.id)
        how = How(second_factor=False)
        return await begin_session(conn, known.id, how=how, browser=browser, now=now)


async def change_password(
    who: SignedIn, old: str, new: str, browser: Browser, *, identity: Identity
) -> str:
    """Set another password; returns the token of the only session that is left.

    Raises `NotLetIn` when the old one is wrong, `TooSoon`, and `Unfit`.
    """
    account = await _proven_again(who, old, browser, identity=identity)
    _check(new, (who.person.id, who.person.described.name), identity=identity)
    if await identity.hashing.fits(new, account.password_hash):
        raise Unfit(Why.SAME)
    password_hash = await identity.hashing.hash_of(new)
    now = identity.clock()
    async with identity.database.write() as conn:
        await accounts.set_password(conn, account.person_id, password_hash, now=now)
        return await _only_session(conn, who, browser, identity=identity)


async def begin_factor(
    who: SignedIn, password: str, browser: Browser, *, identity: Identity
) -> bytes:
    """Return the secret of a second factor, which counts once a code has confirmed it.

    Raises `NotLetIn` when the password is wrong, and for whoever would replace a factor that this
    session did not show; `TooSoon`; `Unfit` where the installation has no secret to seal it with.
    """
    account = await _proven_again(who, password, browser, identity=identity)
    if account.totp_sealed is not None and not who.session.second_factor:
        raise NotLetIn
    if not identity.sealer.can_seal:
        raise Unfit(Why.NO_SECRET)
    secret = secrets.token_bytes(TOTP_SECRET_BYTES)
    sealed = identity.sealer.sealed(secret)
    async with identity.database.write() as conn:
        await accounts.set_pending_factor(conn, account.person_id, sealed)
    return secret


def pending_factor(account: Account, *, identity: Identity) -> bytes | None:
    """Return the secret that waits for a code that confirms it, if there is one."""
    if account.totp_pending is None:
        return None
    try:
        return identity.sealer.opened(account.totp_pending)
    except Unreadable:
        return None


async def confirm_factor(who: SignedIn, code: str, browser: Browser, *, identity: Identity) -> str:
    """Let the secret that waits count from here on; returns the token of the session left.

    Raises `Unfit` for a code that is not of it, and `TooSoon`.
    """
    await count_try(who.person.id, browser, identity=identity)
    account = await own_account(who, identity=identity)
    secret = None if account is None else pending_factor(account, identity=identity)
    step = None if secret is None else step_of(code, secret, now=identity.clock(), last=0)
    if account is None or account.totp_pending is None or step is None:
        raise Unfit(Why.WRONG_CODE)
    await forgive_try(who.person.id, browser, identity=identity)
    async with identity.database.write() as conn:
        pending, id_ = account.totp_pending, account.person_id
        if not await accounts.confirm_factor(conn, id_, pending=pending, step=step):
            raise Unfit(Why.REPLACED)
        return await _only_session(conn, who, browser, identity=identity, second_factor=True)


async def take_factor_away(
    conn: AsyncConnection, person_id: str, *, now: datetime, by: Doer = THIS_MACHINE
) -> None:
    """Take the second factor of somebody who lost it away, and end their sessions."""
    await accounts.forget_factor(conn, person_id)
    await sessions.end_all(conn, person_id)
    await audit.note(conn, Deed.FACTOR_TAKEN_AWAY, person_id, by=by, now=now)


async def own_account(who: SignedIn, *, identity: Identity) -> Account | None:
    """Return somebody's local account, if they have one."""
    async with identity.database.read() as conn:
        return await accounts.account_of(conn, who.person.id)


async def _proven_again(
    who: SignedIn, password: str, browser: Browser, *, identity: Identity
) -> Account:
    """Return the account of somebody who says their password once more."""
    await count_try(who.person.id, browser, identity=identity)
    account = await own_account(who, identity=identity)
    password_hash = None if account is None else account.password_hash
    if not await identity.hashing.fits(password, password_hash) or account is None:
        raise NotLetIn
    await forgive_try(who.person.id, browser, identity=identity)
    return account


async def _only_session(
    conn: AsyncConnection,
    who: SignedIn,
    browser: Browser,
    *,
    identity: Identity,
    second_factor: bool = False,
) -> str:
    """Begin a session anew under another id, and end all others of this person."""
    await sessions.end_all(conn, who.person.id)
    how = How(second_factor=second_factor or who.session.second_factor)
    now = identity.clock()
    return await begin_session(conn, who.person.id, how=how, browser=browser, now=now)


def _check(password: str, own_words: Iterable[str], *, identity: Identity) -> None:
    known = KnownBad(passwords=identity.known_bad, own_words=tuple(own_words))
    if (weakness := weakness_of(password, known)) is not None:
        raise Unfit(weakness)
