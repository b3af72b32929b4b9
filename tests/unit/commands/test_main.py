"""The `tongxin` command itself, whatever is asked of it."""

import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.__main__ import main
from services.commands.options import DEFAULT_PLAN, found_plan
from services.kit.exits import STOPPED_EXIT
from tests.support.command import tongxin
from tests.support.sources import ROOT


async def test_says_which_version_it_is() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    told = await tongxin("--version")
    assert (told.code, told.text) == (0, f"tongxin {project['version']}\n")


async def test_lists_what_can_be_asked_of_it() -> None:
    told = await tongxin("--help")
    assert told.code == 0
    assert {"run", "import", "serve", "plan", "topics", "db", "dead-letters", "records"} <= set(
        told.text.split()
    )


class TestFolderThatCannotBeMade:
    @pytest.mark.usefixtures("signals")
    @pytest.mark.parametrize("command", [("run",), ("demo",), ("db", "upgrade")], ids=" ".join)
    def test_is_told_in_one_line(
        self, command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = tmp_path / "file"
        file.touch()
        monkeypatch.setattr(sys, "argv", ["tongxin", *command, "--data", str(file / "data")])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == f"{file / 'data'}: Not a directory"


class TestPlan:
    def test_is_the_projects_own_also_in_another_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert found_plan(Path(DEFAULT_PLAN)) == ROOT / DEFAULT_PLAN
        assert found_plan(Path("my.toml")) == Path("my.toml")

    async def test_that_is_not_there_is_told_with_the_option_that_names_one(
        self, tmp_path: Path
    ) -> None:
        told = await tongxin("run", "--data", str(tmp_path), "--plan", str(tmp_path / "no.toml"))
        assert told.code == 2
        assert "no.toml: No such file or directory; name one with --plan" in told.text


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """Let children be interrupted where the shell started the tests in its background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
class TestCtrlC:
    def test_while_the_command_is_imported_is_no_traceback(self, tmp_path: Path) -> None:
        """Interrupt at the first of the imports that take long."""
        (tmp_path / "typer.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGINT)")
        done = subprocess.run(
            [sys.executable, "-c", "from services.entry import main; main()"],
            env={**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (STOPPED_EXIT, "")

    def test_does_not_reach_the_server_that_children_are_forked_from(self) -> None:
        program = (
            "import os, signal, sys, time\n"
            "from services.machine.children import warm_context\n"
            "if __name__ == '__main__':\n"
            "    warm_context(['services.commands.options'])\n"
            "    signal.signal(signal.SIGINT, lambda *_: sys.exit(5))\n"
            "    os.killpg(0, signal.SIGINT)\n"
            "    time.sleep(60)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
        )
        assert (done.returncode, done.stderr) == (5, "")
        assert signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
