"""Photos and papers of a case: brought by whoever sees it, kept, and shown to the same.

A file is one of a case once its bytes are stored: only then it has a row, and a reference by which
an answer may name it as evidence.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.vocabulary import derived_id
from services.access.actor import Actor
from services.access.file_references import reference_of
from services.access.turns import Turns
from services.desk.bounds import (
    BY_ONE_WITHIN,
    FILES_AT_ONCE,
    MOST_BY_ONE,
    MOST_BYTES_BY_ONE,
    MOST_BYTES_OF_A_CASE,
    MOST_FILE_BYTES,
    MOST_OF_A_CASE,
)
from services.desk.store import story, uploads
from services.desk.store.files import FileStore
from services.desk.store.uploads import Amount, Upload
from services.desk.use_cases.saying import UnknownCase
from services.kit.clock import Clock, system_clock
from services.kit.pictures.opening import Opened, Pictures, Unfit
from services.kit.records import Fault, Rejected
from services.kit.sql.database import Database

_LOG: Final = logging.getLogger(__name__)


class BringsNone(Exception):
    """Whoever sees a case for what they reported brings no files to it."""


class NoRoom(Exception):
    """A case, or who brings it, has as many files as may be."""


class NotStored(Exception):
    """Bytes could not be kept: the disk is full, or the folder is not to be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What keeping files needs; the first of `secrets` signs, all of them hold.

    `clock` is the city's, `machine_clock` that by which people are let in. `turns` are of requests
    that bring files.
    """

    database: Database
    store: FileStore
    clock: Clock
    secrets: tuple[bytes, ...]
    machine_clock: Clock = system_clock
    pictures: Pictures = field(default_factory=Pictures)
    turns: Turns = field(default_factory=lambda: Turns(FILES_AT_ONCE, of_one=2))

    def reference(self, file: Upload) -> str:
        """Return how an answer names a file as evidence."""
        return reference_of(file.case_id, file.id, secret=self.secrets[0])


@dataclass(frozen=True, slots=True)
class Brought:
    """A file as it comes: the name of its field, and its bytes."""

    field: str
    content: bytes


async def case_for_files(files: Files, case_id: UUID, actor: Actor) -> UUID:
    """Return the case to which somebody may bring files, before any of them is read.

    Raises `UnknownCase`, `BringsNone` for who sees it by what they reported alone, and `NoRoom`.
    """
    async with files.database.read() as conn:
        row = await story.case(conn, case_id, actor=actor)
        if row is None:
            raise UnknownCase(case_id)
        found: UUID = row["case_id"]
        if await story.sees_as_source(conn, found, actor=actor):
            raise BringsNone("A source sees what became of its reports, and brings no files.")
        await _check_room(conn, found, actor, now=files.clock())
    return found


async def files_of(conn: AsyncConnection, case_id: UUID, *, actor: Actor) -> list[Upload]:
    """Return the files of a case that somebody sees; a source that reported it sees none."""
    if await story.sees_as_source(conn, case_id, actor=actor):
        return []
    return await uploads.of_case(conn, case_id)


async def keep(
    files: Files, case_id: UUID, brought: Sequence[Brought], *, actor: Actor, zone: ZoneInfo
) -> list[Upload]:
    """Keep files of a case, all or none; return them in their order.

    `zone` is where cameras are that name none. The same bytes are the same file of a case, whoever
    brings them. Raises `Rejected` for what is no such file, `NoRoom`, and `NotStored`.
    """
    opened = await _opened(files.pictures, brought)
    now = files.clock()
    kept = []
    for number, (one, found) in enumerate(zip(brought, opened, strict=True)):
        whole, small = await _stored(files.store, found)
        kept.append(
            _upload(
                case_id,
                sha256(one.content).hexdigest(),
                found,
                zone,
                whole=whole,
                small=small,
                brought_by=actor.id,
                brought_at=now + timedelta(microseconds=number),
            )
        )
    ids = [one.id for one in kept]
    async with files.database.write() as conn:
        await _check_room(conn, case_id, actor, now=now)
        await uploads.add(conn, [*{one.id: one for one in kept}.values()])
        # One that was there already has come with somebody else, or earlier.
        there = {one.id: one for one in await uploads.found(conn, case_id, ids)}
    return [there[one] for one in ids]


async def content_of(
    files: Files, case_id: UUID, file_id: UUID, *, small: bool, actor: Actor
) -> tuple[Upload, bytes] | None:
    """Return a file and its bytes; None for what is not there, or not somebody's to see."""
    async with files.database.read() as conn:
        seen = await uploads.found(conn, case_id, [file_id])
        if not seen or not await _sees_files(conn, case_id, actor):
            return None
    name = seen[0].small if small else seen[0].whole
    content = None if name is None else await asyncio.to_thread(files.store.get, name)
    return None if content is None else (seen[0], content)


