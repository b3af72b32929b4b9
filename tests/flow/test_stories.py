"""Whole stories over a real broker and three service processes (domain handbook, section 5)."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from schemas.topics import (
    CASE_FILES,
    CASES,
    COMMANDS,
    FEEDBACK_REFUSALS,
    INCIDENT_REPORTS,
    NOTICES,
    assignments,
    dead_letters,
    feedback_of,
)
from schemas.vocabulary import REPORTERS, SUPERVISION, case_id_for
from services.kit.stage.dead_letters import position_of
from tests.support.asking import asking
from tests.support.command import tongxin
from tests.support.foreign import event_by_sdk, read_by_confluent, reported_by_sdk
from tests.support.town import PATIENCE_SECONDS, Town, in_utc

pytestmark = pytest.mark.kafka


def _spot(number: int) -> dict[str, object]:
    """Return a place of its own for each story, so that stories do not merge."""
    return {"point": {"lat": 28.6862 + number * 0.0008, "lon": 115.9512}}


class TestSameBinReportedSixTimesByFourChannels:
    async def test_is_one_case_with_five_merged_and_six_closing_notices(self, town: Town) -> None:
        channels = ["grid_member", "phone", "app", "resident", "phone", "app"]
        cases = []
        for minute, channel in enumerate(channels):
            reported_at = town.now() - timedelta(minutes=20 - 3 * minute)
            cases.append(
                await town.report(
                    source=f"via-{channel}",
                    channel=channel,
                    category="E0192",
                    place=_spot(0),
                    reported_at=reported_at.isoformat(),
                )
            )
            if minute == 0:
                await town.event(cases[0], "case.registered")
        await town.event(cases[0], "case.merged", times=5)
        assert [town.kinds(c) for c in cases[1:]] == [[]] * 5
        await town.order("urban-management", cases[0])
        await town.work("urban-management", cases[0], "accepted", "started", "done")
        await town.event(cases[0], "case.closed")
        await town.until(
            lambda: len(town.notices(cases[0], "closed")) == 6, told="six closing notices"
        )
        closing = town.notices(cases[0], "closed")
        assert len({notice["recipient"] for notice in closing}) == 6
        assert all(notice["text_zh"] and notice["text_en"] for notice in closing)
        await self._is_printed(town, cases)

    async def _is_printed(self, town: Town, cases: list[str]) -> None:
        """See that the command prints the story, also of a report that joined the case."""
        url = ("--url", town.house.url("notifier"))
        said = await tongxin("case", cases[0], *url)
        assert said.code == 0
        lines = said.text.splitlines()
        assert lines[0].startswith(f"{cases[0]}  via-grid_member/")
        assert "closed, level 0" in lines
        assert "5 more reports joined it" in lines
        joined = await tongxin("case", cases[1], *url)
        assert joined.text == f"{cases[1]} joined this case:\n{said.text}"
        unknown = await tongxin("case", "via-phone/unknown", *url)
        assert (unknown.code, "Nothing is known" in unknown.text) == (1, True)


class TestPersonOnCallWhoDoesNotAnswer:
    async def test_is_followed_by_deputy_and_head_and_then_the_fallback_owner(
        self, town: Town
    ) -> None:
        case = await town.report(category="S-SAFE", place=_spot(1))
        asked = []
        times = 1
        while not town.of(CASES, case) or "duty.unfilled" not in town.kinds(case):
            assigned = await town.event(case, "case.assigned", times=times)
            if assigned["lead"]["department"] != "emergency-management":
                break
            asked.append(assigned["lead"]["person"])
            town.pass_time(seconds=assigned["sign_seconds"] + 1)
            times += 1
        unfilled = await town.event(case, "duty.unfilled")
        assert len(asked) == len(set(asked)) >= 2
        assert unfilled["owner"] == "urban-management"
        last = await town.event(case, "case.assigned", times=times)
        assert last["lead"]["department"] == "urban-management"
        passed_over = {p["candidate"] for p in last["why"]["passed_over"]}
        assert {f"emergency-management/{person}" for person in asked} <= passed_over
        assert town.kinds(case).count("assignment.expired") == len(asked)


class TestForeignReader:
    async def test_reads_all_we_publish_as_cloudevents(self, town: Town) -> None:
        case = await town.report(category="E0192", place=_spot(40))
        lead = (await town.event(case, "case.assigned"))["lead"]["department"]
        await town.order(lead, case)
        await town.answer(SUPERVISION, case, "check_passed")
        await town.refusal(case)
        await town.work(lead, case, "accepted")
        await town.event(case, "assignment.accepted")
        ours = (CASES, NOTICES, FEEDBACK_REFUSALS, assignments(lead))
        await town.until(lambda: all(town.of(topic, case) for topic in ours), told="all topics")
        read = await asyncio.to_thread(read_by_confluent, town.house.kafka, ours)
        said = [record for record in read if "ce_id" in dict(record.headers() or ())]
        events = [(record.topic(), *event_by_sdk(record)) for record in said]
        assert {topic for topic, _, data in events if data["case_id"] == case} == {*ours}
        for _, attributes, data in events:
            assert attributes["specversion"] == "1.0"
            assert attributes["datacontenttype"] == "application/json"
            assert attributes["time"].tzinfo is not None
            assert attributes["partitionkey"] == data["case_id"]
        told = [a["type"] for topic, a, d in events if topic == CASES and d["case_id"] == case]
        assert told == town.kinds(case)

    async def test_reads_what_is_said_to_us_and_what_was_put_aside(self, town: Town) -> None:
        report: dict[str, Any] = {"source": "sdk", "channel": "grid_member", "category": "E0192"}
        report |= {"reported_at": town.now().isoformat(), "place": _spot(41)}
        case = str(case_id_for("sdk", "posted"))
        async with asking(timeout=PATIENCE_SECONDS) as http:
            door = f"{town.house.url('intake')}/reports"
            answer = await http.post(door, json=report | {"id": "posted"})
            assert answer.status_code == httpx.codes.ACCEPTED
            lead = (await town.event(case, "case.assigned"))["lead"]["department"]
            order = await town.order(lead, case)
            await town.until(lambda: town.notices(case, "registered"), told="a notice")
            said = {"party": lead, "kind": "accepted", "assignment_id": order["assignment_id"]}
            door = f"{town.house.url('notifier')}/cases/{case}/feedback"
            answer = await http.post(door, json=said)
            assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        await town.event(case, "assignment.accepted")
        _, bad = [
            await asyncio.to_thread(reported_by_sdk, town.house.kafka, report | own)
            for own in ({"id": "good", "place": _spot(42)}, {"id": "bad", "channel": "pigeon"})
        ]
        await town.event(str(case_id_for("sdk", "good")), "case.registered")
        await town.until(
            lambda: bad in {position_of(t.body["key"]) for t in town.of(dead_letters("intake"))},
            told="the dead letter of the bad one",
        )
        theirs = (INCIDENT_REPORTS, feedback_of(lead))
        read = await asyncio.to_thread(read_by_confluent, town.house.kafka, theirs)
        found = {
            (record.topic(), event_by_sdk(record)[1].get("id") or event_by_sdk(record)[0]["type"])
            for record in read
            if dict(record.headers() or ()).get("ce_id")
        }
        assert found >= {
            (INCIDENT_REPORTS, "posted"),
            (INCIDENT_REPORTS, "good"),
            (feedback_of(lead), "feedback.given"),
        }


class TestDeclinedAsNotOurs:
    async def test_goes_to_another_department_with_a_fresh_clock(self, town: Town) -> None:
        case = await town.report(category="E0496", place=_spot(2))
        first = await town.order("fire", case)
        town.pass_time(minutes=10)
        await town.work("fire", case, "declined")
        returned = await town.event(case, "case.returned")
        assert returned["reason"] == "not ours"
        second = await town.event(case, "case.assigned", times=2)
        assert second["lead"]["department"] != "fire"
        assert not second["resumes"]
        order = await town.order(second["lead"]["department"], case)
        assert in_utc(order["due_by"]) > in_utc(first["due_by"])
        await town.answer(
            "fire", case, "done", assignment_id=first["assignment_id"], result="closed by us"
        )
        refusal = await town.refusal(case)
        assert refusal["reason"] == "not_yours"
        assert "case.closed" not in town.kinds(case)

    async def test_and_unanswered_by_the_same_desk_keeps_the_remainder(self, town: Town) -> None:
        case = await town.report(category="E0128", place=_spot(3))
        first = await town.order("police", case)
        town.pass_time(minutes=16)
        again = await town.event(case, "case.assigned", times=2)
        assert again["lead"]["department"] == "police"
        assert again["resumes"]
        assert (await town.event(case, "case.escalated"))["trigger"] == "sign_timeout"
        second = await town.order("police", case, times=2)
        assert in_utc(second["due_by"]) - in_utc(first["due_by"]) < timedelta(minutes=2)


class TestThirdDepartmentThatDeclines:
    async def test_leads_to_the_fallback_owner_who_cannot_decline(self, town: Town) -> None:
        case = await town.report(category="E0108", place=_spot(4))
        tried = []
        for times in (1, 2, 3):
            assigned = await town.event(case, "case.assigned", times=times)
            if assigned["final"]:
                break
            tried.append(assigned["lead"]["department"])
            await town.order(tried[-1], case)
            await town.work(tried[-1], case, "declined")
        last = await town.until(
            lambda: [t.body for t in town.of(CASES, case) if t.kind == "case.assigned"][
                len(tried) :
            ],
            told="the final assignment",
        )
        assert last[0]["final"]
        assert last[0]["lead"]["department"] == "urban-management"
        assert len(set(tried)) == len(tried)
        # It may have declined before; its earlier order is not the one to answer now.
        orders = tried.count("urban-management") + 1
        await town.order("urban-management", case, times=orders)
        await town.work("urban-management", case, "declined")
        assert (await town.refusal(case))["reason"] == "final_assignment"

    async def test_is_told_as_a_loop(self, town: Town) -> None:
        case = await town.report(category="X-FI3", place=_spot(5))
        for times in (1, 2, 3):
            assigned = await town.event(case, "case.assigned", times=times)
            lead = assigned["lead"]["department"]
            await town.order(lead, case)
            await town.answer(
                lead,
                case,
                "declined",
                reason="not ours",
                suggested_department={1: "housing", 2: "police", 3: "court"}[times],
            )
        loop = await town.event(case, "case.loop_detected")
        assert loop["tried"] == ["fire", "housing", "police"]
        assert loop["owner"] == "urban-management"


class TestWorkThatFailsItsCheck:
    async def test_three_times_raises_the_level_at_the_third(self, town: Town) -> None:
        case = await town.report(category="E0304", place=_spot(6), channel="phone")
        await town.order("housing", case)
        await town.work("housing", case, "accepted", "started")
        before = 0
        for failures in (1, 2, 3):
            await town.work("housing", case, "done")
            await town.event(case, "check.requested", times=failures)
            await town.work(SUPERVISION, case, "check_failed")
            failed = await town.event(case, "check.failed", times=failures)
            assert failed["failures"] == failures
            before = failures
        raised = await town.event(case, "case.escalated")
        assert raised["trigger"] == "rework"
        assert raised["level"] == 1
        assert before == 3
        await town.work("housing", case, "done")
        await town.event(case, "check.requested", times=4)
        await town.work(SUPERVISION, case, "check_passed")
        await town.event(case, "case.closed")


class TestReporterWhoSaysItIsNotSolved:
    async def _closed(self, town: Town, spot: int) -> str:
        case = await town.report(category="E0112", place=_spot(spot))
        await town.order("urban-management", case)
        await town.work("urban-management", case, "accepted", "started", "done")
        await town.event(case, "case.closed")
        return case

    async def test_on_day_13_is_heard(self, town: Town) -> None:
        case = await self._closed(town, 7)
        town.pass_time(days=13)
        await town.answer(REPORTERS, case, "reopen", reason="not solved")
        await town.event(case, "case.reopened")
        again = await town.event(case, "case.assigned", times=2)
        assert not again["resumes"]
        await town.order("urban-management", case, times=2)
        await town.work("urban-management", case, "accepted", "started", "done")
        await town.event(case, "case.closed", times=2)

    async def test_on_day_15_is_told_that_it_is_too_late(self, town: Town) -> None:
        case = await self._closed(town, 8)
        town.pass_time(days=15)
        await town.answer(REPORTERS, case, "reopen", reason="not solved")
        assert (await town.refusal(case))["reason"] == "too_late"
        assert "case.reopened" not in town.kinds(case)


class TestNotifierThatWasAway:
    async def test_hears_what_was_said_in_time_before_any_clock_runs_out(self, town: Town) -> None:
        case = await town.report(category="E0137", place=_spot(9))
        await town.order("urban-management", case)
        town.house.children.stop("notifier")
        await town.work("urban-management", case, "accepted")
        town.pass_time(hours=3)
        assert town.house.children.restart_ended() == ["notifier"]
        await town.event(case, "assignment.accepted")
        town.pass_time(seconds=1)
        await town.work("urban-management", case, "started")
        await town.event(case, "handling.started")
        assert "assignment.expired" not in town.kinds(case)


class TestCommand:
    async def test_that_is_early_and_on_another_partition_is_told_once_its_case_is_there(
        self, town: Town
    ) -> None:
        case = str(case_id_for("flow", "commanded"))
        note = {
            "kind": "case.annotate",
            "case_id": case,
            "at": town.now().isoformat(),
            "acting": {"person": "Li Wei", "door": "kafka"},
        }
        early = [note | {"command_id": id_, "note": f"note {id_}"} for id_ in ("1", "2", "1")]
        for key, body in zip(("a", "b", "c"), early, strict=True):
            await town.publish(COMMANDS, key=key, value=json.dumps(body).encode())
        await town.publish(COMMANDS, key=case, value=json.dumps(note).encode())  # says nothing
        await town.report(id_="commanded", category="E0192", place=_spot(43))
        await town.event(case, "case.annotated", times=2)
        async with asking(timeout=PATIENCE_SECONDS) as http:
            door = f"{town.house.url('notifier')}/cases/{case}"
            posted = {"kind": "case.annotate", "note": "3"}
            answer = await http.post(f"{door}/commands", json=posted)
            assert answer.status_code == httpx.codes.ACCEPTED, answer.text
            last = await town.event(case, "case.annotated", times=3)
            assert (last["note"], last["acting"]["person"]) == ("3", "key:first")
            story = (await http.get(door)).json()["story"]
        notes = [line["data"]["note"] for line in story if line["type"] == "case.annotated"]
        assert sorted(notes) == ["3", "note 1", "note 2"]
        letters = dead_letters("notifier")
        await town.until(
            lambda: [t for t in town.of(letters) if t.body["key"].startswith(COMMANDS)],
            told="a dead letter",
        )
        assert town.kinds(case).count("case.annotated") == 3


class TestCommandsOfThoseInCharge:
    async def test_send_a_case_elsewhere_say_what_it_is_and_who_helps(self, town: Town) -> None:
        case = await town.report(category="E0192", place=_spot(45))
        first = await town.event(case, "case.assigned")
        assert first["lead"]["department"] == "urban-management"

        async def command(kind: str, **fields: object) -> None:
            body = {
                "kind": kind,
                "command_id": kind,
                "case_id": case,
                "at": town.now().isoformat(),
                "acting": {"person": "Li Wei", "roles": ["dispatcher"], "door": "kafka"},
                "reason": "as I saw",
            }
            await town.publish(COMMANDS, key=case, value=json.dumps(body | fields).encode())

        await command("case.reassign", department="fire")
        second = await town.event(case, "case.assigned", times=2)
        assert (second["lead"]["department"], second["round"]) == ("fire", 2)
        await command("case.correct", category="E0128")
        third = await town.event(case, "case.assigned", times=3)
        assert (third["lead"]["department"], third["why"]["rule"]) == ("police", "default:E0128")
        await command("case.add_co_handler", department="housing")
        helping = await town.event(case, "case.co_handler_offered")
        await town.order("housing", case, role="co_handler")
        await command("case.drop_co_handler", department="housing")
        gone = await town.event(case, "case.co_handler_dropped")
        assert gone["assignment_id"] == helping["offer"]["assignment_id"]
        await town.order("police", case)
        await town.work("police", case, "accepted", "started", "done")
        await town.event(case, "feedback.submitted")


class TestCaseFile:
    async def test_is_published_when_somebody_asks_and_when_the_case_ends(self, town: Town) -> None:
        case = await town.report(category="E0192", place=_spot(44))
        lead = (await town.event(case, "case.assigned"))["lead"]["department"]
        await town.order(lead, case)
        await town.known(case, "assigned")
        data = ("--data", str(town.shift_file.parent))
        said = await tongxin("case-files", "publish", *data)
        assert said.code == 0, said.text
        assert "files are asked for" in said.text
        asked = await town.until(lambda: town.of(CASE_FILES, case), told="the file")
        assert (asked[0].body["state"], asked[0].body["department"]) == ("assigned", lead)
        await town.work(lead, case, "accepted", "started", "done")
        await town.event(case, "case.closed")
        both = await town.until(lambda: town.of(CASE_FILES, case)[1:], told="the file of the end")
        assert both[-1].body["state"] == "closed"
        elsewhere = await tongxin("case-files", "publish", "--data", "nowhere")
        assert elsewhere.code == 1
        assert "no notifier's database" in elsewhere.text
