"""Who works at each open case. A case that ended, or was opened again, is nobody's."""

import json
from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.domain.holding import Holding
from services.intake.store.tables import CaseHolding
from services.kit.sql.among import among
from services.kit.sql.bulk import delete_rows, insert_rows
from services.kit.sql.declaring import table_of

_HOLDING = table_of(CaseHolding)
_KNOWN = select(_HOLDING).where(among(_HOLDING.c.case_id, "case_ids"))


async def holdings_of(conn: AsyncConnection, case_ids: Collection[UUID]) -> dict[UUID, Holding]:
    """Return who works at those of these cases that anybody works at."""
    if not case_ids:
        return {}
    rows = await conn.execute(_KNOWN, {"case_ids": sorted(case_ids)})
    return {
        row.case_id: Holding(
            lead=row.lead,
            parts={UUID(id_): who for id_, who in json.loads(row.parts).items()},
            told=row.told,
            offered=row.offered,
        )
        for row in rows
    }


async def save_holdings(conn: AsyncConnection, holdings: Mapping[UUID, Holding]) -> None:
    """Write who works at these cases."""
    rows = [
        {
            "case_id": id_,
            "lead": one.lead,
            "parts": json.dumps({str(part): who for part, who in one.parts.items()}),
            "told": one.told,
            "offered": one.offered,
        }
        for id_, one in sorted(holdings.items())
    ]
    columns = ("lead", "parts", "told", "offered")
    await insert_rows(conn, CaseHolding, rows, replace=columns)


async def forget_holdings(conn: AsyncConnection, case_ids: Collection[UUID]) -> None:
    """Forget who worked at these cases."""
    await delete_rows(conn, CaseHolding, [{"case_id": id_} for id_ in sorted(case_ids)])
