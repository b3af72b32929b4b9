"""Which open case a report joins, by what the database kept of those before it."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from schemas.events.case import CaseMerged
from schemas.events.incident import IncidentReport
from services.assessment.plan_index import PlanIndex
from services.intake.migrations import HISTORY
from services.kit.sql.database import Database
from tests.support.databases import Place
from tests.support.intake import HERE, NOON, north_of, recorded, report, report_at, seed_index


@pytest.fixture
async def database(place: Place) -> AsyncIterator[Database]:
    async with place.opened(HISTORY) as opened:
        yield opened


class TestWorkList:
    async def test_has_a_case_for_each_entry(self, database: Database) -> None:
        listed = {"source": "grid-app", "channel": "grid_member"}
        first, second = report(1, **listed), report(2, **listed)
        await recorded(database, [first])

        found, _ = await recorded(database, [second, report(3)])

        assert [one.outcome for one in found] == ["registered", "merged"]


class TestStreetLight:
    """A thing that stays, so that its category looks back a week at the same place."""

    async def test_told_of_again_after_three_days_is_one_case(self, database: Database) -> None:
        later = NOON + timedelta(days=3)
        at = {"reported_at": later.isoformat(), "category": "P0137"}
        first = report(1, category="P0137", description="路灯不亮")
        await recorded(database, [first])

        again = [report(2, **at), report_at(north_of(HERE, 40), 3, **at)]
        found, events = await recorded(database, again, now=later)

        assert [one.outcome for one in found] == ["merged", "registered"]
        assert "at the same place" in CaseMerged.model_validate_json(events[0].data).why


class TestPlanThatAsksForMore:
    def index(self, **merging: object) -> PlanIndex:
        plan = seed_index().plan
        asked = plan.merging.model_copy(update=merging)
        return PlanIndex(plan.model_copy(update={"merging": asked}))

    def at(self, address: str, number: int, description: str = "垃圾桶满了") -> IncidentReport:
        place = {"point": {"lat": HERE.lat, "lon": HERE.lon}, "address": address}
        return report(number, place=place, description=description)

    async def test_compares_addresses_with_those_of_open_cases(self, database: Database) -> None:
        index = self.index(same_address=True)
        await recorded(database, [self.at("湖滨路 7号", 1)], index=index)

        others = [self.at("湖滨路9号", 2), self.at("湖滨路7号", 3)]
        found, events = await recorded(database, others, index=index)

        assert [one.outcome for one in found] == ["registered", "merged"]
        assert events[1].key == str(report(1).case_id)
        assert CaseMerged.model_validate_json(events[1].data).why.endswith("; same address")

    async def test_compares_words_with_those_of_open_cases(self, database: Database) -> None:
        index = self.index(likeness=0.5)
        await recorded(database, [self.at("湖滨路7号", 1)], index=index)

        others = [self.at("湖滨路7号", 2, "箱子外面很脏"), self.at("湖滨路7号", 3)]
        found, events = await recorded(database, others, index=index)

        assert [one.outcome for one in found] == ["registered", "merged"]
        assert "words 1.00 alike" in CaseMerged.model_validate_json(events[1].data).why
