"""Who has a case open, as long as their browsers say so."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.desk.bounds import LOOK_LASTS
from services.desk.store.identity_tables import Person
from services.desk.store.live_tables import CaseLooker
from services.kit.sql.bulk import delete_found, delete_rows, insert_rows
from services.kit.sql.declaring import table_of

_LOOKER: Final = table_of(CaseLooker)
_PERSON: Final = table_of(Person)


async def look(conn: AsyncConnection, case_id: UUID, person_id: str, *, now: datetime) -> bool:
    """Keep that somebody looks at a case; tells whether they did not before."""
    same = (_LOOKER.c.case_id == case_id) & (_LOOKER.c.person_id == person_id)
    before = await conn.scalar(select(_LOOKER.c.seen_at).where(same))
    row = {"case_id": case_id, "person_id": person_id, "seen_at": now}
    await insert_rows(conn, CaseLooker, [row], replace=("seen_at",))
    return before is None or before <= now - LOOK_LASTS


async def leave(conn: AsyncConnection, case_id: UUID, person_id: str) -> None:
    """Keep that somebody looks no longer."""
    await delete_rows(conn, CaseLooker, [{"case_id": case_id, "person_id": person_id}])


async def others(
    conn: AsyncConnection, case_id: UUID, *, but: str, now: datetime, most: int
) -> list[str]:
    """Return the names of those who look at a case beside one person, `most` at most."""
    query = (
        select(_PERSON.c.name)
        .join(_LOOKER, _LOOKER.c.person_id == _PERSON.c.id)
        .where(_LOOKER.c.case_id == case_id, _LOOKER.c.seen_at > now - LOOK_LASTS)
        .where(_PERSON.c.id != but)
        .order_by(_PERSON.c.name, _PERSON.c.id)
    )
    return [*(await conn.scalars(query.limit(most)))]


async def forget(conn: AsyncConnection, *, before: datetime, most: int) -> int:
    """Forget looks of which nobody says that they go on; returns how many."""
    keys = select(_LOOKER.c.case_id, _LOOKER.c.person_id).where(_LOOKER.c.seen_at <= before)
    return await delete_found(conn, CaseLooker, keys.limit(most))
