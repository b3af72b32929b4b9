"""What becomes of reports: a case, a part of one, a refusal, or nothing new."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from schemas.cloudevents import CloudEvent
from schemas.events.case import CaseMerged, CaseRegistered, CaseRejected
from schemas.events.incident import IncidentReport
from services.assessment.plan_index import PlanIndex
from services.intake.domain.closure import Closure
from services.intake.domain.dedup import place_of
from services.intake.migrations import HISTORY
from services.intake.store import reports as store
from services.intake.store.tables import Report, ReporterContact
from services.kit.sql.database import Database
from services.kit.sql.declaring import table_of
from tests.support.databases import Place
from tests.support.intake import (
    HERE,
    NOON,
    closed,
    north_of,
    recorded,
    report,
    report_at,
    seed_index,
)

REPORT = table_of(Report)


@pytest.fixture
async def database(place: Place) -> AsyncIterator[Database]:
    async with place.opened(HISTORY) as opened:
        yield opened


def told(events: list[CloudEvent]) -> list[tuple[str, str, int]]:
    return [(event.type, event.key, event.sequence) for event in events]


def one_bin(number: int, *, channel: str, minutes: int, metres: float) -> IncidentReport:
    at = (NOON - timedelta(minutes=20 - minutes)).isoformat()
    place = north_of(HERE, metres)
    return report_at(place, number, source=f"by-{channel}", channel=channel, reported_at=at)


SIX_BY_FOUR = [
    one_bin(1, channel="phone", minutes=0, metres=0),
    one_bin(2, channel="resident", minutes=3, metres=12),
    one_bin(3, channel="app", minutes=7, metres=-30),
    one_bin(4, channel="sensor", minutes=11, metres=49),
    one_bin(5, channel="phone", minutes=16, metres=5),
    one_bin(6, channel="app", minutes=20, metres=-8),
]


class TestTheSameBinReportedSixTimes:
    @pytest.mark.parametrize("batches", [1, 6])
    async def test_is_one_case_with_five_followers(self, database: Database, batches: int) -> None:
        events: list[CloudEvent] = []
        step = 6 // batches
        for start in range(0, 6, step):
            events += (await recorded(database, SIX_BY_FOUR[start : start + step]))[1]

        primary = str(SIX_BY_FOUR[0].case_id)
        assert told(events) == [
            ("case.registered", primary, 1),
            *[("case.merged", primary, 0)] * 5,
        ]
        merged = [CaseMerged.model_validate_json(event.data) for event in events[1:]]
        assert [m.merged_id for m in merged] == [r.case_id for r in SIX_BY_FOUR[1:]]
        assert [m.reporter.channel.value for m in merged] == [
            "resident",
            "app",
            "sensor",
            "phone",
            "app",
        ]
        assert len({event.id for event in events}) == 6

    async def test_is_the_same_case_again_in_whatever_order_a_restored_intake_reads_them(
        self, database: Database
    ) -> None:
        _, events = await recorded(database, SIX_BY_FOUR)
        async with database.write() as conn:
            await conn.execute(REPORT.delete())
        _, again = await recorded(database, reversed(SIX_BY_FOUR), told_before=events)
        assert {event.id: event.data for event in again} == {e.id: e.data for e in events}

    async def test_leaves_a_row_per_report(self, database: Database) -> None:
        await recorded(database, SIX_BY_FOUR)

        async with database.read() as conn:
            rows = (await conn.execute(select(REPORT).order_by(REPORT.c.source_id))).all()

        assert [row.outcome for row in rows] == ["registered", *["merged"] * 5]
        assert {row.primary_id for row in rows[1:]} == {SIX_BY_FOUR[0].case_id}


class TestRegisteredReport:
    async def test_tells_all_that_the_router_needs(self, database: Database) -> None:
        given = report(
            category=None,
            description="路边有个井盖缺失, someone will fall",
            media=("https://example.org/1.jpg",),
            channel="grid_member",
            urgency="P",
        )

        _, (event,) = await recorded(database, [given])

        fact = CaseRegistered.model_validate_json(event.data)
        assert fact.case_id == given.case_id
        assert fact.at == NOON
        assert (fact.category, fact.classified_by) == ("P0101", "keyword:井盖缺失")
        assert (fact.urgency, fact.triage, fact.exercise) == ("E", False, False)
        assert fact.place.grid == "36011100300101"
        assert fact.place.point == given.place.point
        assert fact.description == given.description
        assert fact.media == given.media
        assert event.cause == str(given.case_id)
        assert event.source == "/tongxin/intake"

    async def test_keeps_the_contact_off_every_topic(self, database: Database) -> None:
        given = report(contact={"name": "Li Lei", "phone": "13800000000", "email": None})

        _, (event,) = await recorded(database, [given])

        assert b"Li Lei" not in event.data
        assert b"13800000000" not in event.data
        async with database.read() as conn:
            (row,) = (await conn.execute(select(table_of(ReporterContact)))).all()
        assert (row.case_id, row.name, row.phone) == (given.case_id, None, None)
        assert b"Li Lei" not in row.sealed

    async def test_without_a_point_is_never_merged(self, database: Database) -> None:
        place = {"address": "Hubin road 7"}

        found, _ = await recorded(database, [report(1, place=place), report(2, place=place)])

        assert [one.outcome for one in found] == ["registered", "registered"]

    async def test_of_an_unknown_kind_is_never_merged_and_seen_by_a_person(
        self, database: Database
    ) -> None:
        vague = [report(n, category=None, description="有点事") for n in (1, 2)]

        found, events = await recorded(database, vague)

        assert [one.outcome for one in found] == ["registered", "registered"]
        assert all(CaseRegistered.model_validate_json(event.data).triage for event in events)

    async def test_of_another_category_is_another_case(self, database: Database) -> None:
        found, _ = await recorded(database, [report(1), report(2, category="E0110")])

        assert [one.outcome for one in found] == ["registered", "registered"]


class TestRepeatedReport:
    async def test_beyond_the_inbox_s_memory_changes_nothing(self, database: Database) -> None:
        first = [report(1), report_at(north_of(HERE, 500), 2)]
        await recorded(database, first)

        found, events = await recorded(database, [*first, report(3)])

        assert [one.outcome for one in found] == ["duplicate", "duplicate", "merged"]
        assert told(events) == [("case.merged", str(first[0].case_id), 0)]


class TestRefusedReport:
    async def test_is_told_with_field_and_reason_in_two_languages(self, database: Database) -> None:
        given = report(place={"point": {"lat": 31.23, "lon": 121.47}})

        found, (event,) = await recorded(database, [given])

        assert [(one.outcome, one.refused) for one in found] == [("rejected", "outside_district")]
        fact = CaseRejected.model_validate_json(event.data)
        assert (fact.case_id, fact.reason) == (given.case_id, "outside_district")
        assert fact.field == "place.point"
        assert fact.message_en
        assert fact.message_zh
        assert event.sequence == 1

    async def test_takes_in_no_others(self, database: Database) -> None:
        early = (NOON + timedelta(hours=1)).isoformat()

        found, _ = await recorded(database, [report(1, reported_at=early), report(2)])

        assert [one.outcome for one in found] == ["rejected", "registered"]

    async def test_is_judged_anew_when_it_comes_again_and_time_lifted_the_reason(
        self, database: Database
    ) -> None:
        early = report(1, reported_at=(NOON + timedelta(hours=1)).isoformat())
        await recorded(database, [early])

        still, none = await recorded(database, [early], now=NOON + timedelta(minutes=1))
        found, events = await recorded(database, [early], now=NOON + timedelta(hours=1))
        once_more, nothing = await recorded(database, [early], now=NOON + timedelta(hours=1))

        assert [one.outcome for one in (*still, *found, *once_more)] == [
            "duplicate",
            "registered",
            "duplicate",
        ]
        assert [event.type for event in (*none, *events, *nothing)] == ["case.registered"]
        async with database.read() as conn:
            known = await store.report_of(conn, early.case_id)
        assert known is not None
        assert (known.outcome, known.refusal) == ("registered", None)

    async def test_is_judged_anew_under_a_plan_that_knows_its_place(
        self, database: Database
    ) -> None:
        far = report(1, place={"point": {"lat": 31.23, "lon": 121.47}})
        plan = seed_index().plan
        anywhere = tuple(d.model_copy(update={"polygon": None}) for d in plan.districts)
        wider = PlanIndex(plan.model_copy(update={"districts": anywhere}))
        await recorded(database, [far])

        found, _ = await recorded(database, [far], index=wider)

        assert [one.outcome for one in found] == ["registered"]

    async def test_joins_an_open_case_when_it_comes_again(self, database: Database) -> None:
        early = report(1, reported_at=(NOON + timedelta(hours=1)).isoformat())
        later = NOON + timedelta(hours=1)
        await recorded(database, [early, report(2)])

        found, events = await recorded(database, [early], now=later)

        assert [one.outcome for one in found] == ["merged"]
        assert [event.type for event in events] == ["case.merged"]

    async def test_says_why_for_whoever_asks(self, database: Database) -> None:
        given = report(place={"point": {"lat": 31.23, "lon": 121.47}})
        await recorded(database, [given])

        async with database.read() as conn:
            known = await store.report_of(conn, given.case_id)

        assert known is not None
        refusal = json.loads(known.refusal or "")
        assert (refusal["reason"], refusal["field"]) == ("outside_district", "place.point")
        assert refusal["message_zh"]


class TestPointThatIsNoPlace:
    async def test_merges_nothing_and_is_in_no_grid(self, database: Database) -> None:
        several = [
            report(n, place={"point": {"lat": 0.0, "lon": -0.0}, "address": f"{n} Road"})
            for n in (1, 2)
        ]

        found, events = await recorded(database, several)

        assert [one.outcome for one in found] == ["registered", "registered"]
        assert [CaseRegistered.model_validate_json(e.data).place.grid for e in events] == [None] * 2


class TestClosedCase:
    async def test_takes_in_no_others_until_reopened(self, database: Database) -> None:
        first = report(1)
        await recorded(database, [first])

        await closed(database, Closure(case_id=first.case_id, closed_at=NOON, sequence=5))
        after_closing, _ = await recorded(database, [report(2)])
        await closed(
            database,
            Closure(case_id=report(2).case_id, closed_at=NOON, sequence=5),
            Closure(case_id=first.case_id, closed_at=None, sequence=8),
        )
        _, after_reopening = await recorded(database, [report(3)])

        assert after_closing[0].outcome == "registered"
        assert told(after_reopening) == [("case.merged", str(first.case_id), 0)]

    async def test_is_not_closed_again_by_an_old_event(self, database: Database) -> None:
        first = report(1)
        await recorded(database, [first])
        await closed(database, Closure(case_id=first.case_id, closed_at=None, sequence=8))

        await closed(database, Closure(case_id=first.case_id, closed_at=NOON, sequence=5))
        found, _ = await recorded(database, [report(2)])

        assert found[0].outcome == "merged"

    async def test_is_not_kept_closed_by_a_number_far_ahead(self, database: Database) -> None:
        first = report(1)
        await recorded(database, [first])
        ahead = Closure(case_id=first.case_id, closed_at=NOON, sequence=999_999_999)

        [letter] = await closed(database, ahead)
        found, _ = await recorded(database, [report(2)])

        assert dict(letter.headers)["tongxin_code"] == b"ahead_of_turn"
        assert found[0].outcome == "merged"

    async def test_that_intake_never_saw_is_no_matter(self, database: Database) -> None:
        await closed(database, Closure(case_id=report(1).case_id, closed_at=NOON, sequence=1))


class TestExercise:
    async def test_joins_only_exercises(self, database: Database) -> None:
        found, events = await recorded(
            database, [report(1), report(2, exercise=True), report(3, exercise=True), report(4)]
        )

        assert [one.outcome for one in found] == ["registered", "registered", "merged", "merged"]
        assert [event.key for event in events[2:]] == [
            str(report(2).case_id),
            str(report(1).case_id),
        ]


class TestTwoProcesses:
    async def test_that_see_the_same_thing_at_one_moment_open_one_case(
        self, database: Database
    ) -> None:
        both = await asyncio.gather(
            recorded(database, [report(1)], pause_seconds=0.1),
            recorded(database, [report_at(north_of(HERE, 20), 2)], pause_seconds=0.1),
        )

        outcomes = sorted(one.outcome for found, _ in both for one in found)
        assert outcomes == ["merged", "registered"]


class TestSearch:
    async def test_reads_the_index_of_open_cases_only(self, database: Database) -> None:
        async with database.write() as conn:
            await store.open_cases(conn, {"E0192/1"}, since=NOON, until=NOON)
            explain = "EXPLAIN QUERY PLAN"
            if conn.dialect.name == "postgresql":
                explain = "EXPLAIN"
            query = (
                " SELECT lat FROM report WHERE outcome = 'registered' "
                "AND closed_at IS NULL AND place IN ('a', 'b') "
                "AND reported_at BETWEEN '2026-01-01' AND '2026-01-02'"
            )
            plan = await conn.execute(text(explain + query))

            assert "ix_report_open" in str(plan.all())

    async def test_takes_a_great_many_places_at_once(self, database: Database) -> None:
        await recorded(database, [report(1)])
        async with database.write() as conn:
            places = {f"E0192/{n}" for n in range(12_000)} | {place_of("E0192", HERE)}
            await store.lock_blocks(conn, places)
            since, until = NOON - timedelta(hours=1), NOON

            found = await store.open_cases(conn, places, since=since, until=until)

        assert [case["sighting"].case_id for case in found] == [report(1).case_id]


async def test_the_database_refuses_a_merged_report_without_its_case(database: Database) -> None:
    await recorded(database, [report(1)])
    with pytest.raises(Exception, match="merged_into"):
        async with database.write() as conn:
            await conn.execute(update(REPORT).values(outcome="merged"))
