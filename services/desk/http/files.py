"""Photos and papers of cases: brought, listed, shown and taken away."""

import re
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from schemas.events.incident import Point
from schemas.plan import Plan
from schemas.scopes import Scope
from services.access.actor import Actor
from services.access.door import ASKED, WHOEVER, asks
from services.desk.bounds import FILES_SECONDS, MOST_FILES_BYTES
from services.desk.http.cases import not_known
from services.desk.http.file_links import Copy, Links
from services.desk.http.form import Parts, parts_of
from services.desk.http.taking_away import add_taking_away
from services.desk.store import story
from services.desk.store.uploads import Upload
from services.desk.use_cases.saying import UnknownCase
from services.desk.use_cases.uploading import (
    BringsNone,
    Files,
    NoRoom,
    NotStored,
    case_for_files,
    content_of,
    files_of,
    keep,
)
from services.kit.http import request_guard
from services.kit.http.door import invalid
from services.kit.http.problems import Refused, problem, unreachable
from services.kit.http.request_guard import MULTIPART
from services.kit.pictures.opening import MediaType
from services.kit.records import Fault, Rejected

TAKEN_AT: Final = request_guard.Files(
    path=re.compile(r"/cases/[^/]+/files"), most_bytes=MOST_FILES_BYTES, seconds=FILES_SECONDS
)
"""Where bodies with files come in."""
_FIELD: Final = "file"
_SENDERS: Final = (Scope.ANSWERS_WRITE, Scope.COMMANDS_WRITE)
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            MULTIPART: {
                "schema": {
                    "type": "object",
                    "required": [_FIELD],
                    "properties": {
                        _FIELD: {
                            "type": "array",
                            "minItems": 1,
                            "items": {"type": "string", "format": "binary"},
                        }
                    },
                }
            }
        },
    }
}
_TAKEN: Final[dict[int | str, dict[str, Any]]] = {
    **ASKED,
    404: problem("No such case here, or not one of yours"),
    408: problem("The body did not come in time"),
    409: problem("The case, or whoever brings them, has as many files as may be"),
    413: problem("More than 32 MiB together"),
    422: problem("A file that is none of what is taken, broken, or too large; nothing was taken"),
    503: problem("No file can be stored now, or the installation has no secret to name them by"),
}
_SHOWN: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The copy: a JPEG, or a PDF to be kept",
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in (MediaType.JPEG, MediaType.PDF)
        },
    },
    403: problem("The link has ended, or was made for somebody else"),
    404: problem("No such file, or no such copy of it, or not one of yours"),
    422: problem("No link of ours"),
}
_ALONE: Final = "default-src 'none'; sandbox; base-uri 'none'; frame-ancestors 'none'"


class FileShown(BaseModel):
    """A file of a case.

    `reference` names it as the `link` of a proof. `small` and `whole` are addresses of its copies,
    for whoever asked, `until` an instant; a PDF has no small one. `taken_at` and `point` are what
    the camera said, as far as it did. Sides are in pixels, those of the whole copy.
    """

    id: UUID
    media_type: str
    brought_by: str
    brought_at: datetime
    bytes: int
    width: int | None
    height: int | None
    taken_at: datetime | None
    point: Point | None
    reference: str
    small: str | None
    whole: str | None
    until: datetime


class FilesShown(BaseModel):
    """Files of a case, in the order they came."""

    case_id: UUID
    files: list[FileShown]


def files_router(files: Files, *, plan: Callable[[], Plan]) -> APIRouter:
    """Return the routes of files."""
    router = APIRouter(tags=["files"])

    @router.post(
        "/cases/{case_id}/files",
        status_code=201,
        response_description="They are stored",
        responses=_TAKEN,
        openapi_extra=_BODY,
    )
    async def post_files(
        case_id: UUID, request: Request, actor: Annotated[Actor, WHOEVER]
    ) -> FilesShown:
        """Store photos and papers of a case: JPEG, PNG, WebP, HEIC, PDF, by content, not by name.

        The parts of the form are called `file`. Each has 10 MiB at most, a request ten of them and
        32 MiB. All are taken, or none. Sent again, the same bytes are the same file. A picture is
        drawn anew and loses what a camera wrote into it, but when and where it was taken. The
        `reference` of each is the `link` by which an answer names it as evidence.
        """
        async with bringing(files, case_id, actor) as found:
            parts = await parts_of(request)
            check_parts(parts)
            zone = plan().timezone
            kept = await keep(files, found, parts.files, actor=actor, zone=zone)
        return FilesShown(case_id=found, files=[*_shown(files, kept, actor)])

    _add_list(router, files)
    _add_copies(router, files)
    add_taking_away(router, files)
    return router


