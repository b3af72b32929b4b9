"""One-time links that a house shows: the first administrator's, and those of a demo's people."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Console

from schemas.plan import Plan
from schemas.roles import ActingRole
from schemas.vocabulary import Tier
from services.kit.clock import system_clock
from services.kit.process.settings import database_variable
from services.machine.house import House

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from services.desk.domain.people import Described

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


def tell_links_of_a_city(console: Console, house: House, plan: Plan) -> None:
    """Show a link for somebody of each kind that works on cases, whom it makes: for a demo."""
    address = house.environment[database_variable("desk")]
    links = asyncio.run(links_of_a_city(address, plan, now=system_clock()))
    for role, token in links:
        told = f"{house.url('desk')}/first/{token}   as a {role}: set a password, then work"
        console.print(f"  {'':9}  {told}", highlight=False, markup=False, soft_wrap=True)


async def links_of_a_city(database_url: str, plan: Plan, *, now: datetime) -> list[tuple[str, str]]:
    """Make people of a demo's city, and return the token of a link for each, by their role."""
    from services.desk.use_cases import accounts
    from services.desk.use_cases.people import record

    links = []
    async with _writing(database_url, name="tongxin demo") as conn:
        for person in _people_of(plan):
            await record(conn, person, now=now)
            [role] = person.roles
            links.append((str(role), await accounts.invite(conn, person.id, now=now)))
    return links


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


def _people_of(plan: Plan) -> Iterator["Described"]:
    """Yield one of a department where somebody always sits, and one who dispatches."""
    from services.desk.domain.people import Described, Membership

    staffed = next(d for d in plan.departments.values() if d.tier is Tier.RESIDENT)
    belongs = frozenset({Membership(department=staffed.code)})
    for role, memberships in (
        (ActingRole.HANDLER, belongs),
        (ActingRole.DISPATCHER, frozenset[Membership]()),
    ):
        yield Described(
            id=f"demo.{role}", name=f"Demo {role}", roles=frozenset({role}), memberships=memberships
        )
