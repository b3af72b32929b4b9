"""A real embedded PostgreSQL: keeps its data, stays on loopback, never outlives its owner."""

import os
import pwd
import re
import signal
import stat
import sys
import textwrap
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import psutil
import pytest

from services.machine.embedded import PostgresFailed, PostgresServer
from tests.support.command import until
from tests.support.owners import is_gone, killed_owner

pytestmark = pytest.mark.postgres

_CAP_DAC_READ_SEARCH = 2


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    with PostgresServer(tmp_path_factory.mktemp("server") / "数据") as server:
        yield server


async def execute(server: PostgresServer, *statements: str) -> list[asyncpg.Record]:
    conn = await asyncpg.connect(server.url().replace("+asyncpg", ""))
    try:
        return [row for statement in statements for row in await conn.fetch(statement)]
    finally:
        await conn.close()


def capabilities(pid: int, kind: str) -> set[int]:
    """Return the numbers of a process's capabilities of a kind, which only Linux has."""
    if sys.platform != "linux":
        return set()
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(rf"(?m)^{kind}:\s*(\w+)$", status)
    assert found is not None, status
    mask = int(found[1], 16)
    return {number for number in range(64) if mask >> number & 1}


class TestPostgresServer:
    async def test_keeps_what_was_committed_through_a_kill(self, server: PostgresServer) -> None:
        await execute(server, "CREATE TABLE kept (n INTEGER)", "INSERT INTO kept VALUES (1)")
        pid, password = server.pid, server.password
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert is_gone(pid)
        server.start()
        await execute(server, "INSERT INTO kept VALUES (2)")
        found = await execute(server, "SELECT n FROM kept ORDER BY n")
        assert [row["n"] for row in found] == [1, 2]
        assert server.password == password

    async def test_is_started_again_where_its_clients_know_it(self, server: PostgresServer) -> None:
        url, pid = server.url(), server.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert is_gone(pid)
        server.start_again()
        assert server.url() == url

        async def serves() -> bool:
            with suppress(OSError, asyncpg.PostgresError):
                return bool(await execute(server, "SELECT 1"))
            return False

        await until(serves, told="the server that was started again")

    async def test_is_durable_unless_told_otherwise(self, server: PostgresServer) -> None:
        settings = ("fsync", "full_page_writes", "synchronous_commit", "data_checksums")
        found = await execute(server, *[f"SHOW {name}" for name in settings])
        assert [row[0] for row in found] == ["on"] * len(settings)

    def test_runs_without_privileges(self, server: PostgresServer) -> None:
        assert server.pid is not None
        process = psutil.Process(server.pid)
        assert process.uids().real == process.uids().effective != 0
        if os.geteuid() == 0:
            assert process.uids().real == pwd.getpwnam("nobody").pw_uid
            assert process.gids().real != 0

    @pytest.mark.parametrize("kind", ["CapEff", "CapPrm", "CapInh", "CapAmb"])
    def test_keeps_no_capability_but_roots_of_reading(
        self, server: PostgresServer, kind: str
    ) -> None:
        assert server.pid is not None
        # Who is not root has none to keep; a container may have taken it from root too.
        kept = {_CAP_DAC_READ_SEARCH} & capabilities(os.getpid(), "CapPrm")
        assert capabilities(server.pid, kind) == kept

    def test_listens_on_loopback_only(self, server: PostgresServer) -> None:
        assert server.pid is not None
        sockets = psutil.Process(server.pid).net_connections(kind="inet")
        listening = {it.laddr for it in sockets if it.status == psutil.CONN_LISTEN}
        assert listening == {("127.0.0.1", server.port)}
        assert not list(Path("/tmp").glob(f".s.PGSQL.{server.port}*"))  # noqa: S108 - where PostgreSQL puts its sockets

    async def test_is_reached_through_a_socket_for_its_owner_alone(
        self, server: PostgresServer
    ) -> None:
        folder = server.data_dir / "socket"
        assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IRWXU
        assert (folder / f".s.PGSQL.{server.port}").is_socket()
        found = await execute(server, "SELECT inet_server_addr()")
        assert found[0][0] is None

    @pytest.mark.parametrize("folder", ["long" * 25, "a,b"])
    async def test_is_reached_by_its_port_where_no_socket_can_be(
        self, folder: str, tmp_path: Path
    ) -> None:
        with PostgresServer(tmp_path / folder) as server:
            found = await execute(server, "SELECT inet_server_addr()")
        assert str(found[0][0]) == "127.0.0.1"

    async def test_wants_the_password_it_made(self, server: PostgresServer) -> None:
        file = server.data_dir / "password"
        assert stat.S_IMODE(file.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR
        wrong = server.url(password="guessed").replace("+asyncpg", "")  # noqa: S106 - a wrong one
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(wrong)
        for log in server.data_dir.glob("*.log*"):
            assert server.password not in log.read_text()

    def test_says_why_when_the_port_is_taken(self, server: PostgresServer, tmp_path: Path) -> None:
        second = PostgresServer(tmp_path / "second", port=server.port)
        with pytest.raises(PostgresFailed, match=f"port {server.port}"):
            second.start()
        assert second.pid is None

    def test_leaves_the_data_of_a_running_one_alone(self, server: PostgresServer) -> None:
        with pytest.raises(PostgresFailed, match="lock file"):
            PostgresServer(server.data_dir).start()
        assert server.exited() is None

    def test_dies_with_an_owner_that_is_killed(self, tmp_path: Path) -> None:
        script = textwrap.dedent("""
            import pathlib, sys
            from services.machine.embedded import PostgresServer
            server = PostgresServer(pathlib.Path(sys.argv[1]))
            server.start()
            print(server.pid, flush=True)
        """)
        assert is_gone(killed_owner(script, tmp_path))
        with PostgresServer(tmp_path) as again:
            assert again.exited() is None
