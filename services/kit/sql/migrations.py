"""Brings a database to the newest revision of its tables, with Alembic and without its files.

Only the command that upgrades loads this; a service reads one row (`services.kit.sql.revisions`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, Inspector, MetaData, inspect, text
from sqlalchemy.engine.interfaces import ReflectedIndex
from sqlalchemy.exc import DBAPIError

from services.kit.sql.database import faults_told_apart, open_engine
from services.kit.sql.faults import cause_of
from services.kit.sql.revisions import VERSION_TABLE, History, Revision, WrongTables

_KEY: Final = 0x746F6E6778696E
"""Of the advisory lock: whoever upgrades a database holds it."""

_FORBIDDEN: Final = "42501"

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgraded:
    """What an upgrade did: where the database was and is, and the revisions that must wait."""

    before: Revision | None
    after: Revision
    waiting: tuple[Revision, ...] = ()


async def upgrade(history: History, url: str, *, contract: bool = False) -> Upgraded:
    """Bring the database at `url` to the newest revision; two processes at once take turns.

    Within one process one runs at a time: what a revision calls is the process's one Alembic.
    A revision that takes something away is applied to an empty database, or with `contract`.
    Raises WrongTables when the code needs one behind such a revision, or when the database is
    newer than this code.
    """
    return await _connected(url, lambda conn: _upgrade(conn, history, contract=contract))


async def differences(history: History, url: str) -> list[str]:
    """Return how the tables of a database differ from the models, as the lines of a revision."""
    return await _connected(url, lambda conn: _differences(conn, history.metadata))


async def _connected(url: str, work: Callable[[Connection], T]) -> T:
    engine = open_engine(url, name="tongxin db")
    try:
        with faults_told_apart():
            async with engine.connect() as conn:
                return await conn.run_sync(work)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _FORBIDDEN:
            raise
        raise WrongTables(
            f"{cause_of(error)}: tables belong to their owner, not to the role of the service; "
            "name the owner's URL in TONGXIN_<SERVICE>_MIGRATION_URL"
        ) from error
    finally:
        await engine.dispose()


def _upgrade(conn: Connection, history: History, *, contract: bool) -> Upgraded:
    script = ScriptDirectory(str(history.folder))
    ways: list[Upgraded] = []

    def steps(heads: Sequence[str], _: MigrationContext) -> list[Any]:
        found = Revision.parse(heads[0]) if heads else None
        way = _way(history, found, contract=contract)
        ways.append(way)
        if way.after not in history.revisions:
            return []
        return script._upgrade_revs(str(way.after), heads)  # type: ignore[arg-type]  # noqa: SLF001 - as Alembic's own commands do

    postgresql = conn.dialect.name == "postgresql"
    if postgresql:
        _wait_for_others(conn)
    with EnvironmentContext(Config(), script, fn=steps) as environment:
        environment.configure(
            connection=conn,
            target_metadata=history.metadata,
            transactional_ddl=True,
            # On SQLite one transaction is also the lock. On PostgreSQL the lock outlives many.
            transaction_per_migration=postgresql,
        )
        with environment.begin_transaction():
            environment.run_migrations()
    if postgresql:
        _leave_the_version_to_the_owner(conn)
    return ways[0]


def _wait_for_others(conn: Connection) -> None:
    """Hold the lock of upgrades from now until the session ends."""
    conn.execute(text("SET statement_timeout = 0"))
    conn.execute(text("SET lock_timeout = 0"))
    conn.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _KEY})
    # A change that waits for a table makes everybody behind it wait too.
    conn.execute(text("SET lock_timeout = '4s'"))
    conn.commit()


def _way(history: History, found: Revision | None, *, contract: bool) -> Upgraded:
    """Return how far an upgrade goes. Raises WrongTables."""
    known = history.revisions
    if found is not None and found not in known:
        if refusal := history.refusal(found):
            raise WrongTables(f"the database of {history.name} {refusal}")
        return Upgraded(before=found, after=found)  # a newer release was here, and may go on
    ahead = [one for one in known if found is None or one > found]
    stop = None if contract or found is None else next((r for r in ahead if r.contracts), None)
    waiting = [r for r in ahead if stop is not None and r >= stop]
    if waiting and waiting[0] < history.least:
        raise WrongTables(
            f"{history.name}: {waiting[0]} takes away what older releases use and stands before "
            f"{history.least}, which this one needs. When no older one runs: "
            "`tongxin db upgrade --contract`"
        )
    done = [r for r in ahead if r not in waiting]
    after = done[-1] if done else found or known[0]
    return Upgraded(before=found, after=after, waiting=tuple(waiting))


def _leave_the_version_to_the_owner(conn: Connection) -> None:
    """Take from other roles what default privileges gave them: nobody else upgrades."""
    granted = text(
        "SELECT DISTINCT grantee FROM information_schema.role_table_grants "
        "WHERE table_name = :table AND grantee <> current_user AND privilege_type <> 'SELECT'"
    )
    quote = conn.dialect.identifier_preparer.quote
    for role in conn.execute(granted, {"table": VERSION_TABLE}).scalars().all():
        conn.exec_driver_sql(f"REVOKE INSERT, UPDATE, DELETE ON {VERSION_TABLE} FROM {quote(role)}")
    conn.commit()


def _differences(conn: Connection, metadata: MetaData) -> list[str]:
    context = MigrationContext.configure(conn, opts={"compare_type": True})
    operations = produce_migrations(context, metadata).upgrade_ops
    found: list[str] = []
    if operations is not None and not operations.is_empty():
        lines = render_python_code(operations).splitlines()
        found = [line.strip() for line in lines if line.strip() and "# ###" not in line]
    return found + list(_other_checks(inspect(conn), metadata))


def _other_checks(inspector: Inspector, metadata: MetaData) -> Iterator[str]:
    """Yield what Alembic does not compare: check constraints, and which indexes are partial."""
    there = set(inspector.get_table_names())
    for table in metadata.sorted_tables:
        if table.name not in there:
            continue
        wanted = {str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)}
        found = {str(c["name"]) for c in inspector.get_check_constraints(table.name)}
        for name in sorted(wanted ^ found):
            yield f"# {table.name}: check {name} {'is missing' if name in wanted else 'is extra'}"
        where = f"{inspector.dialect.name}_where"
        partial = {i["name"] for i in inspector.get_indexes(table.name) if where in _options(i)}
        for index in table.indexes:
            asked = index.dialect_options[inspector.dialect.name]["where"] is not None
            if asked != (index.name in partial):
                needs = "needs a condition" if asked else "has a condition too much"
                yield f"# {table.name}: index {index.name} {needs}"


def _options(index: ReflectedIndex) -> Mapping[str, Any]:
    return index.get("dialect_options", {})
