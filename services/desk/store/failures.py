"""How often somebody tried to sign in in vain, and until when they wait."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.desk.domain.pauses import Patience, failures_before, pause_after
from services.desk.store.identity_tables import SignInFailure
from services.kit.sql.bulk import delete_found, insert_rows, update_rows
from services.kit.sql.declaring import table_of

_FAILURE: Final = table_of(SignInFailure)


async def count(
    conn: AsyncConnection, subjects: Mapping[str, Patience], *, now: datetime
) -> datetime | None:
    """Count a try of each of these, unless one of them has to wait; returns until when, if so.

    A try is counted before it is judged, under locks: of many at once each counts, and success
    takes it back.
    """
    ordered = sorted(subjects)  # in one order for all, so that no two wait for each other
    first = [{"subject": one, "failures": 0, "last_at": now, "until": now} for one in ordered]
    await insert_rows(conn, SignInFailure, first, skip_known=True)
    query = select(_FAILURE).where(_FAILURE.c.subject.in_(ordered))
    rows = (await conn.execute(query.order_by(_FAILURE.c.subject).with_for_update())).all()
    until: datetime = max(row.until for row in rows)
    if until > now:
        return until
    counted = []
    for row in rows:
        patience = subjects[row.subject]
        before = failures_before(row.failures, last=row.last_at, now=now, patience=patience)
        later = now + pause_after(before + 1, patience)
        counted.append(
            {"subject": row.subject, "failures": before + 1, "last_at": now, "until": later}
        )
    await update_rows(conn, SignInFailure, counted)
    return None


async def take_back(conn: AsyncConnection, subject: str, *, now: datetime) -> None:
    """Count one try less: it was right, and whoever else is behind that address waits no longer."""
    same = (_FAILURE.c.subject == subject) & (_FAILURE.c.failures > 0)
    values = {"failures": _FAILURE.c.failures - 1, "until": now}
    await conn.execute(update(_FAILURE).where(same).values(**values))


async def forgive(conn: AsyncConnection, subject: str) -> None:
    """Forget what failed under a name."""
    await conn.execute(delete(_FAILURE).where(_FAILURE.c.subject == subject))


async def forget_failures(conn: AsyncConnection, *, before: datetime, most: int) -> int:
    """Forget who tried last before an instant; returns how many."""
    old = select(_FAILURE.c.subject).where(_FAILURE.c.last_at < before).limit(most)
    return await delete_found(conn, SignInFailure, old)
