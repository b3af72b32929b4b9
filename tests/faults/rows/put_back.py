"""A row in which an older copy of the databases is put back beside a broker that went on."""

import asyncio
import os
import sys

from schemas.topics import SERVICES
from services.kit.process.settings import database_variable
from services.machine.databases import owner_variable
from tests.faults.load.asked import Load
from tests.faults.rows.rewound import started, stopped
from tests.faults.rows.row import Form, Row, enter
from tests.faults.stand import Stand


class CommandFailed(AssertionError):
    """`tongxin backup` or `restore` failed; the message is what it said."""


async def put_back(stand: Stand, form: Form) -> None:
    """Copy the databases under load, let the house work on, and put the copies back."""
    await asyncio.sleep(form.pick(3.0, 20.0))
    copy = str(stand.folder / "copy")
    with stand.recorder.lasting("databases copied", copy):
        await _commanded(stand, "backup", copy)
    await asyncio.sleep(form.pick(3.0, 600.0))
    with stand.recorder.lasting("databases put back", copy):
        await stopped(stand)
        await _commanded(stand, "restore", copy, "--replace")
        await started(stand)


async def _commanded(stand: Stand, *arguments: str) -> None:
    place = stand.place
    where = {database_variable(service): place.urls[service] for service in SERVICES}
    where |= {owner_variable(service): place.owners[service] for service in SERVICES}
    command = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services", *arguments, "--data", str(stand.folder / "house")),
        env={**os.environ, **where},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await command.communicate()
    if command.returncode:
        raise CommandFailed(said.decode(errors="replace"))


enter(
    Row(
        id="R-38",
        title="backup, work, and the backup put back with Kafka ahead",
        aims="I1 I7",
        inject=put_back,
        engines=("sqlite", "postgres"),
        load=Load(reports=150, rate=20.0),
    ),
)