def _add_list(router: APIRouter, files: Files) -> None:
    @router.get(
        "/cases/{case_id}/files",
        responses=ASKED | {404: problem("Not known here, or not yours")},
    )
    async def list_files(
        case_id: UUID, actor: Annotated[Actor, asks(Scope.CASES_READ)]
    ) -> FilesShown:
        """List the files of a case, with links for you that hold for an hour or two."""
        async with files.database.read() as conn:
            row = await story.case(conn, case_id, actor=actor)
            if row is None:
                raise not_known(case_id)
            found = await files_of(conn, row["case_id"], actor=actor)
        _check_secret(files)
        return FilesShown(case_id=row["case_id"], files=[*_shown(files, found, actor)])


def _add_copies(router: APIRouter, files: Files) -> None:
    @router.get(
        "/cases/{case_id}/files/{file_id}/{copy}",
        responses=ASKED | _SHOWN,
        response_class=Response,
    )
    async def get_file(
        case_id: UUID,
        file_id: UUID,
        copy: Copy,
        actor: Annotated[Actor, asks(Scope.CASES_READ)],
        until: Annotated[int, Query(ge=0, lt=2**40)],
        mark: Annotated[str, Query(max_length=64)],
    ) -> Response:
        """Show a copy of a file by a link of ours, to whom the link was made for, until it ends."""
        links = links_of(files, actor)
        left = links.seconds_left(case_id, file_id, copy, until=until, mark=mark)
        if not left:
            raise Refused(403, "This link has ended, or was not made for you: look at the case.")
        small = copy is Copy.SMALL
        found = await content_of(files, case_id, file_id, small=small, actor=actor)
        if found is None:
            raise Refused(404, "There is no such file here, or not for you.")
        return _served(*found, seconds=left)


@asynccontextmanager
async def bringing(files: Files, case_id: UUID, actor: Actor) -> AsyncIterator[UUID]:
    """Let somebody bring files to a case within this block, a few at the same time.

    Raises `Refused`: before anything is read where the case, or who asks, takes none.
    """
    if not may_bring(actor):
        raise Refused(403, f"You lack the scope {' or '.join(_SENDERS)}.")
    _check_secret(files)
    try:
        found = await case_for_files(files, case_id, actor)
        async with files.turns.of(actor.id):
            yield found
    except UnknownCase as unknown:
        raise not_known(case_id) from unknown
    except BringsNone as barred:
        raise Refused(403, str(barred)) from barred
    except NoRoom as full:
        raise Refused(409, str(full)) from full
    except NotStored as error:
        raise unreachable("The folder of files") from error
    except Rejected as rejected:
        raise invalid(*rejected.faults) from rejected


def may_bring(actor: Actor) -> bool:
    """Tell whether somebody may bring files to a case that they see: whoever may say something."""
    return any(actor.may(scope) for scope in _SENDERS)


def check_parts(parts: Parts) -> None:
    """Refuse what a program sends that is no file of ours."""
    strange = {*parts.fields, *(one.field for one in parts.files)} - {_FIELD}
    if strange or not parts.files:
        name = min(strange, default=_FIELD)
        raise invalid(Fault(name[:100], f"send files, each as a part called {_FIELD}"))


def links_of(files: Files, actor: Actor) -> Links:
    """Return what makes somebody's links now; people are let in by the machine's time."""
    return Links(secrets=files.secrets, actor=actor, now=files.machine_clock())


def _shown(files: Files, found: Iterable[Upload], actor: Actor) -> Iterable[FileShown]:
    links = links_of(files, actor)
    for one in found:
        yield FileShown(
            id=one.id,
            media_type=one.media_type,
            brought_by=one.brought_by,
            brought_at=one.brought_at,
            bytes=one.bytes,
            width=one.width,
            height=one.height,
            taken_at=one.taken_at,
            point=None if one.lat is None or one.lon is None else Point(lat=one.lat, lon=one.lon),
            reference=files.reference(one),
            small=links.to(one, Copy.SMALL),
            whole=links.to(one, Copy.WHOLE),
            until=links.ends(),
        )


def _served(file: Upload, content: bytes, *, seconds: int) -> Response:
    is_paper = file.media_type == MediaType.PDF
    kind = MediaType.PDF if is_paper else MediaType.JPEG
    how, suffix = ("attachment", "pdf") if is_paper else ("inline", "jpg")
    return Response(
        content,
        media_type=kind,
        headers={
            "Content-Disposition": f'{how}; filename="{file.id}.{suffix}"',
            "Content-Security-Policy": _ALONE,
            "Cache-Control": f"private, max-age={seconds}, immutable",
            "Vary": "Cookie, Authorization",
        },
    )


def _check_secret(files: Files) -> None:
    if not files.secrets:
        raise Refused(503, "TONGXIN_ACCESS_SECRET is not set: nobody could check a file's name.")
