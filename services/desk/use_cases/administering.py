"""What administrators do with others' ways in: links, second factors, sessions."""

from datetime import datetime

from services.desk.domain.audit import THIS_MACHINE, Deed, Doer
from services.desk.store import audit, people, sessions
from services.desk.use_cases import accounts
from services.desk.use_cases.people import UnknownPerson
from services.kit.sql.database import Database


async def give_link(
    id_: str,
    *,
    database: Database,
    now: datetime,
    without_factor: bool = False,
    by: Doer = THIS_MACHINE,
) -> str:
    """Return the token of a one-time link for somebody who is let in, the only one that opens.

    `without_factor` also takes their second factor away. Raises `UnknownPerson`.
    """
    async with database.write() as conn:
        known = await people.person_of(conn, id_, locked=True)
        if known is None or known.disabled_at is not None:
            raise UnknownPerson(id_)
        if without_factor:
            await accounts.take_factor_away(conn, id_, now=now, by=by)
        return await accounts.invite(conn, id_, now=now, by=by)


async def end_sessions(id_: str, *, database: Database, now: datetime, by: Doer) -> int:
    """End every session of somebody; returns how many."""
    async with database.write() as conn:
        ended = await sessions.end_all(conn, id_)
        if ended:
            await audit.note(conn, Deed.SESSIONS_ENDED, id_, by=by, now=now, detail=str(ended))
    return ended


async def end_session(token_hash: str, *, database: Database, now: datetime, by: Doer) -> bool:
    """End one session; tells whether there was one."""
    async with database.write() as conn:
        session = await sessions.session_of(conn, token_hash)
        if session is None or not await sessions.end(conn, token_hash):
            return False
        about = session.person_id
        await audit.note(conn, Deed.SESSIONS_ENDED, about, by=by, now=now, detail="1")
    return True
