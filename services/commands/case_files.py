"""`tongxin case-files`: have the whole files of cases published for a new reader."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from services.commands.bounds import FILES_LOOK_SECONDS, FILES_PATIENCE_SECONDS
from services.commands.options import DEFAULT_DATA, stop_with
from services.kit.clock import clock_from
from services.kit.sql.database import Database, open_database
from services.machine.databases import FAILURES
from services.machine.private_postgres import databases_in_use
from services.machine.services import REGISTRY
from services.notifier.handlers import STAGE
from services.notifier.store.case_files import count_asked_for
from services.notifier.use_cases.filing import ask_for

app = typer.Typer(help="The whole files of cases, on case-files.v1.", no_args_is_help=True)

Data = Annotated[
    Path, typer.Option("--data", envvar="TONGXIN_DATA", help="Folder of the databases.")
]


@app.callback()
def _group() -> None:
    pass


@app.command()
def publish(
    data: Data = Path(DEFAULT_DATA),
    *,
    all_: Annotated[bool, typer.Option("--all", help="Also those of closed cases.")] = False,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Until all are published, or only asked for.")
    ] = True,
) -> None:
    """Have the file of every open case published, some 200 a second; a running notifier does it.

    It may be given again, and ended at any time: what was asked for is published all the same.
    Exit status: 1 when files still wait and none was published for a minute.
    """
    try:
        with databases_in_use(data) as where:
            if where["notifier"].is_missing:
                stop_with(f"{data} has no notifier's database; name the folder with --data.")
            left = asyncio.run(_published(where["notifier"].app, closed=all_, wait=wait))
    except FAILURES as error:
        stop_with(str(error))
    if left:
        stop_with(f"{left} files wait: is the notifier running? It publishes them when it is.")


async def _published(url: str, *, closed: bool, wait: bool) -> int:
    """Ask for all files and wait for them; returns how many nobody published."""
    database = open_database(url, name="tongxin case-files")
    now = clock_from(REGISTRY["notifier"].settings().clock)()
    try:
        total = 0
        async for count in ask_for(database, stage=STAGE, now=now, closed=closed):
            total += count
        print(f"{total} files are asked for.")
        return await _waited(database, total) if wait else 0
    finally:
        await database.close()


async def _waited(database: Database, total: int) -> int:
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("files published", total=total)
        left, patience = total, FILES_PATIENCE_SECONDS
        while left and patience > 0:
            await asyncio.sleep(FILES_LOOK_SECONDS)
            async with database.read() as conn:
                now_left = await count_asked_for(conn, stage=STAGE)
            patience = FILES_PATIENCE_SECONDS if now_left < left else patience - FILES_LOOK_SECONDS
            left = now_left
            progress.update(task, completed=total - left)
        return left
