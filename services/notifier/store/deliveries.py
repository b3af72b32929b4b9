"""Notices on their way to webhooks: claimed, sent, marked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, exists, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.deliveries import DeliveryState
from services.kit.sql.bulk import delete_found, insert_rows
from services.kit.sql.cursors import Cursor
from services.kit.sql.declaring import table_of
from services.notifier.bounds import LEASE, PRUNED_AT_ONCE
from services.notifier.store.tables import GIVEN_UP, SENT, WAITING, Delivery

_DELIVERY = table_of(Delivery)
_BY_STATE: Final = {
    DeliveryState.WAITING: (WAITING, _DELIVERY.c.attempt_at),
    DeliveryState.GIVEN_UP: (GIVEN_UP, _DELIVERY.c.given_up_at),
    DeliveryState.SENT: (SENT, _DELIVERY.c.sent_at),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One notice for one webhook; `attempts` counts the one that is being made."""

    id: UUID
    url: str
    body: bytes
    created_at: datetime
    attempts: int = 0


async def add(conn: AsyncConnection, outgoing: Iterable[Outgoing]) -> None:
    """Keep what must be sent, due at once."""
    rows = [
        {
            "id": one.id,
            "url": one.url,
            "body": one.body,
            "created_at": one.created_at,
            "attempt_at": one.created_at,
            "attempts": 0,
        }
        for one in outgoing
    ]
    await insert_rows(conn, Delivery, rows, skip_known=True)


async def receivers(conn: AsyncConnection, *, now: datetime) -> list[str]:
    """Return the URLs for which something is due; a long queue of one costs no more."""
    # From each URL to the next in the index: a DISTINCT would read all that waits.
    least = select(func.min(_DELIVERY.c.url).label("url")).where(WAITING)
    found = least.cte("receivers", recursive=True)
    following = least.where(_DELIVERY.c.url > found.c.url).scalar_subquery()
    found = found.union_all(select(following).where(found.c.url.is_not(None)))
    due = exists().where(WAITING, _DELIVERY.c.url == found.c.url, _DELIVERY.c.attempt_at <= now)
    rows = await conn.scalars(select(found.c.url).where(found.c.url.is_not(None), due))
    return [*rows]


async def claim(
    conn: AsyncConnection, url: str, *, now: datetime, until: datetime, limit: int
) -> list[Outgoing]:
    """Take what is due for a receiver, oldest first; nobody else takes it before `until`."""
    rows = await conn.execute(
        select(
            _DELIVERY.c.id,
            _DELIVERY.c.url,
            _DELIVERY.c.body,
            _DELIVERY.c.created_at,
            _DELIVERY.c.attempts,
        )
        .where(WAITING, _DELIVERY.c.url == url, _DELIVERY.c.attempt_at <= now)
        .order_by(_DELIVERY.c.attempt_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claimed = [
        Outgoing(id=id_, url=url, body=body, created_at=created_at, attempts=attempts + 1)
        for id_, url, body, created_at, attempts in rows
    ]
    if claimed:
        await conn.execute(
            update(_DELIVERY)
            .where(_DELIVERY.c.id == bindparam("id_"))
            .values(attempt_at=until, attempts=_DELIVERY.c.attempts + 1),
            [{"id_": one.id} for one in claimed],
        )
    return claimed


async def sent(conn: AsyncConnection, id_: UUID, *, now: datetime, told: str) -> None:
    """Note that the receiver has it."""
    await _mark(conn, id_, sent_at=now, last_answer=told)


async def given_up(conn: AsyncConnection, id_: UUID, *, now: datetime, told: str) -> None:
    """Note that it is not tried any more."""
    await _mark(conn, id_, given_up_at=now, last_answer=told)


async def try_again(conn: AsyncConnection, id_: UUID, *, at: datetime, told: str) -> None:
    """Note when it is tried again."""
    await _mark(conn, id_, attempt_at=at, last_answer=told)


async def _mark(conn: AsyncConnection, id_: UUID, **values: Any) -> None:
    # One that arrived after its lease had run out stays as the first answer left it.
    await conn.execute(update(_DELIVERY).where(WAITING, _DELIVERY.c.id == id_).values(**values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What no receiver has yet: how many notices, and since when the oldest waits."""

    count: int
    oldest_at: datetime | None


async def waiting(conn: AsyncConnection) -> Waiting:
    """Return what waits to be sent, now or at its next try."""
    asked = select(func.count(), func.min(_DELIVERY.c.created_at)).where(WAITING)
    count, oldest_at = (await conn.execute(asked)).one()
    return Waiting(count=count, oldest_at=oldest_at)


async def one(conn: AsyncConnection, id_: UUID) -> Delivery | None:
    """Return a delivery that is kept still."""
    row = (await conn.execute(select(_DELIVERY).where(_DELIVERY.c.id == id_))).one_or_none()
    return None if row is None else Delivery(**row._asdict())


async def listed(
    conn: AsyncConnection,
    state: DeliveryState,
    *,
    url: str | None,
    after: Cursor | None,
    most: int,
) -> list[Delivery]:
    """Return deliveries, to one receiver or all: what waits by its next try, else the last ended.

    Each list is read from an index of its own, so that it costs what it shows.
    """
    condition, at = _BY_STATE[state]
    query = select(_DELIVERY).where(condition).limit(most)
    if url is not None:
        query = query.where(_DELIVERY.c.url == url)
    place, id_ = tuple_(at, _DELIVERY.c.id), _DELIVERY.c.id
    if state is DeliveryState.WAITING:
        query = query.order_by(at, id_)
        query = query if after is None else query.where(place > tuple_(after.at, after.id))
    else:
        query = query.order_by(at.desc(), id_.desc())
        query = query if after is None else query.where(place < tuple_(after.at, after.id))
    return [Delivery(**row._asdict()) for row in await conn.execute(query)]


async def replay(
    conn: AsyncConnection, id_: UUID, *, ended_at: datetime | None, now: datetime, by: str
) -> bool:
    """Make due what ended as somebody saw it, or would be tried later; tell whether that was so.

    What may be tried at this moment stays: it would go out twice.
    """
    ended = func.coalesce(_DELIVERY.c.sent_at, _DELIVERY.c.given_up_at)
    is_as_seen = (
        (ended == ended_at) if ended_at else WAITING & (_DELIVERY.c.attempt_at > now + LEASE)
    )
    anew = {"attempts": 0, "sent_at": None, "given_up_at": None} if ended_at else {}
    changed = await conn.execute(
        update(_DELIVERY)
        .where(_DELIVERY.c.id == id_, is_as_seen)
        .values(attempt_at=now, replayed_at=now, replayed_by=by, **anew)
    )
    return changed.rowcount == 1


async def prune(conn: AsyncConnection, *, before: datetime) -> int:
    """Drop a batch of deliveries that ended and were made before an instant; returns how many."""
    old = (
        select(_DELIVERY.c.id)
        .where(
            _DELIVERY.c.created_at < before,
            (_DELIVERY.c.sent_at.is_not(None)) | (_DELIVERY.c.given_up_at.is_not(None)),
        )
        .limit(PRUNED_AT_ONCE)
    )
    return await delete_found(conn, Delivery, old)
