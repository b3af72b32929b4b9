"""deploy/postgres/init.sql on a real PostgreSQL: who may do what in whose database."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from services.machine.embedded.postgres import SUPERUSER, PostgresServer, programs
from tests.support.deployment import DEPLOY, SETTINGS

pytestmark = pytest.mark.postgres

OWNER = "tongxin_owner"
PASSWORDS = {
    "OWNER_DB_PASSWORD": "o'wner",
    "INTAKE_DB_PASSWORD": "intakes",
    "ROUTER_DB_PASSWORD": "routers",
    "NOTIFIER_DB_PASSWORD": "notifiers",
    "DESK_DB_PASSWORD": "desks",
}


@dataclass(frozen=True)
class Databases:
    """A server that the script was run on, and the script's exit status without passwords."""

    port: int
    without_passwords: int

    def fails(self, user: str, database: str, statement: str) -> str:
        """Return the server's complaint about a statement; empty when it was carried out."""
        variable = "OWNER" if user == OWNER else user.upper()
        password = PASSWORDS[f"{variable}_DB_PASSWORD"]
        return psql(self.port, user, password, database, "--command", statement).stderr


def psql(
    port: int, user: str, password: str, database: str, *arguments: str
) -> subprocess.CompletedProcess[str]:
    command = [
        str(programs() / "psql"),
        "--no-psqlrc",
        "--no-password",
        "--quiet",
        "--set=ON_ERROR_STOP=1",
    ]
    where = {"PGHOST": "127.0.0.1", "PGPORT": str(port), "PGUSER": user, "PGDATABASE": database}
    return subprocess.run(
        [*command, *arguments],
        check=False,
        env={**os.environ, **where, "PGPASSWORD": password},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Run the script as the image does, once without passwords, and let the owner make a table."""
    script = ("--file", str(DEPLOY / "postgres" / "init.sql"))
    with (
        PostgresServer(tmp_path_factory.mktemp("roles") / "postgres") as server,
        pytest.MonkeyPatch.context() as environment,
    ):
        as_super = (server.port, SUPERUSER, server.password, SUPERUSER)
        refused = psql(*as_super, *script)
        for name, password in PASSWORDS.items():
            environment.setenv(name, password)
        done = psql(*as_super, *script)
        assert (done.returncode, done.stderr) == (0, "")
        made = Databases(server.port, refused.returncode)
        for service in SETTINGS:
            table = "CREATE TABLE kept (id serial PRIMARY KEY, told text)"
            assert made.fails(OWNER, service, table) == ""
        yield made


class TestInitScript:
    def test_stops_without_passwords_before_anything_is_made(self, databases: Databases) -> None:
        assert databases.without_passwords != 0


@pytest.mark.parametrize("service", SETTINGS)
class TestServiceRole:
    def test_reads_and_writes_rows_of_tables_that_the_owner_made(
        self, databases: Databases, service: str
    ) -> None:
        for statement in (
            "INSERT INTO kept (told) VALUES ('one')",
            "UPDATE kept SET told = 'two'",
            "SELECT * FROM kept",
            "DELETE FROM kept",
        ):
            assert databases.fails(service, service, statement) == ""

    @pytest.mark.parametrize(
        "statement",
        [
            "CREATE TABLE mine (id int)",
            "CREATE TEMPORARY TABLE mine (id int)",
            "CREATE SCHEMA mine",
            "ALTER TABLE kept ADD mine int",
            "CREATE INDEX ON kept (told)",
            "DROP TABLE kept",
            "TRUNCATE kept",
        ],
    )
    def test_cannot_change_the_schema(
        self, databases: Databases, service: str, statement: str
    ) -> None:
        complaint = databases.fails(service, service, statement)
        assert "permission denied" in complaint or "must be owner" in complaint

    def test_cannot_enter_any_other_database(self, databases: Databases, service: str) -> None:
        for other in {*SETTINGS, "postgres", "template1"} - {service}:
            assert "permission denied" in databases.fails(service, other, "SELECT 1")
