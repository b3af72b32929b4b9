"""deploy/Dockerfile without an engine: what it copies is there, what it starts works."""

import json
import os
import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from typing_extensions import override

from tests.support.deployment import image_variables, instructions, is_sent
from tests.support.sources import ROOT, tracked_files


def copied() -> list[str]:
    """Return what the image takes from the repository."""
    words = [line.split() for line in instructions("COPY") if not line.startswith("--from=")]
    return [source for *sources, _ in words for source in sources]


class Health(BaseHTTPRequestHandler):
    """Answers the readiness path with the status that its server was told."""

    def do_GET(self) -> None:
        known = self.path == "/health/ready"
        self.send_response(int(os.environ["TEST_STATUS"]) if known else 404)
        self.end_headers()

    @override
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """Serve `Health` on loopback."""
    with HTTPServer(("127.0.0.1", 0), Health) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def healthcheck(**variables: str) -> int:
    (argument,) = instructions("HEALTHCHECK")
    command = json.loads(argument.partition("CMD ")[2])
    assert command[0] == "python"
    done = subprocess.run(
        [sys.executable, *command[1:]], check=False, env=variables, capture_output=True
    )
    return done.returncode


class TestImage:
    def test_copies_files_that_exist_and_are_sent_to_the_engine(self) -> None:
        assert copied()
        for source in copied():
            assert (ROOT / source).exists()
            files = [ROOT / source] if (ROOT / source).is_file() else (ROOT / source).rglob("*.*")
            sent = [f for f in files if "__pycache__" not in f.parts]
            assert sent
            assert all(is_sent(f.relative_to(ROOT).as_posix()) for f in sent)

    def test_is_sent_nothing_else(self) -> None:
        wanted = tuple(copied())
        names = [file.relative_to(ROOT).as_posix() for file in tracked_files()]
        assert [n for n in names if is_sent(n) and not n.startswith(wanted)] == []
        for secret in (".env", "deploy/.env", ".tongxin/intake.sqlite", ".git/config"):
            assert not is_sent(secret)
        assert not is_sent("services/kit/__pycache__/stage.cpython-313.pyc")

    def test_has_a_python_that_the_project_takes_pinned_by_version(self) -> None:
        froms = {line.split()[0] for line in instructions("FROM")}
        (image,) = froms
        found = re.fullmatch(r"python:(\d+)\.(\d+)\.\d+-slim-\w+", image)
        assert found
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        least = project["requires-python"].removeprefix(">=").split(".")
        assert [int(found[1]), int(found[2])] >= [int(part) for part in least]

    def test_installs_locked_wheels_only_and_keeps_no_installer(self) -> None:
        install, remove = instructions("RUN")
        for option in (
            "--require-hashes",
            "--only-binary=:all:",
            "--requirement requirements.lock",
        ):
            assert option in install
        assert "pip uninstall" in remove
        assert "apt-get" not in install + remove

    def test_runs_as_a_number_that_is_not_root(self) -> None:
        (user,) = instructions("USER")
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)

    def test_starts_the_command(self, tmp_path: Path) -> None:
        (entry,) = instructions("ENTRYPOINT")
        (default,) = instructions("CMD")
        command = [sys.executable, *json.loads(entry)[1:], *json.loads(default)]
        variables = image_variables()
        assert variables["PYTHONPATH"] == instructions("WORKDIR")[0]
        done = subprocess.run(
            command,
            check=True,
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
        )
        assert "serve" in done.stdout

    def test_says_which_version_it_is_though_nothing_is_installed(self, tmp_path: Path) -> None:
        (entry,) = instructions("ENTRYPOINT")
        done = subprocess.run(
            [sys.executable, *json.loads(entry)[1:], "--version"],
            check=True,
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
        )
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        assert done.stdout == f"tongxin {project['version']}\n"


class TestHealthcheck:
    def test_succeeds_when_the_service_is_ready(
        self, port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TEST_STATUS", "200")
        assert healthcheck(TONGXIN_HTTP_PORT=str(port)) == 0
        assert healthcheck(TONGXIN_HTTP_PORT=str(port), http_proxy="http://127.0.0.1:1") == 0

    def test_fails_when_it_is_not(self, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TEST_STATUS", "503")
        assert healthcheck(TONGXIN_HTTP_PORT=str(port)) != 0

    def test_fails_when_nobody_answers_or_no_port_is_said(self) -> None:
        assert healthcheck(TONGXIN_HTTP_PORT="1") != 0
        assert healthcheck() != 0
