"""What departments may say, and what is refused without effect."""

import re
from datetime import timedelta

import pytest

from schemas.events.case import CaseReturned, FeedbackSubmitted
from schemas.events.part import PartChanged
from schemas.topics import FEEDBACK_REFUSALS
from services.notifier.domain.clocks import TimerKind
from services.notifier.store import reading
from tests.support.notifier import (
    ALL_EVIDENCE,
    NotifierBench,
    assigned,
    case_of,
    merged,
    registered,
)

LEAD = "urban-management"


async def begun(bench: NotifierBench, category: str, *parties: str) -> None:
    """Let the lead of a case be at work."""
    await bench.tell(registered(category), assigned(*parties, category=category))
    await bench.say(parties[0], "accepted", "started")


async def statuses(bench: NotifierBench) -> dict[str, str]:
    async with bench.database.read() as conn:
        return {p["department"]: p["status"] for p in await reading.parts(conn, case_of())}


class TestDecline:
    async def test_returns_the_case_with_its_reason(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        told = await bench.say(LEAD, "declined", suggested_department="police")
        assert told.kinds == ["case.returned"]
        [returned] = told.facts(CaseReturned)
        assert (returned.reason, returned.suggested_department) == ("not ours", "police")

    async def test_lets_nobody_push_the_case_on_until_it_is_offered_again(
        self, bench: NotifierBench
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "declined")
        told = await bench.say(LEAD, "accepted", "started", "done", "progress")
        assert told.reasons == ["not_yours"] * 4
        assert told.kinds == []
        await bench.tell(assigned("police", round_=2))
        assert (await bench.say(LEAD, "accepted")).reasons == ["not_yours"]
        assert (await bench.say("police", "accepted", round_=2)).kinds == ["assignment.accepted"]

    async def test_of_a_final_assignment_is_refused(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD, final=True))
        told = await bench.say(LEAD, "declined")
        assert told.reasons == ["final_assignment"]
        assert (await bench.say(LEAD, "accepted")).kinds == ["assignment.accepted"]


class TestEvidence:
    @pytest.mark.parametrize("link", [{}, {"link": ""}, {"link": " \u3000"}])
    async def test_without_a_link_does_not_count(
        self, bench: NotifierBench, link: dict[str, str]
    ) -> None:
        await begun(bench, "E0112", LEAD)
        bare = [one | link for one in [{"kind": "before_photo"}, {"kind": "after_photo"}]]
        told = await bench.say(LEAD, "done", evidence=bare)
        [refusal] = told.refusals
        assert refusal.reason == "evidence_missing"
        assert "photo from before, photo from after, each with a link" in refusal.message_en
        assert refusal.field == "evidence"
        assert "附链接" in refusal.message_zh
        assert (await bench.say(LEAD, "done")).kinds[-1] == "case.closed"

    async def test_that_nobody_asked_for_needs_none(self, bench: NotifierBench) -> None:
        await begun(bench, "E0112", LEAD)
        told = await bench.say(LEAD, "done", evidence=[*ALL_EVIDENCE, {"kind": "drawing"}])
        assert told.kinds[-1] == "case.closed"


