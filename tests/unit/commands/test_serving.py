"""`tongxin serve` with an environment in which no service can start: one line says why."""

import os
from pathlib import Path

import pytest

from services.intake.settings import IntakeSettings
from services.kit.process.settings import ServiceSettings
from services.notifier.settings import NotifierSettings
from services.router.settings import RouterSettings
from tests.support.command import tongxin

SETTINGS = Path("docs/settings.md")


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("TONGXIN_")]:
        monkeypatch.delenv(name)


class TestSetting:
    @pytest.mark.parametrize("settings", [IntakeSettings, RouterSettings, NotifierSettings])
    def test_that_is_a_number_has_a_floor_and_a_ceiling(
        self, settings: type[ServiceSettings]
    ) -> None:
        shown = settings.model_json_schema()["properties"]
        numbers = {n: s for n, s in shown.items() if s.get("type") in {"integer", "number"}}
        assert {"http_port", "partitions", "keep_days"} <= numbers.keys()
        for name, schema in numbers.items():
            assert {"minimum", "maximum"} <= schema.keys(), name


class TestServe:
    @pytest.mark.parametrize(
        ("variable", "value", "why"),
        [
            ("TONGXIN_HTTP_PORT", "99999", "TONGXIN_HTTP_PORT: Input should be less than"),
            ("TONGXIN_ROUTER_HTTP_PORT", "http", "TONGXIN_ROUTER_HTTP_PORT: Input should be a"),
            ("TONGXIN_DATABASE_URL", "db", "TONGXIN_DATABASE_URL: is no database URL"),
            ("TONGXIN_DATABASE_URL", "postgresql+asyncpg://h:x/d", "is no database URL"),
            ("TONGXIN_ROUTER_DATABASE_URL", "postgresql://h/d", "begins with postgresql://"),
            ("TONGXIN_PARTITIONS", "0", "TONGXIN_PARTITIONS: Input should be greater than"),
            ("TONGXIN_KEEP_DAYS", "9999999999", "TONGXIN_KEEP_DAYS: Input should be less than"),
            ("TONGXIN_CLOCK", "fast", "TONGXIN_CLOCK: 'fast' is not factor@origin@started"),
            ("TONGXIN_LOG_LEVEL", "loud", "TONGXIN_LOG_LEVEL: Input should be 'debug', 'info'"),
            ("TONGXIN_PLAN", "/nowhere/plan.toml", "TONGXIN_PLAN: [Errno 2] No such file or"),
            ("TONGXIN_ROUTER_PLAN", "/nowhere", "TONGXIN_ROUTER_PLAN: [Errno 2] No such file or"),
        ],
    )
    async def test_names_the_variable_and_the_reason(
        self, variable: str, value: str, why: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(variable, value)
        told = await tongxin("serve", "router")
        assert told.code == 2
        assert told.text.startswith("router was not started: ")
        assert why in told.text
        assert len(told.text.splitlines()) == 1

    async def test_never_repeats_a_webhook_secret(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TONGXIN_WEBHOOK_SECRET", "whsec_tell-nobody")
        told = await tongxin("serve", "notifier")
        assert told.code == 2
        assert "TONGXIN_WEBHOOK_SECRET: a webhook secret is written whsec_ and base64" in told.text
        assert "nobody" not in told.text

    @pytest.mark.parametrize("secret", ["short", "one two", "é" * 40, "x" * 201])
    async def test_refuses_a_secret_that_is_easy_to_guess_and_does_not_repeat_it(
        self, monkeypatch: pytest.MonkeyPatch, secret: str
    ) -> None:
        monkeypatch.setenv("TONGXIN_ACCESS_SECRET", secret)
        told = await tongxin("serve", "intake")
        assert told.code == 2
        assert "TONGXIN_ACCESS_SECRET: must be 32 to 200 letters" in told.text
        assert secret not in told.text

    async def test_names_a_variable_that_nothing_reads(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TONGXIN_ROUTER_DATABSE_URL", "sqlite+aiosqlite:///router.sqlite")
        monkeypatch.setenv("TONGXIN_ROUTER_MIGRATION_URL", "read by `tongxin db`")
        monkeypatch.setenv("TONGXIN_HTTP_PORT", "99999")
        told = await tongxin("serve", "router")
        passed, refused = told.text.splitlines()
        assert passed == (
            "TONGXIN_ROUTER_DATABSE_URL names no setting and is passed over; "
            "is TONGXIN_ROUTER_DATABASE_URL meant?"
        )
        assert refused.startswith("router was not started: TONGXIN_HTTP_PORT")

    async def test_of_an_unknown_service_names_those_there_are(self) -> None:
        told = await tongxin("serve", "fire")
        assert told.code == 2
        assert "'fire' is not one of intake, router, notifier, desk" in told.text


class TestSettings:
    def test_stand_in_the_docs_with_their_defaults(self) -> None:
        text = SETTINGS.read_text()
        for name, setting in ServiceSettings.model_fields.items():
            (line,) = [line for line in text.splitlines() if f"`{name.upper()}`" in line]
            unless_told = "" if setting.default is None else str(setting.default)
            if name not in {"database_url", "http_port"} and unless_told:
                assert f"`{unless_told.lower()}`" in line.lower()
