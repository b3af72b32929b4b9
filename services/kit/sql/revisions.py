"""Which revision of its tables a database is at, and which ones this code can work with.

A revision is written `generation.number`. One that adds raises the number (1.3 -> 1.4): code that
knows nothing of it goes on working. One that takes something away begins the next generation
(1.4 -> 2.0): code of an older generation cannot work any more. So a process, which only reads the
one row Alembic keeps, can tell by itself whether a database that is newer than its code will do.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Self

from sqlalchemy import MetaData, inspect, text
from sqlalchemy.engine import Connection
from typing_extensions import override

from services.kit.sql.database import Database

VERSION_TABLE: Final = "alembic_version"
_FILE: Final = re.compile(r"r([1-9]\d*)_(\d+)_\w+\.py")


class WrongTables(Exception):
    """A database's tables are not ones this code can work with; the message says what to do."""


@dataclass(frozen=True, slots=True, order=True)
class Revision:
    """A state of the tables.

    >>> Revision.parse("1.4") < Revision.parse("1.10") < Revision.parse("2.0")
    True
    """

    generation: int
    number: int

    @classmethod
    def parse(cls, name: str) -> Self:
        """Return the revision of a name. Raises ValueError."""
        generation, number = name.split(".")
        return cls(int(generation), int(number))

    @property
    def contracts(self) -> bool:
        """Whether it takes something away that older code uses."""
        return self.number == 0 and self.generation > 1

    @override
    def __str__(self) -> str:
        return f"{self.generation}.{self.number}"


@dataclass(frozen=True)
class History:
    """The revisions of one service's database: files `versions/r1_04_what_it_does.py` in `folder`.

    `metadata` are the tables as the newest revision leaves them.
    """

    name: str
    folder: Path
    metadata: MetaData

    @cached_property
    def revisions(self) -> Sequence[Revision]:
        """Every revision, first to last. Raises ValueError for a file that is none."""
        found = []
        for file in (self.folder / "versions").glob("*.py"):
            if file.name == "__init__.py":
                continue
            if not (match := _FILE.fullmatch(file.name)):
                raise ValueError(f"{file}: a revision's file is named r<generation>_<number>_...")
            found.append(Revision(*map(int, match.groups())))
        return sorted(found)

    @property
    def head(self) -> Revision:
        """The newest revision."""
        return self.revisions[-1]

    @property
    def least(self) -> Revision:
        """The oldest revision this code works with: it never waits for something to be taken."""
        return [one for one in self.revisions if not one.contracts][-1]

    def refusal(self, found: Revision | None) -> str:
        """Return why this code cannot work with a database at `found`; empty when it can."""
        if found is None:
            return "has no tables yet: run `tongxin db upgrade`"
        if found < self.least:
            return f"is at {found}, this release needs {self.least}: run `tongxin db upgrade`"
        if found.generation > self.head.generation:
            return f"is at {found}, this release knows {self.head} at most: run a newer release"
        return ""


def revision_of(conn: Connection) -> Revision | None:
    """Return the revision a database is at; None for one that was never upgraded."""
    if not inspect(conn).has_table(VERSION_TABLE):
        return None
    found = conn.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one_or_none()  # noqa: S608 - a constant
    return None if found is None else Revision.parse(found)


async def current(database: Database) -> Revision | None:
    """Return the revision a database is at; None for one that was never upgraded."""
    async with database.read() as conn:
        return await conn.run_sync(revision_of)


async def ensure_usable(database: Database, history: History) -> None:
    """Return when this code can work with the database's tables. Raises WrongTables."""
    if refusal := history.refusal(await current(database)):
        raise WrongTables(f"the database of {history.name}, {database.url}, {refusal}")
