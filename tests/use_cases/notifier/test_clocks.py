"""The clocks of a case over HTTP, stretch by stretch, as a person checks them."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import httpx

from services.commands.case import told_clocks
from tests.support.notifier import NotifierBench, assigned, case_of, merged, registered
from tests.use_cases.notifier.test_working_time import FIRE, FRIDAY, MONDAY, go_to, reported

POLICE = "police"
SUPERVISION = "supervision"
CHECKED = "E0506"


async def clocks(client: httpx.AsyncClient, case_id: object = None) -> dict[str, Any]:
    found = await client.get(f"/cases/{case_id or case_of()}/clocks")
    assert found.status_code == 200, found.text
    answer: dict[str, Any] = found.json()
    return answer


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


class TestMoves:
    async def test_have_no_gap_from_registration_to_closing(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        began = bench.now
        await bench.tell(registered(CHECKED))
        await bench.pass_time(seconds=20)
        await bench.tell(assigned(POLICE, category=CHECKED, at=bench.now))
        await bench.pass_time(minutes=2)
        await bench.say(POLICE, "accepted")
        await bench.pass_time(minutes=10)
        await bench.say(POLICE, "started", "done")
        await bench.pass_time(minutes=5)
        await bench.say(SUPERVISION, "check_passed")
        found = await clocks(client)
        moves = found["moves"]
        assert [(m["clock"], m["who"]) for m in moves] == [
            ("dispatch", "router"),
            ("sign", POLICE),
            ("handling", POLICE),
            ("check", SUPERVISION),
        ]
        assert at(moves[0]["since"]) == began
        assert all(one["until"] == following["since"] for one, following in pairwise(moves))
        assert at(moves[-1]["until"]) == bench.now
        assert not any(move["late"] for move in moves)

    async def test_say_who_is_late_now_and_who_was(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered(CHECKED), assigned(POLICE, category=CHECKED))
        await bench.say(POLICE, "accepted", "started")
        await bench.pass_time(hours=5)
        late = [(m["clock"], m["late"]) for m in (await clocks(client))["moves"]]
        assert late == [("dispatch", False), ("sign", False), ("handling", True)]
        await bench.say(POLICE, "done")
        late = [(m["clock"], m["late"]) for m in (await clocks(client))["moves"]]
        assert late[2:] == [("handling", True), ("check", False)]


class TestHandling:
    async def test_rests_over_the_weekend(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await reported(bench, FRIDAY)
        await bench.say(FIRE, "accepted", "started")
        await go_to(bench, MONDAY - timedelta(hours=1))
        [limit] = (await clocks(client))["handling"]
        assert (limit["limit"], limit["limit_seconds"]) == ("2 WH", 7200)
        assert (limit["used_seconds"], limit["left_seconds"]) == (3600, 3600)
        assert at(limit["due_by"]) == MONDAY
        assert limit["colour"] == "green"
        await go_to(bench, MONDAY - timedelta(minutes=20))
        assert (await clocks(client))["handling"][0]["colour"] == "yellow"
        await go_to(bench, MONDAY + timedelta(minutes=1))
        assert (await clocks(client))["handling"][0]["colour"] == "red"

    async def test_stands_when_it_is_done_and_gets_some_back_from_a_failed_check(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered(CHECKED), assigned(POLICE, category=CHECKED, limit_text="2 UH"))
        await bench.say(POLICE, "accepted", "started")
        await bench.pass_time(minutes=90)
        await bench.say(POLICE, "done")
        await bench.pass_time(minutes=10)
        await bench.say(SUPERVISION, "check_failed")
        await bench.pass_time(minutes=15)
        found = await clocks(client)
        [limit] = found["handling"]
        runs = [
            (r["used_before_seconds"] / 60, r["used_after_seconds"] / 60) for r in limit["runs"]
        ]
        assert runs == [(0, 90), (60, 75)]
        assert limit["runs"][0]["until"] < limit["runs"][1]["since"]
        assert limit["left_seconds"] == 45 * 60
        lines = (await client.get(f"/cases/{case_of()}")).json()["story"]
        types = {line["number"]: line["type"] for line in lines}
        assert types[limit["runs"][0]["began_by"]] == "case.assigned"
        assert types[limit["runs"][0]["ended_by"]] == "feedback.submitted"
        assert types[limit["runs"][1]["began_by"]] == "check.failed"

    async def test_begins_anew_for_another_department(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered(), assigned(POLICE, limit_text="2 UH"))
        await bench.pass_time(minutes=2)
        await bench.say(POLICE, "declined")
        await bench.tell(assigned(FIRE, round_=2, limit_text="4 UH", at=bench.now))
        found = await clocks(client)
        told = [(h["department"], h["limit"], h["used_seconds"]) for h in found["handling"]]
        assert told == [(POLICE, "2 UH", 120), (FIRE, "4 UH", 0)]
        assert found["handling"][0]["due_by"] is None


class TestAsked:
    async def test_by_a_merged_report_shows_its_case(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered(), merged(report="2", into="1"))
        found = await clocks(client, case_of("2"))
        assert found["asked_for"] == str(case_of("2"))
        assert found["case_id"] == str(case_of())

    async def test_for_what_is_no_case_is_told(self, client: httpx.AsyncClient) -> None:
        found = await client.get(f"/cases/{uuid4()}/clocks")
        assert found.status_code == 404
        assert "Nothing is known" in found.json()["title"]

    async def test_on_a_terminal_is_told_in_both_languages(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered(), assigned(POLICE, limit_text="2 UH"))
        await bench.say(POLICE, "accepted")
        await bench.pass_time(minutes=125)
        lines = [*told_clocks(await clocks(client))]
        assert any("处置 to handle: police" in line and "超期 late" in line for line in lines)
        assert "处置时限 handling limit of police: 2 UH (2 h 00 min 00 s)" in lines
        assert any("已用 used 2 h 05 min 00 s, 剩余 left -0 h 05 min 00 s" in x for x in lines)
        assert any("红灯 red" in line for line in lines)
