"""Keys of systems: made, made anew beside the old one, taken back.

Only rows are written here; the desk tells them, at once or when it runs again.
"""

import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.events.base import Code
from schemas.events.people import KeyRecorded
from schemas.person_ids import KEY_PREFIX
from schemas.roles import ActingRole
from schemas.scopes import Scope
from services.access.tokens import hmac_of, new_token
from services.desk.bounds import KEY_ID_BYTES
from services.desk.domain.audit import EVERYWHERE, THIS_MACHINE, Deed, Doer, in_brief
from services.desk.domain.keys import LONGEST_OVERLAP, Asked, Key, KeyRefused, faults_of
from services.desk.domain.restored import key_that_holds
from services.desk.store import audit, keys

FIRST = "first"
"""The name of the key that a house on one machine makes for whoever starts it."""

_CODE: TypeAdapter[str] = TypeAdapter(Code)


async def create(
    conn: AsyncConnection, asked: Asked, *, secret: bytes, now: datetime, by: Doer = THIS_MACHINE
) -> str:
    """Make a key and return its token, which nobody can be shown again. Raises KeyRefused."""
    faults = [*_faults_of_names(asked), *faults_of(asked, now=now)]
    if any(key.is_live(now) for key in await keys.named(conn, asked.name)):
        faults.append(f"name: there is a key {asked.name}: rotate or revoke that one")
    if faults:
        raise KeyRefused("; ".join(faults))
    await audit.note(
        conn, Deed.KEY_MADE, _story_name(asked.name), by=by, now=now, detail=_in_brief(asked)
    )
    return await _add(conn, asked, secret=secret, now=now)


async def rotate(
    conn: AsyncConnection,
    name: str,
    *,
    overlap: timedelta,
    secret: bytes,
    now: datetime,
    by: Doer = THIS_MACHINE,
) -> str:
    """Make another token of a key; the ones before end after `overlap`. Raises KeyRefused.

    A key that ends at an instant lasts as long again as it was made for.
    """
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise KeyRefused(f"overlap: 0 to {LONGEST_OVERLAP.days} days")
    live = [key for key in await keys.named(conn, name) if key.is_live(now)]
    if not live:
        raise KeyRefused(f"name: there is no key {name} that could be used now")
    newest, ends = live[0], now + overlap
    for key in live:
        if key.asked.expires_at is None or key.asked.expires_at > ends:
            await keys.change(conn, key, now=now, expires_at=ends)
    await audit.note(conn, Deed.KEY_ROTATED, _story_name(name), by=by, now=now)
    lasts = newest.asked.expires_at
    until = None if lasts is None else now + (lasts - newest.created_at)
    return await _add(conn, replace(newest.asked, expires_at=until), secret=secret, now=now)


async def revoke(
    conn: AsyncConnection, name: str, *, now: datetime, by: Doer = THIS_MACHINE
) -> int:
    """Let no token of a key prove anybody any more; returns how many did. Raises KeyRefused."""
    live = [key for key in await keys.named(conn, name) if key.is_live(now)]
    if not live:
        raise KeyRefused(f"name: there is no key {name} that could be used now")
    for key in live:
        await keys.change(conn, key, now=now, revoked_at=now)
    await audit.note(conn, Deed.KEY_REVOKED, _story_name(name), by=by, now=now)
    return len(live)


async def keep_first(conn: AsyncConnection, token: str, *, secret: bytes, now: datetime) -> None:
    """Keep the first key of a house, which opens everything, unless its token is known."""
    if await keys.of_token(conn, hmac_of(token, secret)) is not None:
        return  # also a revoked one: it stays that
    asked = Asked(name=FIRST, scopes=frozenset(Scope), roles=frozenset(ActingRole), everywhere=True)
    await _add(conn, asked, secret=secret, now=now, token=token)


async def take_over(conn: AsyncConnection, id_: str, told: KeyRecorded) -> None:
    """Let a key end when everybody was told that it does, if it would end later here."""
    key = await keys.of_id(conn, id_)
    if key is None:
        return
    row = recorded_of(key)
    holds = key_that_holds(row, told)
    if holds != row:
        ends = {"expires_at": holds.expires_at, "revoked_at": holds.revoked_at}
        await keys.change(conn, key, now=holds.at, **ends)


def recorded_of(key: Key) -> KeyRecorded:
    """Return what everybody is told of a key."""
    asked = key.asked
    return KeyRecorded(
        id=key.id,
        version=key.version,
        at=key.changed_at,
        name=asked.name,
        token_hmac=key.token_hmac,
        scopes=tuple(sorted(asked.scopes)),
        roles=tuple(sorted(asked.roles)),
        sources=tuple(sorted(asked.sources)),
        parties=tuple(sorted(asked.parties)),
        everywhere=asked.everywhere,
        expires_at=asked.expires_at,
        revoked_at=key.revoked_at,
    )


async def _add(
    conn: AsyncConnection, asked: Asked, *, secret: bytes, now: datetime, token: str = ""
) -> str:
    token = token or new_token()
    key = Key(
        id=secrets.token_hex(KEY_ID_BYTES),
        asked=asked,
        token_hmac=hmac_of(token, secret),
        created_at=now,
        revoked_at=None,
        last_used_on=None,
        version=1,
        changed_at=now,
    )
    await keys.add(conn, key)
    return token


def _story_name(name: str) -> str:
    """Return a key's name as stories have it, where it passes for no person."""
    return f"{KEY_PREFIX}{name}"


def _in_brief(asked: Asked) -> str:
    """Return what a key opens, in which offices, for whom."""
    bound = {EVERYWHERE} if asked.everywhere else asked.sources | asked.parties
    return in_brief(asked.scopes, asked.roles, bound)


def _faults_of_names(asked: Asked) -> list[str]:
    """Return which names are none that a topic could carry."""
    given = [("name", asked.name)]
    given += [("source", source) for source in sorted(asked.sources)]
    given += [("party", party) for party in sorted(asked.parties)]
    return [f"{field}: {text!r} is no code" for field, text in given if not _is_code(text)]


def _is_code(text: str) -> bool:
    try:
        _CODE.validate_python(text)
    except ValidationError:
        return False
    return True
