"""What a service says when it cannot start."""

import logging
from pathlib import Path

import pytest
from aiokafka.errors import KafkaConnectionError

import services.kit.process.life
from services.kit.process.life import running
from services.kit.process.runtime import Runtime, build_runtime
from services.kit.sql.faults import DatabaseAway
from services.router.migrations import HISTORY
from services.router.settings import RouterSettings

NOBODY = "127.0.0.1:1"


def router(*, database: str) -> Runtime:
    return build_runtime(RouterSettings(kafka=NOBODY, database_url=database))


def told(caplog: pytest.LogCaptureFixture) -> str:
    """Return the one line that says why."""
    (line,) = [r.getMessage() for r in caplog.records if r.levelno == logging.CRITICAL]
    return line


async def test_a_database_that_is_away_is_told_with_its_variable_and_without_the_password(
    caplog: pytest.LogCaptureFixture,
) -> None:
    runtime = router(database=f"postgresql+asyncpg://app:secret@{NOBODY}/router")
    with pytest.raises(DatabaseAway):
        async with running(runtime, history=HISTORY, topics=()):
            pytest.fail("it started")
    url = f"postgresql+asyncpg://app:***@{NOBODY}/router"
    assert told(caplog).startswith(f"not started: TONGXIN_ROUTER_DATABASE_URL={url}: ")
    assert "[Errno " in told(caplog)


async def test_a_broker_that_is_away_is_told_with_its_variable(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def usable(*_: object) -> None:
        """Spare the test a database with tables."""

    monkeypatch.setattr(services.kit.process.life, "ensure_usable", usable)
    runtime = router(database=f"sqlite+aiosqlite:///{tmp_path}/router.sqlite")
    with pytest.raises(KafkaConnectionError):
        async with running(runtime, history=HISTORY, topics=()):
            pytest.fail("it started")
    assert told(caplog).startswith(f"not started: TONGXIN_KAFKA={NOBODY}: ")
