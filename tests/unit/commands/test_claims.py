"""A house has its folder for itself, and says no before it starts anything."""

import socket
import stat
from pathlib import Path

import pytest

from services.machine import ports
from services.machine.data_folder import occupied
from services.machine.embedded import DataDirectoryBusy
from services.machine.ports import NoPortLeft, is_free, own_ports
from tests.support.command import given, tongxin


class TestFolder:
    def test_belongs_to_one_house_at_a_time(self, tmp_path: Path) -> None:
        busy = pytest.raises(DataDirectoryBusy, match="stop that one")
        with occupied(tmp_path), busy, occupied(tmp_path):
            pass
        with occupied(tmp_path):
            pass

    def test_is_nobody_elses_to_look_into(self, tmp_path: Path) -> None:
        """It holds reporters' names and numbers."""
        made, opened = tmp_path / "made", tmp_path / "opened"
        opened.mkdir()
        opened.chmod(0o755)
        with occupied(made), occupied(opened):
            pass
        assert [stat.S_IMODE(one.stat().st_mode) for one in (made, opened)] == [0o700, 0o700]

    async def test_of_a_running_house_is_not_rebuilt(self, tmp_path: Path) -> None:
        with occupied(tmp_path):
            said = await tongxin("topics", "rebuild", "--data", str(tmp_path))
        assert said.code == 1
        assert "stop that one first" in said.text

    @pytest.mark.usefixtures("signals")
    @pytest.mark.parametrize("command", [("run",), ("db", "current"), ("topics", "rebuild")])
    def test_with_its_own_postgresql_is_not_used_without_it(
        self, command: tuple[str, ...], tmp_path: Path
    ) -> None:
        (tmp_path / "postgres" / "cluster").mkdir(parents=True)
        said = given(*command, "--data", str(tmp_path))
        assert said.code == 1
        assert "add --postgres" in said.text
        assert not list(tmp_path.glob("*.sqlite"))


class TestPorts:
    def test_that_are_taken_move_one_service_and_not_its_neighbours(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        taken = {8001, 8003}
        monkeypatch.setattr(ports, "is_free", lambda port: port not in taken)
        assert own_ports(8000, 3) == [8000, 8004, 8002]

    def test_are_taken_while_a_server_listens(self) -> None:
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen()
            assert not is_free(server.getsockname()[1])

    def test_end_with_the_last_one(self) -> None:
        with pytest.raises(NoPortLeft, match="--port"):
            is_free(65_536)


@pytest.mark.parametrize("command", ["run", "demo"])
class TestPlanThatCannotBeUsed:
    async def test_is_told_in_a_line_before_anything_is_there(
        self, command: str, tmp_path: Path
    ) -> None:
        data = tmp_path / "data"
        said = await tongxin(command, "--plan", "nope.toml", "--data", str(data))
        assert (said.code, said.text.count("\n")) == (2, 1)
        assert said.text.startswith("nope.toml: No such file or directory; name one with --plan")
        broken = tmp_path / "broken.toml"
        broken.write_text("[limits\n")
        said = await tongxin(command, "--plan", str(broken), "--data", str(data))
        assert said.code == 2
        assert said.text.startswith(f"{broken}:1: ")
        assert said.text.count("\n") == 1
        assert not data.exists()


@pytest.mark.parametrize("command", ["run", "demo"])
async def test_a_file_is_no_folder_for_data(command: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    said = await tongxin(command, "--data", str(file))
    assert said.code == 2
    assert "is a file" in said.text


class TestPortThatDoesNotExist:
    @pytest.mark.parametrize("option", ["--port", "--kafka-port"])
    async def test_is_refused_as_an_option(self, option: str, tmp_path: Path) -> None:
        said = await tongxin("run", option, "99999", "--data", str(tmp_path / "data"))
        assert said.code == 2
        assert "65535" in said.text


@pytest.mark.kafka
@pytest.mark.usefixtures("signals")
class TestBrokersPortInUse:
    def test_is_told_with_the_option_that_helps(self, tmp_path: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = str(taken.getsockname()[1])
            said = given("run", "--kafka-port", port, "--data", str(tmp_path))
        assert said.code == 1
        assert port in said.text
        assert "--kafka-port" in said.text
