"""How satisfied a reporter is: heard once of each closing, and what it changes."""

import json

import pytest

from schemas.events.feedback import FEEDBACK
from schemas.events.rating import MOST_RATINGS, CaseRated
from schemas.vocabulary import REPORTERS, SUPERVISION
from services.kit.records import Rejected
from services.kit.stage.decoding import validated
from tests.support.notifier import NotifierBench, assigned, case_of, registered

LEAD = "urban-management"
SAID = {"satisfaction": "dissatisfied", "reason": "三天才来"}


async def closed(bench: NotifierBench) -> None:
    """Let a case be closed."""
    await bench.tell(registered(), assigned(LEAD))
    await bench.say(LEAD, "accepted", "started", "done")


async def rated(bench: NotifierBench, **said: str) -> list[str]:
    """Let the reporter say how satisfied they are; returns what was told, or why not."""
    told = await bench.read(bench.answer(REPORTERS, "rate", **said))
    return told.kinds or told.reasons


class TestRating:
    async def test_is_told_and_moves_nothing(self, bench: NotifierBench) -> None:
        await closed(bench)
        before = await bench.case()
        told = await bench.read(bench.answer(REPORTERS, "rate", **SAID))
        [fact] = told.facts(CaseRated)
        assert (told.kinds, fact.report_id) == (["case.rated"], case_of())
        assert (fact.satisfaction, fact.reason) == ("dissatisfied", "三天才来")
        assert told.notices() == []
        after = await bench.case()
        assert (after["state"], after["closed_at"]) == (before["state"], before["closed_at"])

    async def test_is_heard_once_of_each_report_and_closing(self, bench: NotifierBench) -> None:
        await closed(bench)
        assert await rated(bench) == ["case.rated"]
        assert await rated(bench, **SAID) == ["rated_already"]
        assert await rated(bench, report_id=str(case_of("2"))) == ["case.rated"]
        await bench.say(REPORTERS, "reopen")
        await bench.pass_time(hours=1)
        assert await rated(bench) == ["wrong_state"]
        await bench.tell(assigned(LEAD, round_=2, at=bench.now))
        await bench.say(LEAD, "accepted", "started", "done", round_=2)
        await bench.say(SUPERVISION, "check_passed")
        assert await rated(bench, **SAID) == ["case.rated"]

    async def test_is_heard_as_long_as_the_case_could_be_opened_again(
        self, bench: NotifierBench
    ) -> None:
        await closed(bench)
        await bench.pass_time(days=14)
        assert await rated(bench) == ["case.rated"]
        await bench.pass_time(seconds=1)
        assert await rated(bench, report_id=str(case_of("2"))) == ["rated_too_late"]

    async def test_is_not_the_supervisions_word(self, bench: NotifierBench) -> None:
        await closed(bench)
        assert (await bench.say(SUPERVISION, "rate")).reasons == ["not_your_word"]

    async def test_of_a_case_is_said_so_often_and_no_more(self, bench: NotifierBench) -> None:
        await closed(bench)
        several = [
            bench.answer(REPORTERS, "rate", report_id=str(case_of(f"r{n}")))
            for n in range(MOST_RATINGS + 1)
        ]
        told = await bench.read(*several)
        assert told.kinds == ["case.rated"] * MOST_RATINGS
        assert told.reasons == ["rated_already"]


class TestWord:
    @pytest.mark.parametrize(
        "said",
        [
            {},
            {"satisfaction": "dissatisfied"},
            {"satisfaction": "dissatisfied", "reason": " \n"},
            {"satisfaction": "satisfied", "reason": "x" * 501},
            {"satisfaction": "satisfied", "reason": "\x00"},
            {"satisfaction": "'; drop table"},
            {"satisfaction": 1},
            {"satisfaction": "satisfied", "report_id": "none"},
        ],
    )
    def test_that_says_too_little_or_too_much_is_no_word(self, said: dict[str, object]) -> None:
        body = {"kind": "rate", "feedback_id": "1", "case_id": str(case_of())} | said
        body["at"] = "2026-01-05T12:00:00+08:00"
        with pytest.raises(Rejected):
            validated(FEEDBACK, json.dumps(body).encode())

    def test_of_who_is_dissatisfied_names_what_is_missing(self) -> None:
        body = {"kind": "rate", "feedback_id": "1", "case_id": str(case_of())}
        body |= {"at": "2026-01-05T12:00:00+08:00", "satisfaction": "dissatisfied"}
        with pytest.raises(Rejected) as refused:
            validated(FEEDBACK, json.dumps(body).encode())
        [fault] = refused.value.faults
        assert fault.field.endswith("reason")
        assert "dissatisfied says why" in fault.reason
