"""A case from registration to closure, kept in a real database."""

from datetime import timedelta
from uuid import UUID

from schemas.cloudevents import attributes
from schemas.events.assignment import DutyUnfilled, LoopDetected
from schemas.events.case import CaseClosed, FeedbackSubmitted
from schemas.events.incident import Place, Point
from schemas.plan import Exercises
from schemas.topics import CASES, NOTICES
from schemas.vocabulary import Audience, Channel, Urgency
from services.notifier.store import gauges, reading
from tests.support.notifier import (
    NOON,
    NotifierBench,
    assigned,
    case_of,
    merged,
    registered,
    rejected,
)

LEAD = "urban-management"


async def state_of(bench: NotifierBench, report: str = "1") -> str:
    async with bench.database.read() as conn:
        found = await reading.case(conn, case_of(report))
    assert found is not None
    return str(found["state"])


async def closed(bench: NotifierBench, *, report: str = "1") -> CaseClosed:
    """Close a case of a category that is never checked."""
    await bench.tell(registered(report=report), assigned(LEAD, report=report))
    told = await bench.say(LEAD, "accepted", "started", "done", report=report)
    [fact] = told.facts(CaseClosed)
    return fact


class TestCase:
    async def test_is_followed_from_registration_to_closure(self, bench: NotifierBench) -> None:
        first = await bench.tell(registered())
        assert first.kinds == []
        assert await state_of(bench) == "registered"
        await bench.tell(assigned(LEAD))
        assert await state_of(bench) == "assigned"
        assert (await bench.say(LEAD, "accepted")).kinds == ["assignment.accepted"]
        assert (await bench.say(LEAD, "started")).kinds == ["handling.started"]
        assert (await bench.say(LEAD, "progress")).kinds == ["case.progressed"]
        told = await bench.say(LEAD, "done")
        assert told.kinds == ["feedback.submitted", "check.waived", "case.closed"]
        assert await state_of(bench) == "closed"
        [closing] = told.facts(CaseClosed)
        assert (closing.department, closing.result, closing.overdue) == (LEAD, "dealt with", False)
        [submitted] = told.facts(FeedbackSubmitted)
        assert [proof.kind for proof in submitted.evidence][:2] == ["before_photo", "after_photo"]

    async def test_tells_its_story_in_order(self, bench: NotifierBench) -> None:
        await closed(bench)
        async with bench.database.read() as conn:
            story = await reading.story(conn, case_of())
        assert [line["number"] for line in story] == list(range(1, 9))
        assert [line["type"] for line in story] == [
            "case.reported",
            "case.registered",
            "case.assigned",
            "assignment.accepted",
            "handling.started",
            "feedback.submitted",
            "check.waived",
            "case.closed",
        ]
        assert all(line["text_en"] and line["text_zh"] for line in story)

    async def test_numbers_its_own_events_from_one_without_a_gap(
        self, bench: NotifierBench
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        told = [await bench.say(LEAD, kind) for kind in ("accepted", "started", "done")]
        headers = [
            attributes(message.headers)
            for one in told
            for message in one.messages
            if message.topic == CASES
        ]
        assert [h["sequence"] for h in headers] == ["1", "2", "3", "4", "5"]
        assert all(UUID(h["causationid"]) for h in headers)

    async def test_says_with_every_notice_after_which_event_and_at_which_line(
        self, bench: NotifierBench
    ) -> None:
        # A restored notifier orders by it what it decided in one batch.
        offered = await bench.tell(registered(), assigned(LEAD))
        done = [await bench.say(LEAD, kind) for kind in ("accepted", "started", "done")][-1]
        for told, last in ((offered, {"0/2", "0/3"}), (done, {"5/8"})):
            notices = [m for m in told.messages if m.topic == NOTICES]
            causes = [attributes(m.headers)["causationid"] for m in notices]
            assert {cause.partition("/")[2] for cause in causes} == last

    async def test_starts_above_the_grid_when_it_is_an_emergency(
        self, bench: NotifierBench
    ) -> None:
        await bench.tell(registered("E0502"))
        async with bench.database.read() as conn:
            found = await reading.case(conn, case_of())
        assert found is not None
        assert found["level"] == 1

    async def test_takes_the_urgency_a_rule_gave_it(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD, urgency=Urgency.EMERGENCY))
        async with bench.database.read() as conn:
            found = await reading.case(conn, case_of())
        assert found is not None
        assert (found["urgency"], found["level"]) == ("E", 1)
        # An emergency is always checked, though its category alone would not be.
        told = await bench.say(LEAD, "accepted", "started", "done")
        assert "check.requested" in told.kinds

    async def test_goes_through_a_whole_life_in_one_batch(self, bench: NotifierBench) -> None:
        answers = [bench.answer(LEAD, kind) for kind in ("accepted", "started", "done")]
        news = [bench.news(registered()), bench.news(assigned(LEAD))]
        told = await bench.read(*answers, *news)
        assert told.kinds[-1] == "case.closed"
        assert told.refusals == []
        assert len(told.notices("closed")) == 1


