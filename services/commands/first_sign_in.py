"""The one-time link of the first administrator, shown while none can sign in."""

import asyncio
from datetime import datetime

from rich.console import Console

from services.kit.clock import system_clock
from services.kit.process.settings import database_variable
from services.machine.house import House

# ruff: noqa: PLC0415 - the desk's own parts are loaded once the house runs, not before


def tell_first_link(console: Console, house: House) -> None:
    """Show a link with which an administrator sets a password, while none can sign in."""
    address = house.environment[database_variable("desk")]
    token = asyncio.run(first_link(address, now=system_clock()))
    if token is not None:
        told = f"{house.url('desk')}/first/{token}   an administrator's one-time link, for 24 hours"
        console.print(f"  sign in    {told}", highlight=False, markup=False, soft_wrap=True)


async def first_link(database_url: str, *, now: datetime) -> str | None:
    """Return the token of a link for an administrator, where none can sign in; else None."""
    from services.desk.use_cases import accounts
    from services.desk.use_cases.people import administrator_without_a_way_in
    from services.kit.sql.database import open_database

    database = open_database(database_url, name="tongxin run")
    try:
        async with database.write() as conn:
            id_ = await administrator_without_a_way_in(conn, now=now)
            return None if id_ is None else await accounts.invite(conn, id_, now=now)
    finally:
        await database.close()
