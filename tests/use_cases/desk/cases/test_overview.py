"""The day's picture: the same as a naive count of all cases, and each number has its list."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from schemas.standing import whose_turn
from services.access.actor import Actor
from services.desk.domain.view import View
from services.desk.http.overview import overview_router
from services.desk.store.lists import VIEW
from services.desk.store.rows import view_of
from tests.support.followed import FollowedBench
from tests.support.notifier import NOON, assigned, case_of, registered
from tests.support.proven import proven
from tests.support.shown import SUPERVISOR, DeskBench, key
from tests.support.web import app_of, talking_to

LEAD = "urban-management"

pytestmark = pytest.mark.timeout(300)


async def asked(desk: DeskBench, actor: Actor = SUPERVISOR) -> tuple[int, Any]:
    routes = overview_router(desk.database, clock=lambda: desk.now, plan=lambda: desk.plan)
    async with talking_to(proven(app_of(routes, is_guarded=False), actor), token="") as client:
        answer = await client.get("/overview")
    return answer.status_code, answer.json()


async def picture(desk: DeskBench) -> dict[str, Any]:
    status, found = await asked(desk)
    assert status == 200
    return dict(found)


async def all_views(desk: DeskBench) -> list[View]:
    """Return every case there is, but exercises."""
    async with desk.database.read() as conn:
        rows = (await conn.execute(select(VIEW))).mappings()
    return [view for row in rows if not (view := view_of(row)).exercise]


async def a_week(bench: FollowedBench, desk: DeskBench) -> None:
    """Let cases come on each of some days, of which some end, are opened again, or become late."""
    for number in range(12):
        report, lead = str(number), (LEAD, "police")[number % 2]
        await bench.tell(registered(report=report, at=bench.now))
        await bench.tell(assigned(lead, report=report, at=bench.now))
        if number % 3:
            await bench.say(lead, "accepted", "started", report=report)
        if number % 3 == 2:
            await bench.say(lead, "done", report=report)
        await bench.pass_time(hours=11)
    await bench.tell(registered(report="x", at=bench.now, exercise=True))
    await bench.say("reporters", "reopen", report="5")
    desk.now = bench.now


class TestPicture:
    async def test_is_what_a_naive_count_comes_to(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        await a_week(bench, desk)
        views, zone = await all_views(desk), desk.plan.timezone
        turns = {view.case_id: turn for view in views if (turn := whose_turn(view)) is not None}
        late = {id_ for id_, turn in turns.items() if turn.is_late(desk.now)}
        found = await picture(desk)
        assert (found["open"], found["late"]) == (len(turns), len(late))
        assert 0 < len(late) < len(turns)
        levels = {view.case_id: view.level for view in views}
        assert {
            (one["who"], one["clock"], one["level"]): (one["open"], one["late"])
            for one in found["moves"]
        } == {
            place: (
                sum((t.who, t.clock, levels[i]) == place for i, t in turns.items()),
                sum((turns[i].who, turns[i].clock, levels[i]) == place for i in late),
            )
            for place in {(t.who, t.clock, levels[i]) for i, t in turns.items()}
        }

        began = Counter(view.registered_at.astimezone(zone).date() for view in views)
        ended = Counter(
            view.closed_at.astimezone(zone).date() for view in views if view.closed_at is not None
        )
        for one in found["days"]:
            day = date.fromisoformat(one["day"])
            assert (one["registered"], one["ended"]) == (began[day], ended[day])
            up_to = (
                sum(n for d, n in began.items() if d <= day),
                sum(n for d, n in ended.items() if d <= day),
            )
            assert one["open"] == up_to[0] - up_to[1]
        assert len(found["days"]) == 15
        assert sum(ended.values()) > 0

    async def test_names_the_oldest_first(self, bench: FollowedBench, desk: DeskBench) -> None:
        await bench.tell(
            *(registered(report=str(n), at=NOON + timedelta(hours=n)) for n in range(7))
        )
        found = await picture(desk)
        assert [one["case_id"] for one in found["oldest"]] == [
            str(case_of(str(n))) for n in range(5)
        ]

    async def test_of_nothing_is_of_zeros(self, desk: DeskBench) -> None:
        found = await picture(desk)
        assert (found["open"], found["late"], found["moves"], found["oldest"]) == (0, 0, [], [])
        assert {one["registered"] for one in found["days"]} == {0}

    async def test_is_for_who_sees_every_case(self, desk: DeskBench) -> None:
        status, told = await asked(desk, key(departments=[LEAD]))
        assert (status, told["title"]) == (403, "You are not bound to all parties.")


class TestLists:
    async def test_have_the_cases_that_were_counted(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        await a_week(bench, desk)
        found = await picture(desk)
        real: dict[str, Any] = {"exercise": False, "limit": 200}
        assert len(await desk.listed(late=True, **real)) == found["late"]
        for one in found["moves"]:
            wanted: dict[str, Any] = {
                "turn": one["who"],
                "clock": one["clock"],
                "level": one["level"],
            }
            assert len(await desk.listed(**wanted, **real)) == one["open"]
            assert len(await desk.listed(**wanted, late=True, **real)) == one["late"]
        for one in found["days"]:
            begins = date.fromisoformat(one["day"])
            since, until = (
                NOON.astimezone(desk.plan.timezone).replace(
                    year=day.year, month=day.month, day=day.day, hour=0
                )
                for day in (begins, begins + timedelta(days=1))
            )
            ended: dict[str, Any] = {"ended_since": since, "ended_until": until}
            assert len(await desk.listed(since=since, until=until, **real)) == one["registered"]
            assert len(await desk.listed(**ended, **real)) == one["ended"]

    async def test_by_their_end_go_on_after_a_page_and_are_scoped(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        await a_week(bench, desk)
        ended: dict[str, Any] = {
            "ended_since": NOON - timedelta(days=1),
            "ended_until": NOON + timedelta(days=9),
        }
        all_of = [row["case_id"] for row in await desk.listed(**ended)]
        assert len(all_of) > 1
        assert all_of == [
            row["case_id"]
            for row in sorted(
                await desk.listed(open=False), key=lambda row: row["registered_at"], reverse=True
            )
        ]
        mine = [
            row["department"] for row in await desk.listed(key(departments=["police"]), **ended)
        ]
        assert mine == ["police"] * len(mine) != []
        assert await desk.listed(**ended, open=True) == []
        theirs = await desk.listed(**ended, party="police")
        assert len(theirs) == len(mine)


class TestTurn:
    async def test_is_found_as_it_is_shown(self, bench: FollowedBench, desk: DeskBench) -> None:
        await a_week(bench, desk)
        async with desk.database.read() as conn:
            rows = [*(await conn.execute(select(VIEW))).mappings()]
        for row in rows:
            turn = whose_turn(view_of(row))
            told = (row["turn_who"], row["turn_clock"], row["turn_by"])
            assert told == ((None,) * 3 if turn is None else (turn.who, turn.clock, turn.until))


class TestRatings:
    async def test_are_what_reporters_said_of_late(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        said = ("satisfied", "mostly_satisfied", "dissatisfied", "dissatisfied")
        for number, how in enumerate(said):
            report = str(number)
            await bench.tell(registered(report=report, at=bench.now))
            await bench.tell(assigned(LEAD, report=report, at=bench.now))
            await bench.say(LEAD, "accepted", "started", "done", report=report)
            words = {"satisfaction": how, "reason": "three days"}
            await bench.say("reporters", "rate", report=report, **words)
        # Another reporter of the last case.
        await bench.say("reporters", "rate", report="3", report_id=str(case_of("9")))
        desk.now = bench.now
        found = (await picture(desk))["rated"]
        told = {name: found[name] for name in ("satisfied", "mostly", "dissatisfied", "cases")}
        assert told == {"satisfied": 2, "mostly": 1, "dissatisfied": 2, "cases": 2}
        assert found["satisfied_share"] == pytest.approx(3 / 5)
        desk.now += timedelta(days=30)
        later = (await picture(desk))["rated"]
        assert (later["satisfied"], later["cases"]) == (0, 0)
        assert later["satisfied_share"] is None
