"""Lists that people keep under names of their own, as rows."""

from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.desk.store.lists import Found
from services.desk.store.work_tables import SavedView
from services.kit.sql.bulk import insert_rows
from services.kit.sql.declaring import table_of

_VIEW: Final = table_of(SavedView)


async def views_of(conn: AsyncConnection, person: str) -> list[Found]:
    """Return what somebody keeps, in the order of its numbers."""
    query = select(_VIEW).where(_VIEW.c.person == person).order_by(_VIEW.c.number)
    return [{**row} for row in (await conn.execute(query)).mappings()]


async def keep(conn: AsyncConnection, number: int, *, person: str, name: str, query: str) -> bool:
    """Keep a list as this number; False where number or name is somebody's view already."""
    row = {"person": person, "number": number, "name": name, "query": query}
    return bool(await insert_rows(conn, SavedView, [row], skip_known=True, returning="number"))


async def drop(conn: AsyncConnection, number: int, *, person: str) -> bool:
    """Forget a list of somebody; False where there is none of that number."""
    theirs = (_VIEW.c.person == person, _VIEW.c.number == number)
    return bool((await conn.execute(delete(_VIEW).where(*theirs))).rowcount)
