"""What is written at which level: libraries write what they carry when they are asked for more."""

import logging
from collections.abc import Iterator

import pytest

from services.kit.process.logging import set_up_logging

LIBRARIES = (
    *("aiokafka", "aiosqlite", "asyncio", "asyncpg", "faststream", "httpcore", "httpx"),
    *("sqlalchemy.engine", "sqlalchemy.pool", "urllib3"),
)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Put back the levels and handlers of this process."""
    names = ("", "services", "schemas", "uvicorn", "uvicorn.access", "uvicorn.error")
    loggers = [logging.getLogger(name) for name in names]
    before = [(one, one.level, [*one.handlers], [*one.filters]) for one in loggers]
    yield
    for logger, level, handlers, filters in before:
        logger.setLevel(level)
        logger.handlers, logger.filters = handlers, filters


class TestDebug:
    def test_is_for_our_own_records_only(self) -> None:
        set_up_logging("intake", level="debug")
        assert logging.getLogger("services.intake").isEnabledFor(logging.DEBUG)
        for name in LIBRARIES:
            assert not logging.getLogger(name).isEnabledFor(logging.INFO), name
            assert logging.getLogger(name).isEnabledFor(logging.WARNING), name


class TestError:
    def test_is_asked_of_everybody(self) -> None:
        set_up_logging("intake", level="error")
        for name in ("services.intake", "aiokafka", "httpx", "faststream", "uvicorn.error"):
            assert not logging.getLogger(name).isEnabledFor(logging.WARNING), name


class TestRequestsThatAreNoHttp:
    def test_are_one_line_however_many_they_are(self, capsys: pytest.CaptureFixture[str]) -> None:
        set_up_logging("intake", level="info")
        for _ in range(100):
            logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
        (line,) = capsys.readouterr().err.splitlines()
        assert "Invalid HTTP request" in line