class TestRefusedAnswer:
    async def test_says_in_both_languages_what_to_do(self, bench: NotifierBench) -> None:
        await begun(bench, "E0112", LEAD)
        told = await bench.say(LEAD, "done", evidence=[{"kind": "after_photo"}])
        [refusal] = told.refusals
        assert refusal.reason == "evidence_missing"
        assert "photo from before" in refusal.message_en
        assert "处置前照片" in refusal.message_zh
        assert refusal.state == "handling"
        assert [m.topic for m in told.messages] == [FEEDBACK_REFUSALS]
        told = await bench.say(LEAD, "done")
        assert told.kinds[-1] == "case.closed"

    async def test_is_a_line_of_the_story(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "done")
        async with bench.database.read() as conn:
            last = (await reading.story(conn, case_of()))[-1]
        assert last["type"] == "feedback.refused"
        assert "possible: accepted, declined" in last["text_en"]

    @pytest.mark.parametrize(
        ("party", "kind"),
        [
            ("supervision", "accepted"),
            ("reporters", "done"),
            ("reporters", "check_passed"),
            (LEAD, "check_passed"),
            (LEAD, "reopen"),
        ],
    )
    async def test_comes_back_to_whoever_has_no_such_word(
        self, bench: NotifierBench, party: str, kind: str
    ) -> None:
        await begun(bench, "E0112", LEAD)
        assert (await bench.say(party, kind)).reasons == ["not_your_word"]

    async def test_comes_back_to_a_department_that_does_not_hold_the_case(
        self, bench: NotifierBench
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        theirs = {"assignment_id": str(assigned(LEAD).lead.assignment_id)}
        assert (await bench.say("police", "accepted", **theirs)).reasons == ["not_yours"]

    async def test_names_what_the_state_allows(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        [refusal] = (await bench.say(LEAD, "started")).refusals
        assert refusal.reason == "wrong_state"
        assert refusal.allowed == ("accepted", "declined")
        assert refusal.message_zh == "案件当前状态为已派遣,不能开始处置;可进行:签收、退单"

    async def test_names_what_can_be_said_by_whoever_spoke(self, bench: NotifierBench) -> None:
        await begun(bench, "E0304", LEAD)
        [checked] = (await bench.say("supervision", "check_passed")).refusals
        assert (checked.reason, checked.allowed) == ("wrong_state", ())
        assert checked.message_en.endswith("possible: nothing")
        await bench.say(LEAD, "done")
        [reopened] = (await bench.say("supervision", "reopen")).refusals
        assert reopened.allowed == ("check_passed", "check_failed")
        [spoken] = (await bench.say("reporters", "reopen")).refusals
        assert spoken.allowed == ()

    async def test_has_no_codes_in_its_chinese_sentence(self, bench: NotifierBench) -> None:
        await begun(bench, "E0112", LEAD)
        for party, kind in ((LEAD, "accepted"), ("supervision", "check_passed"), (LEAD, "done")):
            for refusal in (await bench.say(party, kind, evidence=[])).refusals:
                assert not re.search("[a-z]", refusal.message_zh), refusal.message_zh


class TestCoHandlers:
    async def test_must_all_be_done_where_the_plan_says_all(self, bench: NotifierBench) -> None:
        await begun(bench, "E0505", LEAD, "police", "housing")
        told = await bench.say(LEAD, "done")
        assert told.kinds == ["part.changed"]
        await bench.say("police", "accepted", "started", "progress", "done")
        told = await bench.say("housing", "accepted", "done")
        assert told.kinds == [
            "part.changed",
            "part.changed",
            "feedback.submitted",
            "check.requested",
        ]
        [submitted] = told.facts(FeedbackSubmitted)
        assert submitted.department == LEAD

    async def test_who_declines_is_no_longer_waited_for(self, bench: NotifierBench) -> None:
        await begun(bench, "E0505", LEAD, "police")
        await bench.say(LEAD, "done")
        told = await bench.say("police", "declined")
        assert told.kinds == ["part.changed", "feedback.submitted", "check.requested"]

    async def test_suffice_as_a_quorum(self, bench: NotifierBench) -> None:
        await begun(bench, "E0506", LEAD, "police", "water")
        assert (await bench.say("police", "accepted", "done")).kinds == ["part.changed"] * 2
        told = await bench.say("water", "accepted", "done", result="pumped dry")
        assert told.kinds[-2:] == ["feedback.submitted", "check.requested"]
        [submitted] = told.facts(FeedbackSubmitted)
        assert (submitted.department, submitted.result) == ("water", "pumped dry")

    async def test_are_not_waited_for_where_the_lead_decides(self, bench: NotifierBench) -> None:
        await begun(bench, "E0304", "housing", LEAD)
        told = await bench.say("housing", "done")
        assert told.kinds == ["feedback.submitted", "check.requested"]
        told = await bench.say(LEAD, "accepted", "done")
        assert [p.status for p in told.facts(PartChanged)] == ["accepted", "done"]

    async def test_are_released_when_the_case_closes_without_them(
        self, bench: NotifierBench
    ) -> None:
        await begun(bench, "E0112", LEAD, "police")
        told = await bench.say(LEAD, "done")
        [notice] = told.notices("released")
        assert notice.recipient == "department:police"
        assert (await statuses(bench))["police"] == "revoked"
        assert (await bench.say("police", "accepted")).reasons == ["not_yours"]

    async def test_keep_their_offers_when_the_lead_changes(self, bench: NotifierBench) -> None:
        await bench.tell(registered("E0505"), assigned(LEAD, "police", "housing"))
        await bench.say("police", "accepted")
        await bench.say(LEAD, "declined")
        first = assigned(LEAD, "police", "housing")
        kept = tuple(o for o in first.co_handlers if o.department == "police")
        told = await bench.tell(assigned("housing", round_=2, co_handlers=kept))
        assert [n.recipient for n in told.notices("offered")] == ["department:housing"]
        assert (await bench.say("police", "started")).kinds == ["part.changed"]
        async with bench.database.read() as conn:
            parts = await reading.parts(conn, case_of())
        by_status = {(p["department"], p["status"]) for p in parts}
        assert ("housing", "revoked") in by_status
        assert ("housing", "offered") in by_status

    async def test_move_their_own_part_only_in_order(self, bench: NotifierBench) -> None:
        await begun(bench, "E0505", LEAD, "police")
        assert (await bench.say("police", "started", "done")).reasons == ["wrong_state"] * 2
        assert (await statuses(bench))["police"] == "offered"


class TestEarlyAnswer:
    async def test_waits_for_its_assignment_and_holds_then(self, bench: NotifierBench) -> None:
        early = [bench.answer(LEAD, kind) for kind in ("accepted", "started", "progress")]
        assert (await bench.read(*early)).messages == []
        assert set(await bench.timers()) == {TimerKind.PARKED}
        assert (await bench.tell(registered())).kinds == []
        told = await bench.tell(assigned(LEAD))
        assert told.kinds == ["assignment.accepted", "handling.started", "case.progressed"]
        assert TimerKind.PARKED not in await bench.timers()
        assert (await bench.pass_time(minutes=10)).messages == []

    async def test_is_refused_when_nothing_comes(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "accepted", round_=9)
        await bench.say("reporters", "reopen", report="7")
        told = await bench.pass_time(minutes=10)
        assert sorted(told.reasons) == ["unknown_assignment", "unknown_case"]
        assert (await bench.pass_time(minutes=10)).refusals == []

    async def test_of_an_unknown_case_waits_for_its_registration(
        self, bench: NotifierBench
    ) -> None:
        assert (await bench.say("supervision", "check_passed")).messages == []
        told = await bench.tell(registered())
        assert told.reasons == ["wrong_state"]

    async def test_about_a_merged_report_names_the_case_it_joined(
        self, bench: NotifierBench
    ) -> None:
        await bench.tell(registered(), merged("2"))
        [refusal] = (await bench.say("reporters", "reopen", report="2")).refusals
        assert refusal.reason == "merged"
        assert str(case_of()) in refusal.message_en


class TestSignature:
    async def test_ends_the_sign_clock_only(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        bench.now += timedelta(minutes=5)
        await bench.say(LEAD, "accepted")
        armed = await bench.timers()
        assert TimerKind.SIGN not in armed
        assert armed[TimerKind.OVERDUE] == bench.now + timedelta(hours=3, minutes=55)
