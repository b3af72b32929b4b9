"""Who is signed in, and who is on the way to the identity provider."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.desk.domain.lasting import IDLE, LONGEST
from services.desk.store.identity_tables import DeskSession, ProviderVisit
from services.kit.sql.among import among
from services.kit.sql.bulk import delete_found, insert_rows
from services.kit.sql.declaring import table_of

_SESSION: Final = table_of(DeskSession)
_VISIT: Final = table_of(ProviderVisit)
_SPANS: Final = select(_SESSION.c.token_hash, _SESSION.c.began_at, _SESSION.c.seen_at).where(
    among(_SESSION.c.token_hash, "hashes")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody who is signed in by one browser; `token_hash` names it and opens nothing."""

    token_hash: str
    person_id: str
    began_at: datetime
    seen_at: datetime
    second_factor: bool
    by_provider: bool
    provider_session: str | None
    device: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What must come back from the identity provider, and where the person goes then."""

    nonce: str
    verifier: str
    leads_to: str


async def add_session(conn: AsyncConnection, session: Session) -> None:
    """Keep a session."""
    names = Session.__dataclass_fields__
    await insert_rows(conn, DeskSession, [{name: getattr(session, name) for name in names}])


async def session_of(conn: AsyncConnection, token_hash: str) -> Session | None:
    """Return a session, over or not."""
    found = await conn.execute(select(_SESSION).where(_SESSION.c.token_hash == token_hash))
    row = found.first()
    return None if row is None else _session(row)


async def spans_of(
    conn: AsyncConnection, hashes: Collection[str]
) -> dict[str, tuple[datetime, datetime]]:
    """Return when those of these sessions that are there began, and when they were used last."""
    rows = await conn.execute(_SPANS, {"hashes": sorted(hashes)})
    return {row.token_hash: (row.began_at, row.seen_at) for row in rows}


async def sessions_of(conn: AsyncConnection, person_id: str) -> list[Session]:
    """Return a person's sessions, the last one first."""
    mine = select(_SESSION).where(_SESSION.c.person_id == person_id)
    return [_session(row) for row in await conn.execute(mine.order_by(_SESSION.c.began_at.desc()))]


async def lasting(
    conn: AsyncConnection, *, now: datetime, most: int, person_id: str = ""
) -> list[Session]:
    """Return the sessions that are not over, one person's if named, the last used one first."""
    lasts = (_SESSION.c.began_at > now - LONGEST) & (_SESSION.c.seen_at > now - IDLE)
    query = select(_SESSION).where(lasts).order_by(_SESSION.c.seen_at.desc(), _SESSION.c.token_hash)
    if person_id:
        query = query.where(_SESSION.c.person_id == person_id)
    return [_session(row) for row in await conn.execute(query.limit(most))]


async def seen(conn: AsyncConnection, token_hash: str, *, now: datetime) -> None:
    """Remember that a session was used."""
    earlier = (_SESSION.c.token_hash == token_hash) & (_SESSION.c.seen_at < now)
    await conn.execute(update(_SESSION).where(earlier).values(seen_at=now))


async def strengthen(conn: AsyncConnection, token_hash: str) -> None:
    """Remember that a session has shown a second factor."""
    same = _SESSION.c.token_hash == token_hash
    await conn.execute(update(_SESSION).where(same).values(second_factor=True))


async def end(conn: AsyncConnection, token_hash: str, *, person_id: str | None = None) -> bool:
    """End a session, of this person if one is named; tells whether there was one."""
    same = _SESSION.c.token_hash == token_hash
    if person_id is not None:
        same &= _SESSION.c.person_id == person_id
    return (await conn.execute(delete(_SESSION).where(same))).rowcount == 1


async def end_all(conn: AsyncConnection, person_id: str, *, but: str = "") -> int:
    """End a person's sessions but one; returns how many."""
    theirs = (_SESSION.c.person_id == person_id) & (_SESSION.c.token_hash != but)
    return (await conn.execute(delete(_SESSION).where(theirs))).rowcount


async def end_at_provider(conn: AsyncConnection, provider_session: str) -> int:
    """End the sessions that the identity provider calls so; returns how many."""
    same = _SESSION.c.provider_session == provider_session
    return (await conn.execute(delete(_SESSION).where(same))).rowcount


async def forget_sessions(conn: AsyncConnection, *, before: datetime, most: int) -> int:
    """Forget sessions that began before an instant; returns how many."""
    old = select(_SESSION.c.token_hash).where(_SESSION.c.began_at < before).limit(most)
    return await delete_found(conn, DeskSession, old)


async def add_visit(
    conn: AsyncConnection, state_hash: str, visit: Visit, *, ends_at: datetime
) -> None:
    """Keep what must come back from the identity provider."""
    row = {
        "state_hash": state_hash,
        "nonce": visit.nonce,
        "verifier": visit.verifier,
        "leads_to": visit.leads_to,
        "ends_at": ends_at,
    }
    await insert_rows(conn, ProviderVisit, [row])


async def take_visit(conn: AsyncConnection, state_hash: str, *, now: datetime) -> Visit | None:
    """Return what must come back, once; None for a state that we never gave, or long ago."""
    live = (_VISIT.c.state_hash == state_hash) & (_VISIT.c.ends_at > now)
    columns = (_VISIT.c.nonce, _VISIT.c.verifier, _VISIT.c.leads_to)
    row = (await conn.execute(delete(_VISIT).where(live).returning(*columns))).first()
    if row is None:
        return None
    return Visit(nonce=row.nonce, verifier=row.verifier, leads_to=row.leads_to)


async def forget_visits(conn: AsyncConnection, *, before: datetime, most: int) -> int:
    """Forget whoever did not come back; returns how many."""
    old = select(_VISIT.c.state_hash).where(_VISIT.c.ends_at < before).limit(most)
    return await delete_found(conn, ProviderVisit, old)


def _session(row: Any) -> Session:  # noqa: ANN401 - a row of sessions
    return Session(**{name: getattr(row, name) for name in Session.__dataclass_fields__})
