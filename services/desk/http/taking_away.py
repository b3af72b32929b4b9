"""Files that were brought by mistake, taken away by a program, or by a form of a case's page."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.access.actor import Actor
from services.access.door import ASKED, WHOEVER
from services.desk.use_cases.taking_away import NotTheirs, ProvesSomething, take_away
from services.desk.use_cases.uploading import Files
from services.kit.http.problems import Refused, problem


def add_taking_away(router: APIRouter, files: Files) -> None:
    """Add the route by which a program takes a file away."""

    @router.delete(
        "/cases/{case_id}/files/{file_id}",
        status_code=204,
        response_description="It is shown no more",
        responses=ASKED
        | {
            404: problem("No such file of this case that you brought"),
            409: problem("An answer names the file: it proves something"),
            422: problem("An id of another form"),
        },
    )
    async def delete_file(case_id: UUID, file_id: UUID, actor: Annotated[Actor, WHOEVER]) -> None:
        """Take a file away that you brought by mistake, while nothing said of the case names it.

        It is shown no more at once, and the audit keeps who did it; its bytes go a day later. The
        same bytes can be brought again. An answer that was on its way and names it brings it back.
        """
        await taken_away(files, case_id, file_id, actor)


async def taken_away(files: Files, case_id: UUID, file_id: UUID, actor: Actor) -> None:
    """Take a file away for who brought it. Raises `Refused`."""
    try:
        await take_away(files, case_id, file_id, actor=actor)
    except NotTheirs as unknown:
        raise Refused(404, "There is no such file here that you brought.") from unknown
    except ProvesSomething as proof:
        raise Refused(409, "This file is part of what was said of the case.") from proof
