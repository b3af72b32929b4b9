"""`tongxin people`: who may sign in at the desk, in its database; the desk tells it on."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from schemas.plan import Plan
from services.commands.options import (
    DEFAULT_DATA,
    DEFAULT_PLAN,
    PlanFile,
    print_rows,
    stop_with,
    usable_plan,
)
from services.desk.bounds import MOST_PEOPLE_BYTES, PEOPLE_AT_ONCE
from services.desk.domain.people import Described
from services.desk.migrations import HISTORY
from services.desk.store import people as store
from services.desk.use_cases.administering import give_link
from services.desk.use_cases.people import (
    Change,
    LastAdministrator,
    UnknownPerson,
    people_of,
    record_all,
    set_disabled,
)
from services.desk.use_cases.people_file import (
    UTF_8,
    FaultyFile,
    encoding_of,
    people_in,
    person_in,
)
from services.kit.clock import system_clock
from services.kit.process.settings import LOOPBACK
from services.kit.sql.database import Database, open_database
from services.kit.sql.revisions import current
from services.machine.databases import FAILURES
from services.machine.private_postgres import databases_in_use

app = typer.Typer(help="The people who may sign in at the desk.", no_args_is_help=True)

T = TypeVar("T")

Data = Annotated[
    Path, typer.Option("--data", envvar="TONGXIN_DATA", help="Folder of the databases.")
]
Id = Annotated[str, typer.Argument(metavar="ID", help="Their id.")]
Desk = Annotated[
    str,
    typer.Option("--url", envvar="TONGXIN_DESK_PUBLIC_URL", help="Where browsers reach the desk."),
]
_DESK = f"http://{LOOPBACK}:8004"


@app.command()
def add(
    id_: Id,
    name: Annotated[str, typer.Option(help="What they are called.")],
    role: Annotated[list[str], typer.Option(help="A role; again for several.")],
    department: Annotated[list[str] | None, typer.Option(help="A party they speak for.")] = None,
    area: Annotated[
        list[str] | None, typer.Option(help="A grid or district of theirs: noted, limits nothing.")
    ] = None,
    data: Data = Path(DEFAULT_DATA),
    plan: PlanFile = Path(DEFAULT_PLAN),
) -> None:
    """Add a person, or change one: what was known of them before is replaced."""
    row = {"id": id_, "name": name, "roles": " ".join(role)}
    row |= {"departments": " ".join(department or ()), "areas": " ".join(area or ())}
    try:
        described = person_in(row, plan=usable_plan(plan))
    except FaultyFile as faulty:
        stop_with(str(faulty), code=2)
    _tell(_on_desk(data, lambda database: _recorded([described], database=database)))


@app.command("import")
def import_(
    file: Annotated[Path | None, typer.Argument(help="A CSV file.", dir_okay=False)] = None,
    data: Data = Path(DEFAULT_DATA),
    plan: PlanFile = Path(DEFAULT_PLAN),
    *,
    from_plan: Annotated[
        bool, typer.Option("--from-plan", help="Those of the plan who are not there yet.")
    ] = False,
    encoding: Annotated[
        str, typer.Option(help="Of the file, such as big5; default: UTF-8, or else GB 18030.")
    ] = "",
) -> None:
    """Add the people of a CSV file, all or none, or those of the plan.

    Exit status: 2 when the file has faults; each is told by line and field.
    """
    if (file is None) != from_plan:
        stop_with("Name a CSV file, or say --from-plan.", code=2)
    loaded = usable_plan(plan)
    try:
        found = people_of(loaded) if file is None else _in_file(file, loaded, encoding)
    except FaultyFile as faulty:
        stop_with(f"{file or 'the plan'}: nobody was taken.\n{faulty}", code=2)
    _tell(_on_desk(data, lambda database: _recorded(found, database=database, only_new=from_plan)))


def _in_file(file: Path, plan: Plan, encoding: str) -> list[Described]:
    data = _read(file)
    found = people_in(data, plan=plan, encoding=encoding)
    # Whatever Big5 says is something in GB 18030, too.
    if not encoding and encoding_of(data) != UTF_8:
        told = f"{file} is not UTF-8 and was read as GB 18030."
        print(f"{told} If names look wrong, import it again with --encoding, such as big5.")
    return found


@app.command("list")
def list_(data: Data = Path(DEFAULT_DATA)) -> None:
    """Show everybody: id, name, roles, departments, areas, and whether they are let in."""
    rows = _on_desk(data, _rows)
    print_rows(("id", "name", "roles", "departments", "areas", ""), rows)


@app.command()
def disable(id_: Id, data: Data = Path(DEFAULT_DATA)) -> None:
    """Let somebody in no longer: their sessions and links end now."""
    _set(id_, data=data, disabled=True)


@app.command()
def enable(id_: Id, data: Data = Path(DEFAULT_DATA)) -> None:
    """Let somebody in again who was disabled."""
    _set(id_, data=data, disabled=False)


@app.command()
def link(
    id_: Id,
    data: Data = Path(DEFAULT_DATA),
    url: Desk = _DESK,
    *,
    without_factor: Annotated[
        bool, typer.Option("--without-factor", help="Also take their second factor away.")
    ] = False,
) -> None:
    """Print a one-time link, for 24 hours, with which somebody sets a password."""

    def invited(database: Database) -> Awaitable[str]:
        return give_link(id_, without_factor=without_factor, database=database, now=system_clock())

    print(f"{url.rstrip('/')}/first/{_on_desk(data, invited)}")


def _set(id_: str, *, data: Path, disabled: bool) -> None:
    def change(database: Database) -> Awaitable[Change]:
        return set_disabled(id_, disabled=disabled, database=database, now=system_clock())

    done = _on_desk(data, change)
    state = "disabled" if disabled else "let in"
    print(f"{id_} is {state}{' already' if done is Change.UNCHANGED else ''}.")


async def _recorded(
    found: list[Described], *, database: Database, only_new: bool = False
) -> dict[Change, int]:
    return await record_all(found, database=database, now=system_clock(), only_new=only_new)


async def _rows(database: Database) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    last = ""
    async with database.read() as conn:
        while found := await store.persons_after(conn, last, most=PEOPLE_AT_ONCE):
            last = found[-1].id
            rows += map(_row, found)
    return rows


def _row(known: store.Known) -> tuple[str, ...]:
    described = known.described
    parties = sorted({one.department for one in described.memberships} - {""})
    areas = sorted({one.area for one in described.memberships} - {""})
    roles = " ".join(sorted(described.roles))
    state = "" if known.disabled_at is None else "disabled"
    return known.id, described.name, roles, " ".join(parties), " ".join(areas), state


def _read(file: Path) -> bytes:
    with file.open("rb") as opened:
        data = opened.read(MOST_PEOPLE_BYTES + 1)
    if len(data) > MOST_PEOPLE_BYTES:
        raise FaultyFile([f"has more than {MOST_PEOPLE_BYTES} bytes"])
    return data


def _tell(done: dict[Change, int]) -> None:
    print(
        f"{done[Change.ADDED]} added, {done[Change.CHANGED]} changed, "
        f"{done[Change.UNCHANGED]} as they were"
    )


def _on_desk(data: Path, work: Callable[[Database], Awaitable[T]]) -> T:
    """Do something with the desk's database; ends the command plainly when it cannot be used."""
    try:
        with databases_in_use(data) as found:
            where = found["desk"]
            if where.is_missing:
                stop_with("The desk has no tables yet: `tongxin run`, or `tongxin db upgrade`.")
            return asyncio.run(_done(where.app, work))
    except LastAdministrator as last:
        stop_with(f"Nothing was done: {last} is the last administrator. Add another one first.")
    except UnknownPerson as unknown:
        stop_with(f"Nobody of the id {unknown} is let in; `tongxin people list` shows who is.")
    except FAILURES as error:
        stop_with(str(error))


async def _done(database_url: str, work: Callable[[Database], Awaitable[T]]) -> T:
    database = open_database(database_url, name="tongxin people")
    try:
        if refusal := HISTORY.refusal(await current(database)):
            stop_with(f"The desk's database: {refusal}.")
        return await work(database)
    finally:
        await database.close()
