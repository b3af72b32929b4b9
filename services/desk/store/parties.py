"""When something last came from whom."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.desk.domain.parties import SOURCE, party
from services.desk.store.tables import CaseParty
from services.kit.sql.declaring import table_of

_PARTY: Final = table_of(CaseParty)


async def last_of_sources(conn: AsyncConnection, names: Iterable[str]) -> dict[str, datetime]:
    """Return when the newest case was registered that each source reported; none where it did not.

    A look into an index for each, however many cases there are.
    """
    found = {}
    for name in names:
        newest = select(func.max(_PARTY.c.registered_at)).where(
            _PARTY.c.party == party(SOURCE, name)
        )
        if (at := await conn.scalar(newest)) is not None:
            found[name] = at
    return found
