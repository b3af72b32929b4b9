"""`tongxin desk`: what the desk shows of cases, built anew."""

import asyncio
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from services.commands.backups import copying
from services.commands.db import usable_databases
from services.commands.options import DEFAULT_DATA, stop_with
from services.desk.handlers import STAGE
from services.desk.store.anew import begin_anew
from services.kit.sql.database import open_database
from services.machine.data_folder import occupied
from services.machine.databases import FAILURES
from services.machine.embedded import DataDirectoryBusy

app = typer.Typer(help="What the desk shows of cases.", no_args_is_help=True)


@app.callback()
def _several() -> None:
    """Keep `rebuild` a word of its own."""


@app.command()
def rebuild(
    data: Annotated[
        Path, typer.Option("--data", envvar="TONGXIN_DATA", help="Folder of the databases.")
    ] = Path(DEFAULT_DATA),
    *,
    postgres: Annotated[
        bool, typer.Option("--postgres", help="The folder's own PostgreSQL, while nothing runs.")
    ] = False,
) -> None:
    """Forget what is shown of cases; at its next start the desk reads every topic from the start.

    Stop the desk first. People, keys and sessions stay. Cases of which `cases.v1` has forgotten the
    beginning come back by their files: `tongxin case-files publish` has those of open ones told.
    """
    try:
        # A server of the folder's own runs for the block, which holds the folder then.
        held = nullcontext() if postgres else occupied(data.resolve())
        with held, usable_databases(data, postgres=postgres) as found:
            where = found["desk"]
            if copying.is_in_use(where.owner, "desk"):
                stop_with("The desk works with its database: stop it first.")
            asyncio.run(_begin_anew(where.app))
    except (DataDirectoryBusy, *FAILURES) as error:
        stop_with(str(error))
    Console().print("Nothing is shown of any case until the desk is started: it reads them again.")


async def _begin_anew(url: str) -> None:
    database = open_database(url, name="tongxin desk")
    try:
        async with database.write() as conn:
            await begin_anew(conn, stage=STAGE)
    finally:
        await database.close()
