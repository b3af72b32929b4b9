"""Secrets of a house: made once, and for its owner's eyes."""

import stat
from pathlib import Path

import pytest

from services.access.tokens import is_sound, new_token
from services.kit.process.secret_settings import secrets_in
from services.machine.secrets_kept import (
    NoSecret,
    access_secret,
    first_token,
    kept_secret,
    known_access_secret,
)


class TestAccessSecret:
    def test_is_made_once_and_kept_for_the_owner_alone(self, tmp_path: Path) -> None:
        secret = access_secret(tmp_path)
        assert access_secret(tmp_path) == secret
        [file] = tmp_path.iterdir()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert secrets_in(secret) == (known_access_secret(tmp_path),)

    def test_differs_between_houses(self, tmp_path: Path) -> None:
        (tmp_path / "a").mkdir()
        assert access_secret(tmp_path) != access_secret(tmp_path / "a")

    def test_of_the_environment_is_not_kept(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TONGXIN_ACCESS_SECRET", f"{'x' * 40} {'y' * 40}")
        assert access_secret(tmp_path).startswith("x")
        assert known_access_secret(tmp_path) == b"x" * 40
        assert list(tmp_path.iterdir()) == []

    def test_that_is_nowhere_is_told(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(NoSecret, match="set TONGXIN_ACCESS_SECRET, or name the folder"):
            known_access_secret(tmp_path)
        monkeypatch.setenv("TONGXIN_ACCESS_SECRET", "short")
        with pytest.raises(NoSecret, match="TONGXIN_ACCESS_SECRET must be 32 to 200"):
            known_access_secret(tmp_path)


class TestFirstToken:
    def test_is_made_once_and_kept_for_the_owner_alone(self, tmp_path: Path) -> None:
        token, is_new = first_token(tmp_path)
        assert is_new
        assert is_sound(token)
        assert first_token(tmp_path) == (token, False)
        assert stat.S_IMODE((tmp_path / "first.key").stat().st_mode) == 0o600

    def test_may_be_of_the_environment(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        token = new_token()
        monkeypatch.setenv("TONGXIN_KEY", token)
        assert first_token(tmp_path) == (token, False)
        monkeypatch.setenv("TONGXIN_KEY", "no token of ours")
        assert first_token(tmp_path)[1]


class TestSecret:
    def test_is_whole_also_after_a_draft_that_was_left(self, tmp_path: Path) -> None:
        (tmp_path / "a.draft").write_text("ha")
        assert kept_secret(tmp_path / "a.key", lambda: "whole") == ("whole", True)
        assert [file.name for file in tmp_path.iterdir()] == ["a.key"]
