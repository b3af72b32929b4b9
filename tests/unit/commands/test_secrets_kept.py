"""Secrets of a house: made once, and for its owner's eyes."""

import re
import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.machine.secrets_kept import command_key, kept_secret
from services.notifier.settings import NotifierSettings


class TestCommandKey:
    def test_is_made_once_and_kept_for_the_owner_alone(self, tmp_path: Path) -> None:
        key, is_new = command_key(tmp_path)
        assert is_new
        assert command_key(tmp_path) == (key, False)
        [file] = tmp_path.iterdir()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert file.read_text() == key

    def test_differs_between_houses_and_is_one_that_the_notifier_takes(
        self, tmp_path: Path
    ) -> None:
        (tmp_path / "a").mkdir()
        keys = [command_key(tmp_path)[0], command_key(tmp_path / "a")[0]]
        assert len({*keys}) == 2
        for key in keys:
            assert re.fullmatch("[A-Za-z0-9_-]{32}", key)
            taken = NotifierSettings(command_key=SecretStr(key)).command_key
            assert taken.get_secret_value() == key
            assert key not in repr(taken)

    def test_of_the_environment_is_not_kept(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TONGXIN_COMMAND_KEY", "x" * 30)
        assert command_key(tmp_path) == ("x" * 30, False)
        assert list(tmp_path.iterdir()) == []


class TestSecret:
    def test_is_whole_also_after_a_draft_that_was_left(self, tmp_path: Path) -> None:
        (tmp_path / "a.draft").write_text("ha")
        assert kept_secret(tmp_path / "a.key", lambda: "whole") == ("whole", True)
        assert [file.name for file in tmp_path.iterdir()] == ["a.key"]
