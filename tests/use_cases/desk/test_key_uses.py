"""The last day that a key was used: noted by whoever lets it in, told once, kept by the desk."""

import json
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError

from schemas.scopes import Scope
from schemas.topics import KEY_USES
from services.access.actor import Actor
from services.access.register import Register
from services.access.uses import TellingUses
from services.desk.domain.keys import Asked, Key
from services.desk.migrations import HISTORY
from services.desk.store import keys as rows
from services.desk.use_cases import keys
from services.desk.use_cases.key_uses import KeyUses
from services.kit.sql.database import Database
from tests.support.databases import Place
from tests.support.desk import Clock
from tests.support.keys import SECRET
from tests.support.published import Log

SECRET_BYTES = SECRET.encode()
DAY = timedelta(days=1)


class House:
    """A service that checks keys, the desk that keeps them, and the topic between them."""

    def __init__(self, database: Database) -> None:
        self.database, self.log, self.clock = database, Log(), Clock()
        self.register = Register([SECRET_BYTES])
        self.telling = TellingUses(self.register, self.log, service="intake", clock=self.clock)
        self.uses = KeyUses(self.register, database, clock=self.clock)

    async def key(self, name: str) -> str:
        asked = Asked(name=name, scopes=frozenset({Scope.METRICS_READ}), everywhere=True)
        async with self.database.write() as conn:
            return await keys.create(conn, asked, secret=SECRET_BYTES, now=self.clock())

    async def known(self) -> dict[str, Key]:
        async with self.database.read() as conn:
            found = await rows.keys_after(conn, "", most=10)
        for key in found:
            self.register.note(keys.recorded_of(key))
        return {key.asked.name: key for key in found}

    def ask(self, token: str) -> bool:
        return isinstance(self.register.actor_of(token, now=self.clock()), Actor)

    async def heard(self) -> None:
        """Let the desk hear all that was told, from the beginning."""
        await self.telling.tell()
        for message in self.log.messages:
            assert message.topic == KEY_USES
            self.uses.take(message.key_bytes, message.value)
        await self.uses.save()

    async def last_used(self) -> dict[str, date | None]:
        return {name: key.last_used_on for name, key in (await self.known()).items()}


@pytest.fixture
async def house(place: Place) -> AsyncIterator[House]:
    async with place.opened(HISTORY) as opened:
        yield House(opened)


def record(**changes: Any) -> bytes:
    return json.dumps({"id": "a" * 16, "on": "2026-11-28", **changes}).encode()


class TestUse:
    async def test_is_the_last_day_that_a_token_was_let_in(self, house: House) -> None:
        used, _ = await house.key("used"), await house.key("unused")
        first = house.clock().date()
        await house.known()
        assert house.ask(used)
        await house.heard()
        assert await house.last_used() == {"used": first, "unused": None}
        house.clock.pass_by(3 * DAY)
        assert house.ask(used)
        await house.heard()
        await house.heard()
        assert await house.last_used() == {"used": first + 3 * DAY, "unused": None}

    async def test_is_told_once_a_day_however_often_it_is_used(self, house: House) -> None:
        token = await house.key("used")
        await house.known()
        for _ in range(3):
            for _ in range(50):
                assert house.ask(token)
                await house.telling.tell()
            house.clock.pass_by(DAY)
        assert len(house.log.messages) == 3

    async def test_of_a_refused_token_is_none(self, house: House) -> None:
        token = await house.key("ended")
        async with house.database.write() as conn:
            await keys.revoke(conn, "ended", now=house.clock())
        await house.known()
        assert not house.ask(token)
        await house.heard()
        assert await house.last_used() == {"ended": None}

    async def test_that_the_log_did_not_take_is_told_again(self, house: House) -> None:
        token = await house.key("used")
        await house.known()
        assert house.ask(token)
        house.log.is_down = True
        with pytest.raises(KafkaConnectionError):
            await house.telling.tell()
        house.log.is_down = False
        await house.heard()
        assert (await house.last_used())["used"] == house.clock().date()

    async def test_tells_no_state_of_a_key_anew(self, house: House) -> None:
        token = await house.key("used")
        version = (await house.known())["used"].version
        assert house.ask(token)
        await house.heard()
        assert (await house.known())["used"].version == version


class TestTopic:
    @pytest.mark.parametrize(
        "value",
        [
            *(None, b"", b"{}", b"null", b"[1]", b"\xff", b"[" * 100_000),
            record(id="A" * 16),
            record(id=7),
            record(on="2026-13-45"),
            record(on=20_000),
            record(on=None),
        ],
    )
    async def test_takes_whatever_stands_there(self, house: House, value: bytes | None) -> None:
        await house.key("used")
        await house.known()
        house.uses.take(b"\xff", value)
        await house.uses.save()
        assert await house.last_used() == {"used": None}

    async def test_makes_no_use_of_days_to_come_or_of_keys_that_are_none(
        self, house: House
    ) -> None:
        await house.key("used")
        id_ = (await house.known())["used"].id
        house.uses.take(None, record(id=id_, on="9999-12-31"))
        house.uses.take(None, record(id="f" * 16))
        assert house.uses._unsaved == {}

    async def test_moves_no_use_back(self, house: House) -> None:
        await house.key("used")
        id_ = (await house.known())["used"].id
        for on in ("2026-11-27", "2026-11-28", "2026-11-01"):
            house.uses.take(None, record(id=id_, on=on))
            await house.uses.save()
        house.uses.take(None, record(id=id_, on="2026-11-28"))
        house.uses.take(None, record(id=id_, on="2026-11-02"))
        await house.uses.save()
        assert (await house.last_used())["used"] == date(2026, 11, 28)