class TestSameBinReportedSixTimes:
    async def test_is_one_case_with_six_closing_notices(self, bench: NotifierBench) -> None:
        await bench.tell(registered(channel=Channel.GRID_MEMBER), assigned(LEAD))
        joined = [await bench.tell(merged(report)) for report in ("2", "3", "4")]
        joined.append(await bench.tell(merged("5"), merged("6")))
        notices = [n for told in joined for n in told.notices("joined")]
        assert {n.audience for n in notices} == {Audience.FOLLOWER}
        told = await bench.say(LEAD, "accepted", "started", "done")
        closing = told.notices("closed")
        assert closing[0].recipient == "report:hotline-12345/1"
        assert {n.recipient for n in closing} == {f"report:hotline-12345/{n}" for n in "123456"}
        assert [n.audience for n in closing] == [Audience.REPORTER] + [Audience.FOLLOWER] * 5
        assert all("dealt with" in n.text_en and "dealt with" in n.text_zh for n in closing)

    async def test_and_once_more_after_the_end_tells_that_at_once(
        self, bench: NotifierBench
    ) -> None:
        await closed(bench)
        told = await bench.tell(merged("7"))
        assert [(n.template, n.recipient) for n in told.notices()] == [
            ("joined", "report:hotline-12345/7"),
            ("closed", "report:hotline-12345/7"),
        ]

    async def test_in_the_batch_that_closes_it_is_told_once(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "accepted", "started")
        told = await bench.read(bench.answer(LEAD, "done"), bench.news(merged("2")))
        assert len(told.notices("closed")) == 2

    async def test_overtaking_its_registration_is_told_with_it(self, bench: NotifierBench) -> None:
        assert (await bench.tell(merged("2"))).messages == []
        told = await bench.tell(registered())
        assert [n.template for n in told.notices()] == ["registered", "joined"]


class TestRejectedReport:
    async def test_is_kept_with_its_reason_and_its_reporter_is_told(
        self, bench: NotifierBench
    ) -> None:
        told = await bench.tell(rejected())
        assert told.kinds == []
        [notice] = told.notices("rejected")
        assert "outside the district" in notice.text_en
        assert "不在辖区内" in notice.text_zh
        async with bench.database.read() as conn:
            found = await reading.rejected(conn, case_of())
        assert found is not None
        assert found["reason"] == "outside_district"


