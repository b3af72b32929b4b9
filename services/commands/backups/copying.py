"""One database to a file and back, while services use it; the same calls for both engines."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from services.commands.backups.manifest import BackupRefused
from services.machine.embedded import PostgresMissing
from services.machine.embedded.postgres import programs

_SESSIONS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND application_name = 'tongxin.{service}'"
)
_DROP_ALL = """
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('DROP TABLE public.%I CASCADE', name);
    END LOOP;
END $$
"""


def engine_of(url: str) -> str:
    """Return the engine of a database: `sqlite` or `postgresql`."""
    return make_url(url).get_backend_name()


def file_name(service: str, engine: str) -> str:
    """Return the name of a service's file in a backup."""
    return f"{service}.sqlite" if engine == "sqlite" else f"{service}.dump"


def copy_out(url: str, target: Path) -> None:
    """Write one consistent state of a database to a file. Raises BackupRefused."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        _copy_sqlite(Path(str(parsed.database)), target)
    else:
        _run("pg_dump", parsed, "--format=custom", "--no-owner", "--no-acl", f"--file={target}")


def put_back(source: Path, url: str) -> None:
    """Fill a database, which loses what it has, with what a file holds. Raises BackupRefused."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        file = Path(str(parsed.database))
        draft = file.with_suffix(".draft")
        shutil.copyfile(source, draft)
        draft.chmod(0o600)
        _check_sqlite(draft)
        for left in _files_of(file):
            left.unlink(missing_ok=True)
        draft.replace(file)
        return
    _ask(parsed, _DROP_ALL)
    _run(
        "pg_restore",
        parsed,
        *("--no-owner", "--no-acl", "--single-transaction", "--exit-on-error"),
        f"--dbname={parsed.database}",
        str(source),
    )


def set_aside(url: str, folder: Path) -> None:
    """Move an SQLite database into a folder as it is, sound or not; dump one of PostgreSQL there.

    Raises BackupRefused.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        for file in _files_of(Path(str(parsed.database))):
            if file.exists():
                shutil.move(file, folder / file.name)
        return
    copy_out(url, folder / f"{parsed.database}.dump")


def is_in_use(url: str, service: str) -> bool:
    """Tell whether processes of a service work with its PostgreSQL database, wherever they are."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return False  # its folder's lock tells
    return _ask(parsed, _SESSIONS.format(service=service)).strip() != "0"


def _files_of(file: Path) -> tuple[Path, ...]:
    """Return an SQLite database's own files: a log left by another one would be played into it."""
    return tuple(file.with_name(file.name + end) for end in ("", "-wal", "-shm"))


def _copy_sqlite(file: Path, target: Path) -> None:
    if not file.exists():
        raise BackupRefused(f"{file} is not there: nothing to copy. Name the house's --data.")
    try:
        with closing(sqlite3.connect(file, isolation_level=None)) as conn:
            conn.execute("PRAGMA busy_timeout = 20000")
            conn.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        raise BackupRefused(f"{file} could not be copied: {error}.") from error
    _check_sqlite(target)


def _check_sqlite(file: Path) -> None:
    try:
        with closing(sqlite3.connect(file)) as conn:
            ((found,),) = conn.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.Error as error:
        raise BackupRefused(f"{file} is no sound database: {error}.") from error
    if found != "ok":
        raise BackupRefused(f"{file} is no sound database: {found}.")


def _ask(url: URL, statement: str) -> str:
    return _run(
        "psql",
        url,
        *("--no-psqlrc", "--quiet", "--tuples-only", "--set=ON_ERROR_STOP=1"),
        f"--command={statement}",
    )


def _run(program: str, url: URL, *arguments: str) -> str:
    """Run a PostgreSQL client against a database; returns what it printed. Raises BackupRefused."""
    place = {
        "PGHOST": url.host or str(url.query.get("host", "")),
        "PGPORT": str(url.port or url.query.get("port", "")),
        "PGUSER": url.username or "",
        "PGPASSWORD": str(url.password or ""),
        "PGDATABASE": url.database or "",
        "PGSSLMODE": str(url.query.get("ssl", "")),
    }
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PG") or name.startswith("PGSSL")
    }
    environment |= {name: value for name, value in place.items() if value}
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own programs
        [_program(program), *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupRefused(f"{program} failed for {url.database}: {_last(done.stderr)}")
    return done.stdout


def _program(name: str) -> str:
    """Return a client's path: the wheel's, which is of the embedded server's version, or PATH's."""
    try:
        return str(programs() / name)
    except PostgresMissing as missing:
        found = shutil.which(name)
        if found is None:
            raise BackupRefused(f"{name} is not on the PATH. {missing}") from missing
        return found


def _last(lines: str) -> str:
    said: Sequence[str] = lines.strip().splitlines() or ["it said nothing"]
    return " ".join(said[-3:])
