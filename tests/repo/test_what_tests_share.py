"""What tests share to be quick keeps them apart: the apps of a process, and what is compiled."""

import asyncio
from dataclasses import dataclass, field

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.kit.sql.database import Database
from tests.support.databases import Place, opened
from tests.support.one_app import OneApp
from tests.support.web import app_of, talking_to


@dataclass
class Things:
    """What a request is about; it is answered once somebody lets it."""

    name: str
    let: asyncio.Event = field(default_factory=asyncio.Event)


BUILT: list[Things] = []


def build(things: Things) -> FastAPI:
    BUILT.append(things)
    http = app_of(is_guarded=False)
    let = things.let

    @http.get("/name")
    async def name() -> str:
        before = things.name
        await let.wait()
        assert before == things.name
        return things.name

    return http


ONE = OneApp(build)


class TestApp:
    async def test_answers_each_request_about_its_own(self) -> None:
        things = [Things("a"), Things("b")]
        asked = [asyncio.create_task(self._name(one)) for one in things]
        for one in reversed(things):
            await asyncio.sleep(0)
            one.let.set()
        assert await asyncio.gather(*asked) == ["a", "b"]
        assert len(BUILT) == 1

    async def test_is_about_nothing_without_a_request(self) -> None:
        ONE.about(Things("a"))
        for found in (BUILT[0].let.is_set, lambda: bool(BUILT[0].name)):
            with pytest.raises(LookupError):
                found()

    async def _name(self, things: Things) -> str:
        async with talking_to(ONE.about(things), token="") as client:
            return str((await client.get("/name")).json())


class TestEngine:
    async def test_is_of_the_database_that_was_asked_for(self, place: Place) -> None:
        urls = [await place.empty(name=name) for name in ("one", "other")]
        for url in urls:
            async with opened(url) as database:
                await _write(database)
        for url in urls:
            async with opened(url) as first, opened(url) as second:
                assert [await _count(one) for one in (first, second)] == [1, 1]


async def _write(database: Database) -> None:
    async with database.write() as conn:
        await conn.execute(text("CREATE TABLE thing (id integer)"))
        await conn.execute(text("INSERT INTO thing VALUES (1)"))


async def _count(database: Database) -> int:
    async with database.read() as conn:
        return int((await conn.execute(text("SELECT count(*) FROM thing"))).scalar_one())
