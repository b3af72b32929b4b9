"""Where each service's database is, the history of its tables, and bringing it up to date."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from services.kit.process.settings import database_variable
from services.kit.sql.database import database_url, open_database, sqlite_url
from services.kit.sql.faults import DatabaseAway, DatabaseRefused
from services.kit.sql.revisions import Revision, WrongTables, current
from services.machine.embedded import PostgresFailed, PostgresMissing
from services.machine.services import REGISTRY


class WrongPlace(Exception):
    """The databases are not where they are looked for; the message says what to do."""


FAILURES = (
    *(WrongPlace, WrongTables, DatabaseAway, DatabaseRefused),
    *(PostgresFailed, PostgresMissing),
)
"""What a command can meet on its way to the databases, each with a message for its user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """A database's URL as its service knows it, and as whoever may change the tables does.

    A `private` one is used by this house alone.
    """

    app: str
    owner: str
    private: bool

    @property
    def shown(self) -> str:
        """The service's URL without its password."""
        return make_url(self.app).render_as_string(hide_password=True)

    @property
    def is_missing(self) -> bool:
        """Whether it is an SQLite file that nobody has made yet."""
        url = make_url(self.app)
        is_file = url.get_backend_name() == "sqlite" and url.database is not None
        return is_file and not Path(str(url.database)).exists()


def owner_variable(service: str) -> str:
    """Return the environment variable that names the same database with its owner's role."""
    return f"TONGXIN_{service.upper()}_MIGRATION_URL"


def addresses(data: Path) -> dict[str, Addresses]:
    """Return each service's database: the environment's, else an SQLite file in the folder.

    Raises WrongPlace for a URL that cannot be used.
    """
    found = {}
    for service in REGISTRY:
        named = _named(database_variable(service))
        app = named or sqlite_url(file_of(data, service))
        owner = (named and _named(owner_variable(service))) or app
        found[service] = Addresses(app=app, owner=owner, private=not named)
    return found


def file_of(data: Path, service: str) -> Path:
    """Return the SQLite file of a service in a house's folder."""
    return data.resolve() / f"{service}.sqlite"


def _named(variable: str) -> str:
    """Return the URL that the environment names; empty for none. Raises WrongPlace."""
    found = os.environ.get(variable, "")
    if found:
        try:
            database_url(found)
        except ValueError as wrong:
            raise WrongPlace(f"{variable} {wrong}.") from wrong
    return found


async def revision_of(url: str) -> Revision | None:
    """Return the revision of the database at a URL; None for one without tables of ours."""
    database = open_database(url, name="tongxin db")
    try:
        return await current(database)
    finally:
        await database.close()


def bring_up_to_date(found: Mapping[str, Addresses]) -> None:
    """Upgrade every database that needs it, as `tongxin db upgrade` does.

    Of a private one nobody with older code is left. Raises what `FAILURES` names.
    """
    asyncio.run(_bring_up_to_date(found))


async def _bring_up_to_date(found: Mapping[str, Addresses]) -> None:
    for service, where in found.items():
        history = REGISTRY[service].history
        revision = await revision_of(where.owner)
        if revision is None or revision < (history.head if where.private else history.least):
            from services.kit.sql.migrations import upgrade  # noqa: PLC0415 - slow to import, seldom needed

            await upgrade(history, where.owner, contract=where.private)
