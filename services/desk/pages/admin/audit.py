"""What was done with those who may come in, by whom, the newest first."""

from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.desk.bounds import MOST_ENTRIES
from services.desk.pages.admin.administration import Administration, LetsIn, Searched
from services.desk.pages.admin.entries import entries_shown
from services.desk.pages.rendering import page
from services.desk.pages.routing import pages_router
from services.desk.store import audit
from services.kit.http.problems import Refused
from services.kit.records import Fault
from services.kit.sql.cursors import Cursor, InvalidCursor

PATH: Final = "/audit"


def audit_router(administration: Administration) -> APIRouter:
    """Return this route."""
    router = pages_router()

    @router.get(PATH)
    async def list_entries(
        request: Request,
        actor: LetsIn,
        about: Searched = "",
        after: Searched = "",
    ) -> Response:
        async with administration.frame.database.read() as conn:
            found = await audit.entries(
                conn, most=MOST_ENTRIES + 1, about=about.strip(), after=_cursor(after)
            )
            reader = await administration.reader(request, conn, actor)
            shown, more = found[:MOST_ENTRIES], len(found) > MOST_ENTRIES
            entries = await entries_shown(conn, shown, reader)
        query = {"about": about.strip()}
        last = str(Cursor(shown[-1].at, shown[-1].id)) if more else ""
        return page(
            "admin/audit.html",
            reader,
            entries=entries,
            about=about.strip(),
            following=f"{PATH}?{urlencode(query | {'after': last})}" if more else "",
            first=f"{PATH}?{urlencode(query)}" if after else "",
        )

    return router


def _cursor(text: str) -> Cursor | None:
    """Return the place a cursor names. Raises `Refused`."""
    try:
        return Cursor.parse(text) if text else None
    except InvalidCursor as invalid:
        fault = Fault("after", str(invalid))
        raise Refused(422, "The request is not valid.", errors=(fault,)) from invalid