async def _sees_files(conn: AsyncConnection, case_id: UUID, actor: Actor) -> bool:
    """Tell whether somebody sees the files of a case: with it, or with the one that it joined."""
    for one in await story.onward(conn, case_id):
        seen = await story.visible(conn, one, actor=actor)
        if seen is not None and not await story.sees_as_source(conn, one, actor=actor):
            return True
    return False


async def _stored(store: FileStore, found: Opened) -> tuple[str, str | None]:
    try:
        whole = await asyncio.to_thread(store.put, found.whole)
        small = None if found.small is None else await asyncio.to_thread(store.put, found.small)
    except OSError as error:
        _LOG.exception("a file could not be stored")
        raise NotStored(str(error)) from error
    return whole, small


def _upload(case_id: UUID, original: str, found: Opened, zone: ZoneInfo, **kept: Any) -> Upload:
    lat, lon = (None, None) if found.point is None else (found.point.lat, found.point.lon)
    return Upload(
        id=derived_id("file", case_id, original),
        case_id=case_id,
        media_type=found.media_type,
        original=original,
        bytes=len(found.whole) + len(found.small or b""),
        width=found.width,
        height=found.height,
        taken_at=_instant(found.taken, zone),
        lat=lat,
        lon=lon,
        **kept,
    )


async def _opened(pictures: Pictures, brought: Sequence[Brought]) -> list[Opened]:
    opened, faults = [], []
    for one in brought:
        try:
            _check_size(one)
            opened.append(await pictures.opened(one.content))
        except Unfit as unfit:
            faults.append(Fault(one.field[:100], str(unfit)))
    if faults:
        raise Rejected("invalid", faults)
    return opened


def _check_size(brought: Brought) -> None:
    if len(brought.content) > MOST_FILE_BYTES:
        raise Unfit(f"has more than {MOST_FILE_BYTES} bytes")


async def _check_room(conn: AsyncConnection, case_id: UUID, actor: Actor, *, now: datetime) -> None:
    """Refuse what would be one more; a request that begins below the limit may end above it."""
    of_case = await uploads.amount_of_case(conn, case_id)
    if _is_full(of_case, MOST_OF_A_CASE, MOST_BYTES_OF_A_CASE):
        raise NoRoom(f"The case has {of_case.count} files of {of_case.bytes} bytes: no more.")
    by_one = await uploads.amount_by(conn, actor.id, since=now - BY_ONE_WITHIN)
    if _is_full(by_one, MOST_BY_ONE, MOST_BYTES_BY_ONE):
        raise NoRoom(f"You brought {by_one.count} files within a day: go on tomorrow.")


def _is_full(amount: Amount, count: int, size: int) -> bool:
    return amount.count >= count or amount.bytes >= size


def _instant(taken: datetime | None, zone: ZoneInfo) -> datetime | None:
    """Return when it was by the camera; what lies outside of any calendar is nothing."""
    if taken is None:
        return None
    try:
        return (taken if taken.tzinfo else taken.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        return None
