"""A refused key is a line in the log, and no attacker fills the log with them."""

import logging
from datetime import timedelta
from typing import Any

import pytest

from services.access.bounds import (
    REFUSED_KEYS_A_SECOND,
    REFUSED_KEYS_AT_ONCE,
    SAME_REFUSED_KEY_SECONDS,
)
from services.access.refused_keys import RefusedKeys
from services.access.register import Unproven
from services.access.tokens import new_token
from services.kit.clock import system_clock
from services.kit.process.logging import JsonFormatter
from tests.support.keys import bearing, key
from tests.support.web import app_of, talking_to

SECONDS_A_DAY = 86_400


class Watch:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def lines(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.message == "a key was refused"]


def told(caplog: pytest.LogCaptureFixture, *names: str) -> list[tuple[Any, ...]]:
    """Return these fields of each line."""
    return [tuple(vars(record)[name] for name in names) for record in lines(caplog)]


class TestRefusedKeys:
    def test_of_one_key_and_network_are_a_line_a_minute(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        refused, watch = _refused()
        for address in ("2001:db8::1", "2001:db8::2", "2001:db8::3"):
            refused.tell(Unproven.REVOKED, address=address, key_id="thefirst")
        refused.tell(Unproven.REVOKED, address="192.0.2.1", key_id="thefirst")
        watch.now += SAME_REFUSED_KEY_SECONDS
        refused.tell(Unproven.REVOKED, address="2001:db8::9", key_id="thefirst")
        assert told(caplog, "address", "untold") == [
            ("2001:db8::1", 0),
            ("192.0.2.1", 2),
            ("2001:db8::9", 0),
        ]

    def test_of_a_flood_from_everywhere_fill_no_log(self, caplog: pytest.LogCaptureFixture) -> None:
        refused, watch = _refused()
        tried = 200_000
        for number in range(tried):
            watch.now = number * SECONDS_A_DAY / tried
            address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
            refused.tell(Unproven.UNKNOWN, address=address, key_id=None)
        untold = [count for (count,) in told(caplog, "untold")]
        assert len(untold) <= REFUSED_KEYS_AT_ONCE + SECONDS_A_DAY * REFUSED_KEYS_A_SECOND
        assert sum(untold) + len(untold) > tried * 0.99


class TestDoor:
    async def test_tells_whose_key_why_and_from_where(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        over, nobodys = new_token(), new_token()
        ended = key(over, id="overandout", expires_at=system_clock() - timedelta(days=1))
        async with talking_to(app_of(keys=[key(), ended])) as http:
            for token in (over, nobodys):
                assert (await http.get("/cases", headers=bearing(token))).status_code == 401
            await http.get("/cases")
        written = [JsonFormatter("intake").format(record) for record in lines(caplog)]
        assert told(caplog, "why", "key_id", "address") == [
            ("has expired", "overandout", "127.0.0.1"),
            ("is not known here", None, "127.0.0.1"),
        ]
        assert '"service": "intake"' in written[0]
        assert not any(token in line for token in (over, nobodys) for line in written)

    async def test_tells_nothing_of_a_key_that_opens(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with talking_to(app_of()) as http:
            assert (await http.get("/nowhere")).status_code == 404
        assert not lines(caplog)


def _refused() -> tuple[RefusedKeys, Watch]:
    watch = Watch()
    return RefusedKeys(monotonic=watch), watch
