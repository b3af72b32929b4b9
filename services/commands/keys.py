"""`tongxin keys`: the keys by which systems come in, instead of a person who signs in."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.roles import ActingRole
from schemas.scopes import Scope
from schemas.vocabulary import DESK
from services.commands.bounds import KEYS_AT_ONCE
from services.commands.options import (
    DEFAULT_DATA,
    DEFAULT_PLAN,
    PlanFile,
    print_rows,
    stop_with,
    usable_plan,
)
from services.desk.domain.keys import Asked, Key, KeyRefused
from services.desk.store import keys as rows
from services.desk.use_cases import keys
from services.kit.clock import system_clock
from services.kit.sql.database import open_database
from services.machine.databases import FAILURES
from services.machine.private_postgres import databases_in_use
from services.machine.secrets_kept import NoSecret, known_access_secret

T = TypeVar("T")

app = typer.Typer(help="Keys by which systems come in.", no_args_is_help=True)

Data = Annotated[
    Path, typer.Option("--data", envvar="TONGXIN_DATA", help="Folder of the databases.")
]
Name = Annotated[str, typer.Argument(help="What the story calls who brings the key: key:NAME.")]
Scopes = Annotated[list[Scope], typer.Option("--scope", help="What it opens; again for more.")]
Roles = Annotated[
    list[ActingRole], typer.Option("--role", help="In which office it commands; again for more.")
]
Sources = Annotated[list[str], typer.Option("--source", help="It reports as this source.")]
Parties = Annotated[list[str], typer.Option("--party", help="It speaks for this party.")]
Everywhere = Annotated[bool, typer.Option("--everywhere", help="For every source and party.")]
Days = Annotated[int, typer.Option(min=0, help="Days until it ends; 0: never.")]
Overlap = Annotated[float, typer.Option(min=0, help="Days that the token before still works.")]


@app.command()
def create(  # noqa: PLR0913 - one parameter per option
    name: Name,
    scope: Scopes,
    role: Roles = [],  # noqa: B006 - typer copies it
    source: Sources = [],  # noqa: B006 - as above
    party: Parties = [],  # noqa: B006 - as above
    *,
    days: Days = 365,
    plan: PlanFile = Path(DEFAULT_PLAN),
    data: Data = Path(DEFAULT_DATA),
    everywhere: Everywhere = False,
) -> None:
    """Make a key and print its token, which is shown this once."""
    known = usable_plan(plan).feedback_parties() if party else ()
    if unknown := [one for one in party if one not in known]:
        stop_with(f"party: {', '.join(unknown)} is not one of {', '.join(known)}", code=2)
    now = system_clock()
    asked = Asked(
        name=name,
        scopes=frozenset(scope),
        roles=frozenset(role),
        sources=frozenset(source),
        parties=frozenset(party),
        everywhere=everywhere,
        expires_at=now + timedelta(days=days) if days else None,
    )
    with _secret(data) as secret:
        token = _in_desk(data, lambda conn: keys.create(conn, asked, secret=secret, now=now))
    _show(token, "It is shown this once. The services know it as soon as the desk has told it.")


@app.command("list")
def list_(data: Data = Path(DEFAULT_DATA)) -> None:
    """List every key: what it opens, as which office, for whom, until when; when it was used."""
    found = _in_desk(data, _all)
    heads = ("key", "", "opens", "as", "for", "ends", "last used")
    print_rows(heads, [_row(key) for key in sorted(found, key=lambda one: one.asked.name)])


@app.command()
def rotate(name: Name, overlap_days: Overlap = 7, data: Data = Path(DEFAULT_DATA)) -> None:
    """Make another token of a key and print it; the one before works on for the overlap."""
    now, overlap = system_clock(), timedelta(days=overlap_days)
    with _secret(data) as secret:
        token = _in_desk(
            data, lambda conn: keys.rotate(conn, name, overlap=overlap, secret=secret, now=now)
        )
    _show(token, f"The token before works until {now + overlap:%Y-%m-%d %H:%M} UTC.")


@app.command()
def revoke(name: Name, data: Data = Path(DEFAULT_DATA)) -> None:
    """Let no token of a key prove anybody any more."""
    count = _in_desk(data, lambda conn: keys.revoke(conn, name, now=system_clock()))
    Console(stderr=True).print(
        f"{count} tokens of {name} are revoked, as soon as the desk has told it.", soft_wrap=True
    )


def _show(token: str, told: str) -> None:
    """Print a token alone, so that a script can take it, and what is to be known beside it."""
    Console(stderr=True).print(told, soft_wrap=True, highlight=False)
    print(token)


@contextmanager
def _secret(data: Path) -> Iterator[bytes]:
    try:
        yield known_access_secret(data)
    except NoSecret as none:
        stop_with(str(none))


async def _all(conn: AsyncConnection) -> list[Key]:
    found: list[Key] = []
    while more := await rows.keys_after(conn, found[-1].id if found else "", most=KEYS_AT_ONCE):
        found += more
    return found


def _row(key: Key) -> tuple[str, ...]:
    asked, now = key.asked, system_clock()
    state = "live" if key.is_live(now) else "revoked" if key.revoked_at else "expired"
    bound = "everywhere" if asked.everywhere else " ".join(sorted(asked.sources | asked.parties))
    return (
        asked.name,
        state,
        " ".join(sorted(asked.scopes)),
        " ".join(sorted(asked.roles)),
        bound,
        "never" if asked.expires_at is None else f"{asked.expires_at:%Y-%m-%d}",
        "-" if key.last_used_on is None else f"{key.last_used_on:%Y-%m-%d}",
    )


def _in_desk(data: Path, do: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    """Return what a transaction on the desk's database brings; ends the command plainly."""

    async def done(url: str) -> T:
        database = open_database(url, name="tongxin keys")
        try:
            async with database.write() as conn:
                return await do(conn)
        finally:
            await database.close()

    try:
        with databases_in_use(data) as found:
            where = found[DESK]
            if where.is_missing:
                stop_with(f"No tables yet in {where.shown}: run `tongxin db upgrade` first.")
            return asyncio.run(done(where.app))
    except KeyRefused as refused:
        stop_with(str(refused), code=2)
    except FAILURES as error:
        stop_with(str(error))