class TestNews:
    async def test_that_is_known_by_its_number_changes_nothing(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        again = await bench.read(bench.news(assigned(LEAD), sequence=1))
        assert again.messages == []
        assert bench.counted("tongxin_sequence_repeats_total", producer="router") == 1
        repeated = await bench.read(bench.news(registered(), sequence=1))
        assert repeated.messages == []

    async def test_after_a_gap_is_counted_and_followed(self, bench: NotifierBench) -> None:
        await bench.tell(registered())
        await bench.read(bench.news(assigned(LEAD), sequence=3))
        assert await state_of(bench) == "assigned"
        assert bench.counted("tongxin_sequence_gaps_total", producer="router") == 1

    async def test_far_ahead_of_its_turn_is_put_aside(self, bench: NotifierBench) -> None:
        await bench.tell(registered())
        told = await bench.read(bench.news(assigned(LEAD), sequence=999_999_999))
        [letter] = told.letters
        assert dict(letter.headers)["tongxin_code"] == b"ahead_of_turn"
        await bench.read(bench.news(assigned(LEAD), sequence=1))
        assert await state_of(bench) == "assigned"

    async def test_ahead_of_its_turn_is_put_right_by_the_next_assignment(
        self, bench: NotifierBench
    ) -> None:
        await bench.tell(registered())
        await bench.read(bench.news(assigned("police", round_=9), sequence=50))
        right = bench.news(assigned(LEAD), sequence=1)
        await bench.read(right)
        async with bench.database.read() as conn:
            case = await reading.case(conn, case_of())
        assert case is not None
        assert (case["state"], case["department"], case["round"]) == ("assigned", LEAD, 1)
        assert (await bench.read(right)).messages == []
        await bench.say(LEAD, "accepted")
        assert await state_of(bench) == "accepted"

    async def test_of_a_case_nobody_registered_is_put_aside(self, bench: NotifierBench) -> None:
        told = await bench.tell(assigned(LEAD))
        assert len(told.letters) == 1
        assert told.kinds == []

    async def test_that_the_table_does_not_allow_is_put_aside(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "accepted")
        told = await bench.tell(assigned("police", round_=2))
        assert len(told.letters) == 1
        assert await state_of(bench) == "accepted"

    async def test_of_a_loop_or_an_empty_post_reaches_the_supervision(
        self, bench: NotifierBench
    ) -> None:
        told = await bench.tell(
            registered(),
            LoopDetected(case_id=case_of(), at=NOON, tried=("fire", "police"), owner=LEAD),
            DutyUnfilled(case_id=case_of(), at=NOON, department="water", owner=LEAD),
        )
        loop, unfilled = told.notices("loop") + told.notices("unfilled")
        assert {loop.recipient, unfilled.recipient} == {"supervision"}
        assert "Fire and rescue, Public security" in loop.text_en
        assert "Water affairs" in unfilled.text_en


class TestPointThatIsNoPlace:
    async def test_is_said_in_the_story(self, bench: NotifierBench) -> None:
        place = Place(point=Point(lat=0.0, lon=0.0), address="1 Road")
        await bench.tell(registered(place=place))
        async with bench.database.read() as conn:
            lines = await reading.story(conn, case_of())
        assert lines[-1]["text_en"].startswith("The point (0, 0) is no place")


class TestRejection:
    async def test_is_kept_of_no_report_that_was_accepted_then(self, bench: NotifierBench) -> None:
        await bench.tell(rejected("1"), rejected("2"), rejected("3"))
        await bench.read(
            bench.news(registered(report="1"), sequence=1), bench.news(merged("2", into="1"))
        )
        async with bench.database.read() as conn:
            assert await reading.rejected(conn, case_of("1")) is None
            assert await reading.rejected(conn, case_of("3")) is not None

    async def test_that_does_not_fit_is_none(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), rejected("2"))
        told = await bench.read(bench.news(rejected(), sequence=7))
        assert [dict(one.headers)["tongxin_code"] for one in told.letters] == [
            b"illegal_transition"
        ]
        again = await bench.read(bench.news(rejected("2"), sequence=7))
        assert again.messages == []
        async with bench.database.read() as conn:
            assert await reading.rejected(conn, case_of()) is None


class TestMetrics:
    async def test_leave_exercises_out(self, bench: NotifierBench) -> None:
        bench.plan = bench.plan.model_copy(update={"exercises": Exercises(contacts=(LEAD,))})
        await bench.tell(registered(exercise=True), assigned(LEAD))
        told = await bench.say(LEAD, "accepted", "started", "done")
        assert all(notice.exercise for notice in told.notices())
        async with bench.database.read() as conn:
            found = await gauges.open_cases(conn, now=bench.now)
        assert found.by_standing == {}
        events = "tongxin_case_events_total"
        assert bench.counted(events, type="case.closed", source_system="hotline-12345") == 0

    async def test_count_what_departments_took(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        bench.now += timedelta(minutes=10)
        await bench.say(LEAD, "accepted")
        bench.now += timedelta(minutes=20)
        await bench.say(LEAD, "started", "done")
        labels = {"department": LEAD, "urgency": "G"}
        assert bench.counted("tongxin_assignment_ack_seconds_sum", **labels) == 600
        assert bench.counted("tongxin_assignment_handling_seconds_sum", **labels) == 1800
