"""Local accounts, and the one-time links that open them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.desk.store.identity_tables import LocalAccount, OneTimeLink
from services.kit.sql.bulk import delete_found, insert_rows
from services.kit.sql.declaring import table_of

_ACCOUNT: Final = table_of(LocalAccount)
_LINK: Final = table_of(OneTimeLink)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person's password, as its hash, and their second factor, sealed."""

    person_id: str
    password_hash: str
    totp_sealed: str | None
    totp_pending: str | None
    totp_step: int


async def account_of(conn: AsyncConnection, person_id: str) -> Account | None:
    """Return a person's account, if they have one."""
    row = (await conn.execute(select(_ACCOUNT).where(_ACCOUNT.c.person_id == person_id))).first()
    if row is None:
        return None
    return Account(
        person_id=row.person_id,
        password_hash=row.password_hash,
        totp_sealed=row.totp_sealed,
        totp_pending=row.totp_pending,
        totp_step=row.totp_step,
    )


async def set_password(
    conn: AsyncConnection, person_id: str, password_hash: str, *, now: datetime
) -> None:
    """Keep a password's hash, in an account of its own where there is none so far."""
    row: dict[str, Any] = {
        "person_id": person_id,
        "password_hash": password_hash,
        "password_set_at": now,
        "totp_sealed": None,
        "totp_pending": None,
        "totp_step": 0,
    }
    await insert_rows(conn, LocalAccount, [row], replace=("password_hash", "password_set_at"))


async def rehash(conn: AsyncConnection, person_id: str, *, old: str, new: str) -> None:
    """Keep another hash of the same password."""
    same = (_ACCOUNT.c.person_id == person_id) & (_ACCOUNT.c.password_hash == old)
    await conn.execute(update(_ACCOUNT).where(same).values(password_hash=new))


async def set_pending_factor(conn: AsyncConnection, person_id: str, sealed: str) -> None:
    """Keep the secret of a second factor that is to be confirmed by a code."""
    mine = _ACCOUNT.c.person_id == person_id
    await conn.execute(update(_ACCOUNT).where(mine).values(totp_pending=sealed))


async def confirm_factor(conn: AsyncConnection, person_id: str, *, pending: str, step: int) -> bool:
    """Let the secret that waited be the person's second factor; False if it is another by now."""
    same = (_ACCOUNT.c.person_id == person_id) & (_ACCOUNT.c.totp_pending == pending)
    values = {"totp_sealed": pending, "totp_pending": None, "totp_step": step}
    return (await conn.execute(update(_ACCOUNT).where(same).values(**values))).rowcount == 1


async def use_code(conn: AsyncConnection, person_id: str, *, step: int) -> bool:
    """Use a code up; False if it, or a later one, was used meanwhile."""
    unused = (_ACCOUNT.c.person_id == person_id) & (_ACCOUNT.c.totp_step < step)
    return (await conn.execute(update(_ACCOUNT).where(unused).values(totp_step=step))).rowcount == 1


async def forget_factor(conn: AsyncConnection, person_id: str) -> None:
    """Take a person's second factor away."""
    mine = _ACCOUNT.c.person_id == person_id
    values = {"totp_sealed": None, "totp_pending": None}
    await conn.execute(update(_ACCOUNT).where(mine).values(**values))


async def add_link(
    conn: AsyncConnection, token_hash: str, *, person_id: str, ends_at: datetime
) -> None:
    """Keep a one-time link; those that the person had before open nothing any more."""
    await drop_links(conn, person_id)
    row = {"token_hash": token_hash, "person_id": person_id, "ends_at": ends_at}
    await insert_rows(conn, OneTimeLink, [row])


async def link_leads_to(conn: AsyncConnection, token_hash: str, *, now: datetime) -> str | None:
    """Return whose password a link sets; None when there is none, or its time is over."""
    live = (_LINK.c.token_hash == token_hash) & (_LINK.c.ends_at > now)
    return (await conn.execute(select(_LINK.c.person_id).where(live))).scalar()


async def use_link(conn: AsyncConnection, token_hash: str, *, now: datetime) -> str | None:
    """Use a link up; returns whose password it sets. Of two at once one gets it."""
    live = (_LINK.c.token_hash == token_hash) & (_LINK.c.ends_at > now)
    used = delete(_LINK).where(live).returning(_LINK.c.person_id)
    return (await conn.execute(used)).scalar()


async def drop_links(conn: AsyncConnection, person_id: str) -> None:
    """Let no link of a person open anything."""
    await conn.execute(delete(_LINK).where(_LINK.c.person_id == person_id))


async def forget_links(conn: AsyncConnection, *, before: datetime, most: int) -> int:
    """Forget links that ended before an instant; returns how many."""
    old = select(_LINK.c.token_hash).where(_LINK.c.ends_at < before).limit(most)
    return await delete_found(conn, OneTimeLink, old)
