"""By when cases are to be closed, as the notifier tells."""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.domain.promise import Promise
from services.intake.store.tables import Report
from services.kit.sql.bulk import update_rows


async def save_promises(conn: AsyncConnection, promises: Iterable[Promise]) -> None:
    """Note by when these cases are to be closed; what was promised never comes sooner."""
    latest = {one.case_id: one for one in sorted(promises, key=lambda one: one.promised_by)}
    rows = [
        {"case_id": one.case_id, "promised_by": one.promised_by}
        for one in sorted(latest.values(), key=lambda one: one.case_id)
    ]
    await update_rows(conn, Report, rows, newer_by="promised_by")
