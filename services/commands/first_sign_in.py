"""One-time links that a house shows: the first administrator's, and those of a demo's people."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Final

from rich.console import Console

from schemas.roles import ActingRole
from schemas.words import labels
from services.kit.clock import system_clock
from services.kit.process.settings import database_variable
from services.machine.house import House

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

_DOES: Final = {
    ActingRole.HANDLER: "signs for cases and says that they are done",
    ActingRole.ACCEPTOR: "takes reports, says what they are",
    ActingRole.DISPATCHER: "gives cases to departments",
    ActingRole.SHIFT_LEAD: "decides what others ask for (a second factor is needed)",
    ActingRole.SUPERVISOR: "watches the day (a second factor is needed)",
}
"""People of a demo, and what they do."""

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

    async with _writing(database_url, name="tongxin run") as conn:
        id_ = await administrator_without_a_way_in(conn, now=now)
        return None if id_ is None else await accounts.invite(conn, id_, now=now)


def tell_links_of_a_city(console: Console, house: House, *, department: str) -> None:
    """Show a link for somebody of each kind that works on cases, whom it makes: for a demo.

    Whoever handles cases does so for `department`.
    """
    address = house.environment[database_variable("desk")]
    links = asyncio.run(links_of_a_city(address, department, now=system_clock()))
    for role, token in links:
        told = f"{house.url('desk')}/first/{token}   {_DOES[role]}"
        console.print(f"  {role:10} {told}", highlight=False, markup=False, soft_wrap=True)
    names = ", ".join(_id_of(role) for role, _ in links)
    told = f"{house.url('desk')}/sign-in   with your password, as {names}"
    console.print(f"  {'later':10} {told}", highlight=False, markup=False, soft_wrap=True)


async def links_of_a_city(
    database_url: str, department: str, *, now: datetime
) -> list[tuple[ActingRole, str]]:
    """Make people of a demo's city, and return the token of a link for each, by their role."""
    from services.desk.domain.people import Described, Membership
    from services.desk.use_cases import accounts
    from services.desk.use_cases.people import record

    links = []
    belongs = {ActingRole.HANDLER: frozenset({Membership(department=department)})}
    async with _writing(database_url, name="tongxin demo") as conn:
        for role in _DOES:
            person = Described(
                id=_id_of(role),
                name=f"演示{labels.ROLE[role].zh} Demo {role.replace('_', ' ')}",
                roles=frozenset({role}),
                memberships=belongs.get(role, frozenset()),
            )
            await record(conn, person, now=now)
            links.append((role, await accounts.invite(conn, person.id, now=now)))
    return links


def _id_of(role: ActingRole) -> str:
    return f"demo.{role}"


@asynccontextmanager
async def _writing(database_url: str, *, name: str) -> AsyncIterator["AsyncConnection"]:
    """Open the desk's database for one transaction."""
    from services.kit.sql.database import open_database

    database = open_database(database_url, name=name)
    try:
        async with database.write() as conn:
            yield conn
    finally:
        await database.close()
