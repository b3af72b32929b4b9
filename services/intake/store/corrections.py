"""What cases really are, as the notifier tells."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.assessment.position import Position
from services.intake.domain.correction import Known, Spot
from services.intake.store.tables import Report
from services.kit.sql.among import among
from services.kit.sql.bulk import update_rows
from services.kit.sql.declaring import table_of

_REPORT = table_of(Report)
_KNOWN = select(
    _REPORT.c.case_id,
    _REPORT.c.category,
    _REPORT.c.urgency,
    _REPORT.c.lat,
    _REPORT.c.lon,
    _REPORT.c.grid,
    _REPORT.c.address,
    _REPORT.c.corrected_sequence,
).where(among(_REPORT.c.case_id, "case_ids"))


async def known_cases(conn: AsyncConnection, case_ids: Collection[UUID]) -> dict[UUID, Known]:
    """Return what is known of those of these cases that are reports here."""
    if not case_ids:
        return {}
    rows = await conn.execute(_KNOWN, {"case_ids": sorted(case_ids)})
    return {
        row.case_id: Known(
            category=row.category,
            urgency=row.urgency,
            spot=Spot(
                position=None if row.lat is None else Position(row.lat, row.lon),
                grid=row.grid,
                address=row.address,
            ),
            sequence=row.corrected_sequence,
        )
        for row in rows
    }


async def save_corrected(conn: AsyncConnection, cases: Mapping[UUID, Known]) -> None:
    """Write what these cases really are; one that a later correction is in stays as it is."""
    rows = [
        {
            "case_id": case_id,
            "category": known.category,
            "urgency": known.urgency,
            "lat": None if known.spot.position is None else known.spot.position.lat,
            "lon": None if known.spot.position is None else known.spot.position.lon,
            "grid": known.spot.grid,
            "place": known.place,
            "address": known.spot.address,
            "corrected_sequence": known.sequence,
        }
        for case_id, known in sorted(cases.items())
    ]
    await update_rows(conn, Report, rows, newer_by="corrected_sequence")
