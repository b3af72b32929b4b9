"""A case that somebody in charge corrected is looked for as what it is, and where it is."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from schemas.events.base import event_of
from schemas.events.charge import CaseCorrected
from schemas.events.incident import IncidentReport
from schemas.vocabulary import NOTIFIER
from services.assessment.plan_index import PlanIndex
from services.assessment.position import Position
from services.intake.domain.closure import Closure
from services.intake.handlers import ClosuresReader
from services.intake.migrations import HISTORY
from services.intake.use_cases.case_news import CaseNews
from services.kit.records import message_of
from services.kit.sql.database import Database
from tests.support.databases import Place
from tests.support.examples import EXAMPLES
from tests.support.intake import (
    HERE,
    NOON,
    closed,
    north_of,
    record,
    recorded,
    report,
    report_at,
    seed_index,
)

THERE = north_of(HERE, 500)


@pytest.fixture
async def database(place: Place) -> AsyncIterator[Database]:
    async with place.opened(HISTORY) as opened:
        yield opened


def news(case: IncidentReport, *, sequence: int, **changes: Any) -> CaseNews:
    """Return what intake reads of a correction, as the notifier tells it."""
    data = EXAMPLES[CaseCorrected] | {"case_id": str(case.case_id), "place": None} | changes
    fact = CaseCorrected.model_validate(data, strict=False)
    message = message_of(event_of(fact, service=NOTIFIER, sequence=sequence), topic="cases.v1")
    found = ClosuresReader().decode(
        record(message.value, headers=message.headers)._replace(key=message.key.encode())
    )
    assert found is not None
    return found.event


def point(position: Position) -> dict[str, Any]:
    return {"grid": "36011100300101", "point": {"lat": position.lat, "lon": position.lon}}


async def outcomes(database: Database, *reports: IncidentReport, **how: Any) -> list[str]:
    found, _ = await recorded(database, reports, **how)
    return [one.outcome.value for one in found]


class TestCaseOfAnotherCategory:
    async def test_takes_in_reports_of_what_it_is(self, database: Database) -> None:
        first = report(1)
        await recorded(database, [first])
        await closed(database, news(first, sequence=3, category="E0112"))

        again = [report(2, category="E0192"), report(3, category="E0112")]
        assert await outcomes(database, *again) == ["registered", "merged"]

    async def test_takes_in_reports_that_the_catch_all_never_did(self, database: Database) -> None:
        unnamed = report(1, category=None, description="这里有点问题")
        await recorded(database, [unnamed])
        await closed(database, news(unnamed, sequence=3, category="E0192"))

        assert await outcomes(database, report(2)) == ["merged"]

    async def test_is_still_an_entry_of_its_list(self, database: Database) -> None:
        listed = {"source": "grid-app", "channel": "grid_member"}
        unnamed = report(1, category=None, description="这里有点问题", **listed)
        await recorded(database, [unnamed])
        await closed(database, news(unnamed, sequence=3, category="E0192"))

        assert await outcomes(database, report(2, **listed)) == ["registered"]

    async def test_is_compared_by_its_address(self, database: Database) -> None:
        plan = seed_index().plan
        asked = plan.merging.model_copy(update={"same_address": True})
        index = PlanIndex(plan.model_copy(update={"merging": asked}))
        at = [point(HERE) | {"address": f"湖滨路{number}号"} for number in (7, 9)]
        unnamed = report(1, category=None, description="这里有点问题", place=at[0])
        await recorded(database, [unnamed], index=index)
        await closed(database, news(unnamed, sequence=3, category="E0192"))

        assert await outcomes(
            database, report(2, place=at[1]), report(3, place=at[0]), index=index
        ) == ["registered", "merged"]


class TestCaseElsewhere:
    async def test_takes_in_reports_from_there(self, database: Database) -> None:
        first = report(1)
        await recorded(database, [first])
        moved = news(first, sequence=3, category="E0192", place=point(THERE))
        await closed(database, moved)

        assert await outcomes(database, report_at(HERE, 2), report_at(THERE, 3)) == [
            "registered",
            "merged",
        ]

    async def test_without_a_point_takes_in_none(self, database: Database) -> None:
        first = report(1)
        await recorded(database, [first])
        place = {"grid": "36011100300101"}
        await closed(database, news(first, sequence=3, category="E0192", place=place))

        assert await outcomes(database, report(2)) == ["registered"]


class TestCorrectionsOfOneCase:
    async def test_hold_in_their_order_however_they_are_read(self, database: Database) -> None:
        first = report(1)
        await recorded(database, [first])
        await closed(
            database,
            news(first, sequence=5, category="E0112"),
            news(first, sequence=3, category="E0101a", place=point(THERE)),
        )
        await closed(database, news(first, sequence=3, category="E0192"))

        here, there = (
            report_at(position, number, category="E0112")
            for number, position in enumerate((HERE, THERE), 2)
        )
        assert await outcomes(database, here, there) == ["registered", "merged"]

    async def test_do_not_open_a_case_that_ended(self, database: Database) -> None:
        first = report(1)
        await recorded(database, [first])
        end = Closure(case_id=first.case_id, closed_at=NOON, sequence=9)
        await closed(database, end, news(first, sequence=3, category="E0112"))

        assert await outcomes(database, report(2, category="E0112")) == ["registered"]

    async def test_far_ahead_of_their_turn_are_put_aside(self, database: Database) -> None:
        first = report(1)
        await recorded(database, [first])
        letters = await closed(database, news(first, sequence=999_999_999, category="E0112"))

        assert len(letters) == 1
        assert await outcomes(database, report(2)) == ["merged"]
