"""Which cases ended or go on, as the notifier tells."""

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.domain.closure import Closure
from services.intake.store.tables import Report
from services.kit.sql.among import among
from services.kit.sql.bulk import update_rows
from services.kit.sql.declaring import table_of

_REPORT = table_of(Report)


async def save_closures(conn: AsyncConnection, closures: Iterable[Closure]) -> None:
    """Note which cases ended or go on; one that was heard before changes nothing."""
    rows = [
        {
            "case_id": c.case_id,
            "closed_at": c.closed_at,
            "closure_sequence": c.sequence,
            "ended_as": c.ended_as,
            "ended_why": c.why,
            "ended_into": c.into,
        }
        for c in closures
    ]
    await update_rows(conn, Report, rows, newer_by="closure_sequence")


async def last_heard(conn: AsyncConnection, case_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return the number of the last news that the notifier told of each of these cases."""
    query = select(
        _REPORT.c.case_id, _REPORT.c.closure_sequence, _REPORT.c.corrected_sequence
    ).where(among(_REPORT.c.case_id, "case_ids"))
    rows = await conn.execute(query, {"case_ids": sorted(case_ids)})
    return {row.case_id: max(row.closure_sequence, row.corrected_sequence) for row in rows}
