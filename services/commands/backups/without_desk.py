"""A backup from before there was a desk: what becomes of the house's desk when it is put back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.topics import CASES
from schemas.vocabulary import DESK, NOTIFIER
from services.desk.handlers import STAGE
from services.desk.store.anew import begin_anew, begin_in_house
from services.kit.sql.database import open_database
from services.kit.stage import positions
from services.machine.databases import Addresses, bring_up_to_date, revision_of
from services.notifier.handlers import STAGE as NOTIFIER_STAGE


def desk_reads_anew(where: Addresses, *, notifier: Addresses) -> str:
    """Let a desk show what the topics tell; returns what that means for people and keys.

    One that is there keeps them, for nothing else knows them and they are newer than the backup.
    One that is not begins empty, as the desk of the house that `notifier` was put back for.
    """
    told = "The backup is older than the desk, which reads anew what it shows of cases."
    if not where.is_missing and asyncio.run(revision_of(where.app)) is not None:
        bring_up_to_date({DESK: where})
        asyncio.run(_begin_anew(where.app))
        return f"{told} People, keys and sessions are as they were."
    bring_up_to_date({DESK: where, NOTIFIER: notifier})
    asyncio.run(_begin_empty(where.app, house=notifier.app))
    return f"{told} It knows no people and no keys: add them anew."


async def _begin_anew(url: str) -> None:
    async with _written(url) as conn:
        await begin_anew(conn, stage=STAGE)


async def _begin_empty(url: str, *, house: str) -> None:
    async with _written(house) as conn:
        reached = await positions.reached(conn, stage=NOTIFIER_STAGE)
    known = {place: at for place, at in reached.items() if place[0] == CASES}
    async with _written(url) as conn:
        await begin_in_house(conn, stage=STAGE, known=known)


@asynccontextmanager
async def _written(url: str) -> AsyncIterator[AsyncConnection]:
    database = open_database(url, name="tongxin restore")
    try:
        async with database.write() as conn:
            yield conn
    finally:
        await database.close()
