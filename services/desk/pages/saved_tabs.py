"""The lists that somebody keeps, as they stand beside the tabs."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qsl

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.access.actor import Actor
from services.desk.domain.saved_views import MOST_OF_A_VIEW
from services.desk.http.cases import CaseFilter, wanted_of
from services.desk.pages.queues import PATH, SavedTab
from services.desk.store import lists, saved


async def saved_tabs(
    conn: AsyncConnection, actor: Actor, *, shown: Mapping[str, str] | None, now: datetime
) -> list[SavedTab]:
    """Return what somebody keeps, each with its count; `shown` is the list of the page, if any."""
    found = []
    for row in await saved.views_of(conn, actor.id):
        query = dict(parse_qsl(row["query"]))
        tab = SavedTab(
            number=row["number"],
            name=row["name"],
            address=f"{PATH}?{row['query']}",
            counted=await _counted(conn, actor, query, now=now),
            is_current=shown is not None and shown == query,
        )
        found.append(tab)
    return found


async def _counted(
    conn: AsyncConnection, actor: Actor, query: Mapping[str, str], *, now: datetime
) -> str:
    """Return how many there are; nothing where that would be counted among all that ever was."""
    try:
        wanted = wanted_of(CaseFilter.model_validate(query, strict=False))
    except ValidationError:
        return ""  # kept under filters that are no longer known: the list says so
    if not wanted.is_open or wanted.text is not None:
        return ""
    most = MOST_OF_A_VIEW
    count = await lists.count(conn, wanted, actor=actor, now=now, most=most + 1)
    return f"{most}+" if count > most else str(count)
