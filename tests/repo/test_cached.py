"""What tests fetch is made once, whole, and by one process of several."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.browser.chromium import VARIABLE, ChromiumMissing, chromium
from tests.support.cached import cached


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "tongxin"


class TestCached:
    def test_is_made_by_one_of_several_and_seen_whole_by_all(self, cache: Path) -> None:
        made, together = [], threading.Barrier(4)

        def make(folder: Path) -> None:
            made.append(folder)
            (folder / "one").touch()
            (folder / "two").touch()

        def wanted(_: int) -> list[str]:
            together.wait()
            return sorted(file.name for file in cached("thing", make).iterdir())

        with ThreadPoolExecutor(4) as several:
            assert list(several.map(wanted, range(4))) == [["one", "two"]] * 4
        assert made == [cache / "thing.new"]

    def test_is_not_there_when_it_could_not_be_made(self, cache: Path) -> None:
        def fail(folder: Path) -> None:
            (folder / "half").touch()
            raise OSError("no room")

        with pytest.raises(OSError, match="no room"):
            cached("thing", fail)
        assert not (cache / "thing").exists()
        assert list(cached("thing", lambda folder: (folder / "whole").touch()).iterdir()) == [
            cache / "thing" / "whole"
        ]


class TestChromium:
    def test_is_the_one_that_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        named = program(tmp_path / "named")
        monkeypatch.setenv("PATH", str(program(tmp_path / "bin" / "chromium").parent))
        monkeypatch.setenv(VARIABLE, str(named))
        assert chromium().program == named

    def test_that_is_named_and_not_there_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(VARIABLE, "/nowhere/chromium")
        with pytest.raises(ChromiumMissing, match="TONGXIN_CHROMIUM names no program: /nowhere"):
            chromium()

    def test_is_the_one_of_the_machine_else(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        installed = program(tmp_path / "bin" / "google-chrome")
        monkeypatch.delenv(VARIABLE, raising=False)
        monkeypatch.setenv("PATH", str(installed.parent))
        assert chromium().program == installed


def program(file: Path) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)
    return file
