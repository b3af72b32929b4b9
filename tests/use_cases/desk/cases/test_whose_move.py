"""Whose move it is in a case, until when, and whom of the supervision it waits for by name."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.desk.http.views import CaseShown, case_shown
from tests.support.followed import FollowedBench
from tests.support.notifier import NOON, assigned, case_of, registered
from tests.support.requesting import LEAD, ask, being_handled, decide
from tests.support.shown import DeskBench

ACCEPTOR: dict[str, Any] = {"person": "chen.jie", "roles": ["acceptor"], "door": "desk"}
HEADS = {1: "street-lead", 2: "district-lead"}
"""Whom the plan names at each level of the supervision."""


async def shown(desk: DeskBench, *, at: datetime | None = None) -> CaseShown:
    [row] = await desk.listed()
    return case_shown(row, now=at or desk.now)


async def turn(desk: DeskBench) -> tuple[str, str | None, str] | None:
    found = (await shown(desk)).late_now
    return None if found is None else (found.who, found.person, found.clock)


async def up_to(desk: DeskBench, *people: str) -> list[bool]:
    """Return on the list of which of these the case is."""
    found = [await desk.listed(watcher=person) for person in people]
    assert all(row["case_id"] == case_of() for rows in found for row in rows)
    return [rows != [] for rows in found]


class TestMove:
    async def test_goes_from_one_to_the_next(self, bench: FollowedBench, desk: DeskBench) -> None:
        await bench.tell(registered())
        assert await turn(desk) == ("router", None, "dispatch")
        await bench.tell(assigned(LEAD, "police", person="wang"))
        assert await turn(desk) == (LEAD, "wang", "sign")
        await bench.say(LEAD, "accepted", "started")
        assert await turn(desk) == (LEAD, "wang", "handling")
        await bench.say("police", "accepted")
        await bench.say(LEAD, "blocked", blocked_by="police", reason="the road is closed")
        assert await turn(desk) == ("police", None, "part")
        await bench.say("police", "started", "done")
        assert await turn(desk) == (LEAD, "wang", "handling")
        await bench.say(LEAD, "done")
        await bench.say("supervision", "check_passed")
        assert await turn(desk) is None

    async def test_is_late_by_the_instant_of_the_question(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        found = (await shown(desk)).late_now
        assert found is not None
        assert found.until is not None
        assert not found.late
        after = await shown(desk, at=found.until + timedelta(seconds=1))
        assert after.late_now == found.model_copy(update={"late": True})

    async def test_of_the_router_has_its_time(self, bench: FollowedBench, desk: DeskBench) -> None:
        await bench.tell(registered())
        found = (await shown(desk)).late_now
        assert found is not None
        assert found.until == NOON + desk.plan.limits.dispatch


class TestWatcher:
    async def test_has_what_nobody_could_categorise(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        slow: dict[str, Any] = {"limit_text": "90 ND", "sign_seconds": 10**6}
        await bench.tell(registered("E9999", triage=True), assigned(LEAD, category="E9999", **slow))
        people = ("acceptor", "street-lead")
        assert await up_to(desk, *people) == [True, False]
        assert await turn(desk) == ("supervision", "acceptor", "triage")
        await bench.pass_time(hours=4)
        assert await up_to(desk, *people) == [False, True]
        named: dict[str, Any] = {
            "category": "E0112",
            "reason": "the road gave way",
            "acting": ACCEPTOR,
        }
        await bench.read(bench.command("case.correct", **named))
        assert await up_to(desk, *people) == [False, False]

    @pytest.mark.parametrize("end", ["case.approve", "case.refuse"])
    async def test_has_a_request_that_waits_until_it_is_decided(
        self, bench: FollowedBench, desk: DeskBench, end: str
    ) -> None:
        await being_handled(bench, "30 ND")
        asked = await ask(bench, "suspension")
        assert await up_to(desk, *HEADS.values()) == [False, False]
        await bench.pass_time(days=1)
        assert await up_to(desk, *HEADS.values()) == [True, False]
        await bench.pass_time(days=3)
        assert await up_to(desk, *HEADS.values()) == [False, True]
        [waiting] = (await shown(desk)).requests
        assert (waiting.who, waiting.person, waiting.late) == ("supervision", HEADS[2], True)
        assert waiting.decide_by < desk.now
        await decide(bench, asked, end)
        assert await up_to(desk, *HEADS.values()) == [False, False]
        assert (await shown(desk)).requests == []
