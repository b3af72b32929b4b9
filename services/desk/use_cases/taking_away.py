"""Files that were brought by mistake: taken away by who brought them, unless they prove something.

One that is taken away is shown no more. Its bytes go a day later, if no other file has the same:
an answer that was on its way meanwhile, and names it, brings it back.
"""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from services.access.actor import Actor
from services.access.file_references import files_named
from services.desk.bounds import BYTES_UNUSED_FOR, TAKEN_AWAY_AT_ONCE, TAKEN_AWAY_FOR
from services.desk.domain.audit import Deed, Doer
from services.desk.store import audit, story, uploads
from services.desk.store.lists import Found
from services.desk.store.uploads import TakenAway
from services.desk.use_cases.uploading import Files


class NotTheirs(LookupError):
    """There is no such file, or somebody else brought it."""


class ProvesSomething(Exception):
    """The file is part of what was said of its case."""


async def take_away(files: Files, case_id: UUID, file_id: UUID, *, actor: Actor) -> None:
    """Take a file of a case away, for who brought it. Raises `NotTheirs` and `ProvesSomething`."""
    now = files.clock()
    async with files.database.write() as conn:
        seen = await story.visible(conn, case_id, actor=actor)
        found = [] if seen is None else await uploads.found(conn, case_id, [file_id])
        if not found or found[0].brought_by != actor.id:
            raise NotTheirs(file_id)
        if file_id in named_in(await story.lines(conn, case_id)):
            raise ProvesSomething(file_id)
        await uploads.take_away(conn, file_id, now=now)
        await audit.note(
            conn,
            Deed.FILE_TAKEN_AWAY,
            str(case_id),
            by=Doer(actor.id, actor.name),
            now=files.machine_clock(),
            detail=f"file {file_id}, SHA-256 {found[0].original}",
        )


def named_in(lines: Iterable[Found]) -> set[UUID]:
    """Return which files a story names."""
    return {file for line in lines for file in files_named(line["data"])}


async def clear(files: Files) -> None:
    """Let go what was taken away for long enough; bring back what proves something after all."""
    async with files.database.read() as conn:
        taken = await uploads.taken_away(conn, most=TAKEN_AWAY_AT_ONCE)
    before = files.clock() - TAKEN_AWAY_FOR
    for one in taken:
        await _clear(files, one, before=before)


async def _clear(files: Files, one: TakenAway, *, before: datetime) -> None:
    async with files.database.write() as conn:
        if one.id in named_in(await story.lines(conn, one.case_id)):
            await uploads.give_back(conn, one.id)
        elif one.at < before:
            unused = await uploads.drop(conn, one.id)
            since = files.machine_clock() - BYTES_UNUSED_FOR
            for name in unused:
                await asyncio.to_thread(files.store.remove, name, unused_since=since)
