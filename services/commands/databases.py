"""Where each service's database is, the history of its tables, and bringing it up to date."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from schemas.topics import SERVICES
from services.kit.database import open_database, sqlite_url
from services.kit.revisions import History, current


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """A database's URL as its service knows it, and as whoever may change the tables does.

    A `private` one is used by this house alone.
    """

    app: str
    owner: str
    private: bool


def database_variable(service: str) -> str:
    """Return the environment variable that names a service's database."""
    return f"TONGXIN_{service.upper()}_DATABASE_URL"


def owner_variable(service: str) -> str:
    """Return the environment variable that names the same database with its owner's role."""
    return f"TONGXIN_{service.upper()}_MIGRATION_URL"


def addresses(data: Path) -> dict[str, Addresses]:
    """Return each service's database: the environment's, else an SQLite file in the folder."""
    found = {}
    for service in SERVICES:
        named = os.environ.get(database_variable(service))
        app = named or sqlite_url(data.resolve() / f"{service}.sqlite")
        owner = (named and os.environ.get(owner_variable(service))) or app
        found[service] = Addresses(app=app, owner=owner, private=not named)
    return found


def history_of(service: str) -> History:
    """Return the history of a service's tables. Raises LookupError."""
    # ruff: noqa: PLC0415 - whoever asks for one service must not pay for the other two
    match service:
        case "intake":
            from services.intake import migrations as intake

            return intake.HISTORY
        case "router":
            from services.router import migrations as router

            return router.HISTORY
        case "notifier":
            from services.notifier import migrations as notifier

            return notifier.HISTORY
        case _:
            raise LookupError(f"{service!r} is not one of {', '.join(SERVICES)}")


def bring_up_to_date(found: Mapping[str, Addresses]) -> None:
    """Upgrade every database that needs it, as `tongxin db upgrade` does.

    Of a private one nobody with older code is left. Raises WrongTables, DatabaseAway.
    """
    asyncio.run(_bring_up_to_date(found))


async def _bring_up_to_date(found: Mapping[str, Addresses]) -> None:
    for service, where in found.items():
        history = history_of(service)
        database = open_database(where.owner, name="tongxin db")
        try:
            revision = await current(database)
        finally:
            await database.close()
        if revision is None or revision < (history.head if where.private else history.least):
            from services.kit.migrations import upgrade

            await upgrade(history, where.owner, contract=where.private)
