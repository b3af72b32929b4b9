"""PostgreSQL databases that one test leaves and the next takes: emptied, which is cheaper than new.

A copy of a template costs two checkpoints and some hundred files. A database whose tables are still
as they were made is emptied instead; one whose tables, rights, settings
or statistics a test changed is not.
"""

from collections import defaultdict
from dataclasses import dataclass

import asyncpg

from services.kit.sql.revisions import VERSION_TABLE

_LARGEST_BYTES = 16 << 20
"""Of a database that is taken again: emptied tables keep their pages."""

_WRITTEN = f"""
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0
AND relname <> '{VERSION_TABLE}'
"""  # noqa: S608 - our own name
_CATALOG = """
SELECT
  (SELECT (count(*), max(xmin::text::bigint), sum(reltuples))::text FROM pg_class
    WHERE relnamespace = 'public'::regnamespace),
  (SELECT (count(*), max(a.xmin::text::bigint))::text FROM pg_attribute a JOIN pg_class c
    ON c.oid = attrelid WHERE relnamespace = 'public'::regnamespace),
  (SELECT (count(*), max(xmin::text::bigint))::text FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace),
  (SELECT (count(*), max(xmin::text::bigint))::text FROM pg_db_role_setting),
  (SELECT xmin::text FROM pg_database WHERE datname = current_database())
"""
_WITHOUT_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True, slots=True)
class Made:
    """A database as it was made: its name, and what says whether it still is so."""

    database: str
    catalog: tuple[str | None, ...]


_left: dict[str, list[Made]] = defaultdict(list)
"""What tests are done with, by template."""


async def made(conn: asyncpg.Connection, database: str) -> Made | None:
    """Return what was just made, as seen by a superuser in it; None if it begins with rows."""
    if await conn.fetch(_WRITTEN):
        return None
    return Made(database, tuple(await conn.fetchrow(_CATALOG)))


def leave(template: str, one: Made) -> None:
    """Let another test take a database of a template."""
    _left[template].append(one)


def take(template: str) -> Made | None:
    """Return a database that a test has left, to be emptied; None when there is none."""
    return _left[template].pop() if _left[template] else None


async def emptied(conn: asyncpg.Connection, one: Made) -> bool:
    """Empty a database as a superuser in it; false if it is not what it was and has to go."""
    await conn.execute(_WITHOUT_OTHERS)
    size = await conn.fetchval("SELECT pg_database_size(current_database())")
    if size > _LARGEST_BYTES or tuple(await conn.fetchrow(_CATALOG)) != one.catalog:
        return False
    names = [row[0] for row in await conn.fetch(_WRITTEN)]
    deletes = "".join(f'DELETE FROM "{name}";' for name in names)  # noqa: S608 - our own names
    await conn.execute(f"SET session_replication_role = replica; {deletes}")
    return True
