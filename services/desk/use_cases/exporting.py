"""All cases of a list, handed on a step at a time, however many pages that would be."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from services.access.actor import Actor
from services.desk.bounds import EXPORTED_AT_ONCE, MOST_EXPORTED
from services.desk.domain.view import View
from services.desk.store import lists
from services.desk.store.rows import view_of
from services.desk.store.wanted import Wanted
from services.kit.sql.cursors import Cursor
from services.kit.sql.database import Database

_LOG: Final = logging.getLogger(__name__)


class TooMany(Exception):
    """More cases match than go into one file; the message is how many do."""


async def exported(
    wanted: Wanted,
    take: Callable[[Sequence[View]], Awaitable[None]],
    *,
    actor: Actor,
    now: datetime,
    database: Database,
) -> int:
    """Hand all cases of a list that somebody may see to `take`, the newest first.

    Returns how many. Each step is a transaction of its own, so that a long file holds nobody up:
    each case is as it was when its step came, and none is met twice or passed over. Raises
    `TooMany`.
    """
    count, after = 0, None
    while True:
        step = replace(wanted, after=after, limit=EXPORTED_AT_ONCE)
        async with database.read() as conn:
            rows = await lists.cases(conn, step, actor=actor, now=now)
        count += len(rows)
        if count > MOST_EXPORTED:
            raise TooMany(MOST_EXPORTED)
        await take([view_of(row) for row in rows])
        if len(rows) < EXPORTED_AT_ONCE:
            return count
        after = Cursor(rows[-1]["registered_at"], rows[-1]["case_id"])


def note_export(actor: Actor, *, query: str, count: int, form: str) -> None:
    """Keep in the log who took which cases away; before they have them."""
    told = {"by": actor.id, "query": query, "cases": count, "form": form}
    _LOG.info("cases were exported", extra=told)
