"""Secrets among the settings."""

import secrets

import pytest
from pydantic import SecretStr

from services.kit.process.secret_settings import secrets_in
from services.kit.process.settings import ServiceSettings


def new_secret() -> str:
    return secrets.token_urlsafe(32)


class TestSecrets:
    def test_are_two_while_one_replaces_the_other(self) -> None:
        new, old = new_secret(), new_secret()
        assert secrets_in(f" {new} {old}") == (new.encode(), old.encode())

    def test_may_be_none(self) -> None:
        assert secrets_in("") == ()

    @pytest.mark.parametrize(
        "text", ["short", "x" * 31, "x" * 201, "ü" * 40, "a b", "x" * 31 + "/"]
    )
    def test_are_hard_to_guess(self, text: str) -> None:
        with pytest.raises(ValueError, match="32 to 200 letters"):
            secrets_in(text)

    def test_are_two_at_most(self) -> None:
        with pytest.raises(ValueError, match="two with a blank"):
            secrets_in(" ".join(new_secret() for _ in range(3)))

    def test_are_shown_in_no_listing_of_settings(self) -> None:
        secret = new_secret()
        settings = ServiceSettings(
            database_url="sqlite+aiosqlite:///x", access_secret=SecretStr(secret)
        )
        assert secret not in f"{settings!r}{settings.model_dump()}"
