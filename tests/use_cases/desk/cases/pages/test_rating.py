"""How satisfied somebody is with what came of their report, as they say it on its page."""

import json
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from schemas import topics
from schemas.vocabulary import REPORTERS
from tests.support.desk_town import Heard
from tests.support.followed import FollowedBench
from tests.support.notifier import assigned, case_of, registered
from tests.support.published import Log
from tests.support.report_links import path_of, plan_with
from tests.support.resident_pages import LEAD, asked, closed, page_of, sent
from tests.support.shown import DeskBench

THEIRS = "李建国 13800000000"

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(autouse=True)
def shown(desk: DeskBench) -> None:
    """Let the plan show residents what becomes of their reports."""
    desk.plan = plan_with()


async def rated(desk: DeskBench, how: str = "satisfied", text: str = "", **sending: Any) -> Any:  # noqa: ANN401 - an answer
    """Return what a browser gets that says how satisfied somebody is."""
    return await sent(desk, text, form="rated", satisfaction=how, **sending)


class TestRating:
    async def test_is_asked_for_once_the_case_is_closed(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        assert "Are you satisfied" not in await page_of(desk)
        await bench.say(LEAD, "accepted", "started", "done")
        assert "Are you satisfied" in await page_of(desk)
        assert "您对办理结果满意吗" in await page_of(desk, language="zh")

    async def test_is_taken_and_shown_to_who_gave_it_alone(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        await closed(bench, "2")
        answer = await rated(desk, "dissatisfied", THEIRS, path=path_of("2"), to=Heard(bench))
        assert answer.status_code == 303
        text = unescape((await asked(desk, answer.headers["location"])).text)
        assert "Thank you for telling us." in text
        assert "Dissatisfied" in text
        assert "Are you satisfied" not in text
        # Dissatisfied is not yet "not solved", which is still there to be said.
        assert "Not solved? Tell us" in text
        other = await page_of(desk, "1")
        assert "Are you satisfied" in other
        for page in (text, other):
            assert THEIRS not in page

    async def test_goes_the_way_of_reporters(self, bench: FollowedBench, desk: DeskBench) -> None:
        await closed(bench, "2")
        log = Log()
        await rated(desk, "mostly_satisfied", path=path_of("2"), to=log)
        [message] = log.messages
        assert message.topic == topics.feedback_of(REPORTERS)
        assert message.key == str(case_of())
        said = json.loads(message.value or b"")
        assert (said["kind"], said["satisfaction"]) == ("rate", "mostly_satisfied")
        assert said["report_id"] == str(case_of("2"))
        assert not {"reason", "acting", "by"} & said.keys()

    async def test_is_said_once_of_each_closing(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        await closed(bench)
        log = Log()
        await rated(desk, to=log)
        await rated(desk, "dissatisfied", "no", to=log)
        ids = {json.loads(one.value or b"")["feedback_id"] for one in log.messages}
        assert len(ids) == 1
        await Heard(bench).publish(log.messages[:1])
        again = await rated(desk, to=log)
        assert again.status_code == 409
        assert "You have said so already" in again.text
        await bench.say(REPORTERS, "reopen")
        await bench.pass_time(hours=1)
        await bench.tell(assigned(LEAD, round_=2, at=bench.now))
        await bench.say(LEAD, "accepted", "started", "done", round_=2)
        await bench.say("supervision", "check_passed")
        assert "Are you satisfied" in await page_of(desk)

    @pytest.mark.parametrize(
        ("how", "text"),
        [
            ("", ""),
            ("dissatisfied", " "),
            ("satisfied", "x" * 501),
            ("<script>", "why"),
            ("SATISFIED", "why"),
        ],
    )
    async def test_that_says_too_little_or_too_much_is_asked_again(
        self, bench: FollowedBench, desk: DeskBench, how: str, text: str
    ) -> None:
        await closed(bench)
        log = Log()
        answer = await rated(desk, how, text, to=log)
        assert answer.status_code == 422
        assert "choose how satisfied you are" in answer.text
        assert text.strip() in answer.text
        assert "<script>" not in answer.text
        assert log.messages == []

    async def test_has_its_time(self, bench: FollowedBench, desk: DeskBench) -> None:
        await closed(bench)
        desk.now = bench.now + desk.plan.limits.reopen_within + timedelta(seconds=1)
        log = Log()
        late = await rated(desk, to=log)
        assert late.status_code == 409
        assert "Are you satisfied" not in late.text
        assert log.messages == []

    async def test_that_another_site_sends_is_refused(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        await closed(bench)
        log = Log()
        assert (await rated(desk, to=log, site="cross-site")).status_code == 403
        assert log.messages == []
