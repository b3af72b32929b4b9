"""Open cases are found by the cells that they are in, also those of an older release."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, inspect, select

from services.assessment.position import Position, cell_of
from services.desk.migrations import HISTORY
from services.desk.store.lists import VIEW
from services.desk.store.rows import row_of
from services.kit.sql.migrations import upgrade
from tests.support.databases import Place, opened
from tests.support.desk_town import viewed
from tests.support.notifier import NOON, case_of
from tests.support.older_releases import desk_before

pytestmark = pytest.mark.timeout(300)

POINTS = ((28.688, 115.952), (-33.4489, -70.6693), (0.0, 180.0), (90.0, -180.0), (-90.0, 0.0))


def _columns(conn: Connection) -> set[str]:
    return {column["name"] for column in inspect(conn).get_columns(VIEW.name)}


async def test_rows_of_an_older_release_get_theirs(place: Place, tmp_path: Path) -> None:
    url = await desk_before("r1_16", place, tmp_path)  # finds what is near
    at = [{"point": {"lat": lat, "lon": lon}} for lat, lon in POINTS]
    views = [
        viewed(case_id=case_of(str(number)), place=where)
        for number, where in enumerate([*at, {"grid": "a"}])
    ]
    views.append(viewed(case_id=case_of("ended"), place=at[0], closed_at=NOON))
    async with opened(url) as database, database.write() as conn:
        known = await conn.run_sync(_columns)
        rows = [{n: value for n, value in row_of(one).items() if n in known} for one in views]
        await conn.execute(insert(VIEW), rows)
    await upgrade(HISTORY, url)
    async with opened(url) as database, database.read() as conn:
        cells = {**dict((await conn.execute(select(VIEW.c.case_id, VIEW.c.cell))).all())}
    wanted = [cell_of(Position(*one)) for one in POINTS] + [None, None]
    assert [cells[one.case_id] for one in views] == wanted
