"""Housekeeping of a running house: what need not be kept any more goes, open cases go on."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import select

from services.kit.process.settings import database_variable
from services.kit.sql.database import open_database
from services.kit.sql.declaring import table_of
from services.kit.stage.tables import Inbox, OutboxChunk
from services.machine.house import House, HousePlan, opened
from tests.support.command import until
from tests.support.keys import keep_first_token
from tests.support.ports import first_port, server_ports
from tests.support.town import PLAN, Town, town_in

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

_DEPARTMENT = "urban-management"
_KEPT_DAYS = {"intake": 8, "router": 5, "notifier": 8}
"""What this house keeps: its router less than what is usual. The desk tells nothing of a case."""
_INBOX, _CHUNK = table_of(Inbox), table_of(OutboxChunk)
_AGES = {_INBOX: _INBOX.c.seen_at, _CHUNK: _CHUNK.c.published_at}
_FILLED = {
    "intake": {_CHUNK.name},
    "router": {_CHUNK.name},
    "notifier": {_INBOX.name, _CHUNK.name},
}
"""Which of them a service fills: intake and router know an event again by their cases."""

Row = tuple[str, ...]
"""A table and a row's key in it."""
Rows = dict[Row, datetime | None]
"""When an event was seen or a chunk marked as published."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Run a house in which the test moves the clock."""
    (tmp_path / "shift").write_text("0")
    keep_first_token(tmp_path)
    asked = HousePlan(
        data=tmp_path,
        plan=PLAN,
        first_port=first_port(),
        kafka_port=server_ports(1)[0],
        environment={
            "TONGXIN_CLOCK": f"shift:{tmp_path / 'shift'}",
            "TONGXIN_ROUTER_KEEP_DAYS": str(_KEPT_DAYS["router"]),
        },
    )
    with opened(asked, console=Console(quiet=True)) as house:
        house.wait_ready()
        yield house


async def _rows(house: House, service: str) -> Rows:
    """Return what a service keeps of the events it saw and the chunks it published."""
    database = open_database(house.environment[database_variable(service)])
    found: Rows = {}
    async with database.read() as conn:
        for table, age in _AGES.items():
            for *key, at in await conn.execute(select(*table.primary_key.columns, age)):
                found[table.name, *map(str, key)] = at
    await database.close()
    return found


async def _marked(house: House, town: Town) -> str:
    """Let cases come until each service has marked a chunk by now; returns the first case."""
    since = town.now()
    first = await _started_case(town)

    async def marked() -> bool:
        await _started_case(town)
        every = [await _rows(house, service) for service in _KEPT_DAYS]
        return all(any(_is_mark(row, at, since) for row, at in rows.items()) for rows in every)

    await until(marked, told=f"a chunk of each service marked since {since}")
    return first


async def _started_case(town: Town) -> str:
    """Let a department begin to work on a case."""
    place = {"address": f"No. {town.numbered}"}
    case = await town.report(category="E0112", place=place)
    await town.order(_DEPARTMENT, case)
    await town.work(_DEPARTMENT, case, "accepted", "started")
    await town.event(case, "handling.started")
    return case


def _is_mark(row: Row, at: datetime | None, since: datetime) -> bool:
    return _tables([row]) == {_CHUNK.name} and at is not None and at >= since


def _tables(rows: Iterable[Row]) -> set[str]:
    return {name for name, *_ in rows}


async def _without(house: House, service: str, old: set[Row]) -> Rows:
    """Return what a service keeps once it has forgotten these rows."""

    async def rows() -> Rows:
        found = await _rows(house, service)
        return {} if old & found.keys() else found

    return await until(rows, told=f"{service} without {len(old)} old rows")


class TestHousekeeping:
    async def test_forgets_what_is_older_than_its_service_keeps_and_no_case(
        self, house: House, tmp_path: Path
    ) -> None:
        async with town_in(house, tmp_path / "shift") as town:
            cases = [await _marked(house, town)]
            for _ in range(2):
                town.pass_time(days=3)
                cases.append(await _marked(house, town))
            known = {service: await _rows(house, service) for service in _KEPT_DAYS}
            town.pass_time(days=3)
            for service, rows in known.items():
                since = town.now() - timedelta(days=_KEPT_DAYS[service])
                old = {row for row, at in rows.items() if at is not None and at < since}
                assert _tables(old) == _FILLED[service]
                left = await _without(house, service, old)
                young = rows.keys() - old
                assert _tables(young) == _FILLED[service]
                assert young <= left.keys()
                # What was not marked yet when days passed is as young as its mark.
                assert all(left[row] for row in young)
            await self._go_on(town, *cases)

    async def _go_on(self, town: Town, *cases: str) -> None:
        """See that each service still knows the cases of which it forgot how they came."""
        for case in cases:
            await town.work(_DEPARTMENT, case, "done")
            await town.event(case, "case.closed")
            await town.answer("reporters", case, "reopen", reason="not solved")
            assert (await town.event(case, "case.assigned", times=2))["round"] == 2
