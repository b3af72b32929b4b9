"""Rows in which somebody new wants the files of all cases."""

import asyncio

from services.kit.sql.database import Database, open_database
from services.notifier.handlers import STAGE
from services.notifier.use_cases.filing import ask_for
from tests.faults import nemesis
from tests.faults.rows.row import Form, Row, enter
from tests.faults.stand import Stand


async def files_asked_for(stand: Stand, form: Form) -> None:
    """Ask for all files again and again, and kill the notifier that publishes them."""
    database = open_database(stand.place.urls["notifier"], name="faults")
    try:
        for _ in range(int(form.pick(3, 20))):
            await asyncio.sleep(stand.chance.uniform(0.5, 2.0))
            await _ask(stand, database)
            await asyncio.sleep(stand.chance.uniform(0.0, 1.0))
            nemesis.kill(stand, stand.chance.choice(stand.processes_of("notifier")))
            await stand.wait_ready()
        await _ask(stand, database)
    finally:
        await database.close()


async def _ask(stand: Stand, database: Database) -> None:
    portions = ask_for(database, stage=STAGE, now=stand.clock.now(), closed=True)
    asked = sum([count async for count in portions])
    stand.recorder.fault("files asked for", f"{asked} cases")


enter(
    Row(
        id="R-33",
        title="a new reader asks for all files while the notifier is killed",
        aims="I6 I7",
        inject=files_asked_for,
        engines=("sqlite", "postgres"),
    )
)
