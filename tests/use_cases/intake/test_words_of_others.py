"""What a report says goes with it into the case that it joins."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from schemas.events.case import CaseMerged, CaseRegistered
from services.intake.migrations import HISTORY
from services.kit.sql.database import Database
from tests.support.databases import Place
from tests.support.intake import recorded, report


@pytest.fixture
async def database(place: Place) -> AsyncIterator[Database]:
    async with place.opened(HISTORY) as opened:
        yield opened


async def joined(database: Database, **says: Any) -> CaseMerged:
    await recorded(database, [report(1)])
    _, [event] = await recorded(database, [report(2, **says)])
    return CaseMerged.model_validate_json(event.data)


class TestReportThatJoins:
    async def test_tells_its_words_photos_and_people(self, database: Database) -> None:
        photos = ["https://example.org/1.jpg"]
        fact = await joined(database, description="垃圾桶满到路上了", media=photos, people=30)
        assert (fact.description, fact.media, fact.people) == (
            "垃圾桶满到路上了",
            tuple(photos),
            30,
        )
        assert (fact.urgency, fact.danger) == ("G", None)

    @pytest.mark.parametrize(
        ("text", "word"),
        [("垃圾桶倒了,有人受伤", "人受伤"), ("a child is hurt here", "is hurt")],
    )
    async def test_is_an_emergency_where_it_tells_of_danger(
        self, database: Database, text: str, word: str
    ) -> None:
        fact = await joined(database, description=text)
        assert (fact.urgency, fact.danger) == ("E", word)

    async def test_is_none_where_that_is_denied(self, database: Database) -> None:
        fact = await joined(database, description="垃圾桶满了,没有人受伤")
        assert (fact.urgency, fact.danger) == ("G", None)

    async def test_is_as_urgent_as_staff_say(self, database: Database) -> None:
        fact = await joined(database, urgency="U", channel="superior")
        assert (fact.urgency, fact.danger) == ("U", None)


class TestFirstReport:
    async def test_tells_how_many_people_it_is_about(self, database: Database) -> None:
        _, [event] = await recorded(database, [report(1, people=12)])
        assert CaseRegistered.model_validate_json(event.data).people == 12
