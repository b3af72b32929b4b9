"""`tongxin db`: the tables of the services' databases, and bringing them up to date."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated

import typer

from services.commands.options import DEFAULT_DATA, print_rows, stop_with
from services.machine.data_folder import occupied
from services.machine.databases import FAILURES, Addresses, revision_of
from services.machine.embedded import DataDirectoryBusy
from services.machine.private_postgres import databases, has_server
from services.machine.services import REGISTRY

# ruff: noqa: PLC0415 - only the commands that need Alembic load it
app = typer.Typer(help="The tables of the services' databases.", no_args_is_help=True)

Data = Annotated[
    Path, typer.Option("--data", envvar="TONGXIN_DATA", help="Folder of the databases.")
]
Postgres = Annotated[
    bool, typer.Option("--postgres", help="The folder's own PostgreSQL, while nothing else runs.")
]
Contract = Annotated[
    bool, typer.Option("--contract", help="Also take away what older releases use: none runs.")
]


@app.command("upgrade")
def upgrade_(
    data: Data = Path(DEFAULT_DATA), *, postgres: Postgres = False, contract: Contract = False
) -> None:
    """Bring every database to the newest tables; services may run on meanwhile."""
    from services.kit.sql.migrations import upgrade

    rows = []
    with usable_databases(data, postgres=postgres, make=True) as found:
        for service, where in found.items():
            done = asyncio.run(upgrade(REGISTRY[service].history, where.owner, contract=contract))
            waiting = " ".join(map(str, done.waiting))
            advice = f"{waiting} waits for --contract" if waiting else "newest"
            rows.append((service, str(done.before or "empty"), str(done.after), advice))
    print_rows(("database", "was", "is", ""), rows)


@app.command("current")
def current_(data: Data = Path(DEFAULT_DATA), *, postgres: Postgres = False) -> None:
    """Show the revision of each database, and whether this release can work with it."""
    with usable_databases(data, postgres=postgres) as found:
        rows = [asyncio.run(_current(service, where)) for service, where in found.items()]
    print_rows(("database", "is at", "newest", "", "where"), rows)


async def _current(service: str, where: Addresses) -> tuple[str, str, str, str, str]:
    history = REGISTRY[service].history
    found = None if where.is_missing else await revision_of(where.app)
    verdict = history.refusal(found) or "good"
    return service, str(found or "empty"), str(history.head), verdict, where.shown


@app.command()
def check(data: Data = Path(DEFAULT_DATA), *, postgres: Postgres = False) -> None:
    """Compare the tables of each database with the models; what differs is printed as code."""
    from services.kit.sql.migrations import differences

    with usable_databases(data, postgres=postgres) as found:
        if missing := [service for service, where in found.items() if where.is_missing]:
            stop_with(f"No tables yet: {', '.join(missing)}. Run `tongxin db upgrade` first.")
        wrong = {
            service: lines
            for service, where in found.items()
            if (lines := asyncio.run(differences(REGISTRY[service].history, where.owner)))
        }
    for service, lines in wrong.items():
        print(f"# {service}: what a revision would do", *lines, sep="\n")
    if wrong:
        stop_with(f"Models and tables differ: {', '.join(wrong)}. Run `tongxin db upgrade` first.")
    print(f"{len(found)} databases, all tables as the models say.")


@contextmanager
def usable_databases(
    data: Path, *, postgres: bool, make: bool = False
) -> Iterator[dict[str, Addresses]]:
    """Yield where the databases are; ends the command plainly when something is not in order.

    A PostgreSQL of the folder's own runs for this block; a new one only where databases are made.
    """
    if postgres and not make and not has_server(data):
        stop_with(
            f"{data} has no PostgreSQL of its own; `tongxin db upgrade --postgres` makes one."
        )
    try:
        # A server that another `tongxin` runs must not be started a second time.
        with (
            occupied(data.resolve()) if postgres else nullcontext(),
            databases(data, postgres=postgres) as found,
        ):
            yield found
    except (*FAILURES, DataDirectoryBusy) as error:
        stop_with(str(error))
