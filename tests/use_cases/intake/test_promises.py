"""Who reports is told by when the case is to be closed, and can ask for it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from schemas.events.base import event_of
from schemas.events.case import CaseRegistered
from schemas.events.clocks import CaseDeadlineMoved
from schemas.vocabulary import NOTIFIER
from services.assessment.plan_index import PlanIndex
from services.intake.handlers import ClosuresReader
from services.intake.http.reports import Decided
from services.intake.migrations import HISTORY
from services.intake.use_cases.case_news import CaseNews
from services.intake.use_cases.submissions import report_status
from services.kit.records import message_of
from services.kit.sql.database import Database
from tests.support.databases import Place
from tests.support.examples import EXAMPLES
from tests.support.intake import NOON, closed, record, recorded, report, seed_index

FRIDAY = datetime(2026, 5, 15, 9, 30, tzinfo=UTC)
"""17:30 in the plan's time zone."""
MONDAY = datetime(2026, 5, 18, 1, 30, tzinfo=UTC)
"""09:30 there."""


@pytest.fixture
async def database(place: Place) -> AsyncIterator[Database]:
    async with place.opened(HISTORY) as opened:
        yield opened


async def date_of(database: Database, number: int) -> datetime | None:
    found = await report_status("hotline-12345", str(number), database=database)
    assert found is not None
    return Decided.model_validate(found).promised_by


def moved(number: int, after: datetime, *, clock: str = "resident") -> CaseNews | None:
    data = EXAMPLES[CaseDeadlineMoved] | {
        "case_id": str(report(number).case_id),
        "after": after.isoformat(),
        "clock": clock,
    }
    fact = CaseDeadlineMoved.model_validate(data, strict=False)
    message = message_of(event_of(fact, service=NOTIFIER, sequence=4), topic="cases.v1")
    found = ClosuresReader().decode(
        record(message.value, headers=message.headers)._replace(key=message.key.encode())
    )
    return None if found is None else found.event


class TestDate:
    async def test_passes_over_nights_and_weekends_as_the_limit_does(
        self, database: Database
    ) -> None:
        lane = report(1, category="E0496", reported_at=FRIDAY.isoformat())
        _, [event] = await recorded(database, [lane], now=FRIDAY)
        fact = CaseRegistered.model_validate_json(event.data)
        assert (fact.promise, fact.promised_by) == ("2 WH", MONDAY)
        assert await date_of(database, 1) == MONDAY

    async def test_is_what_the_plan_promises_of_a_category_or_an_urgency(
        self, database: Database
    ) -> None:
        plan = seed_index().plan
        limits = plan.limits.model_copy(update={"promise": {"G": plan.category("E0113").limit}})
        own = plan.category("E0112").model_copy(update={"promise": plan.category("E0405").limit})
        categories = {**plan.categories, "E0112": own}
        index = PlanIndex(plan.model_copy(update={"limits": limits, "categories": categories}))
        reports = [report(1), report(2, category="E0112"), report(3, category="E0405")]
        _, events = await recorded(database, reports, index=index)
        facts = [CaseRegistered.model_validate_json(event.data) for event in events]
        assert [fact.promise for fact in facts] == ["5 WD", "2 UH", "2 UH"]

    async def test_of_a_report_that_joined_is_its_cases(self, database: Database) -> None:
        await recorded(database, [report(1)])
        await recorded(database, [report(2)], now=NOON + timedelta(hours=1))
        assert await date_of(database, 2) == await date_of(database, 1) is not None

    async def test_follows_what_the_notifier_tells(self, database: Database) -> None:
        await recorded(database, [report(1), report(2)])
        later = moved(1, MONDAY)
        assert later is not None
        await closed(database, later)
        assert await date_of(database, 1) == await date_of(database, 2) == MONDAY

    async def test_never_comes_sooner(self, database: Database) -> None:
        await recorded(database, [report(1)])
        before = await date_of(database, 1)
        sooner = moved(1, NOON)
        assert sooner is not None
        await closed(database, sooner)
        assert await date_of(database, 1) == before

    def test_is_not_a_departments_deadline(self) -> None:
        assert moved(1, MONDAY, clock="handling") is None
