"""The page of a report: what whoever made it sees, what not, and what they say of it."""

import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from html import unescape
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete

from schemas import topics
from schemas.vocabulary import REPORTERS
from services.access.report_links import report_of, token_of
from services.desk.store.tables import CaseFollower
from services.kit.sql.declaring import table_of
from tests.support.desk_town import Heard
from tests.support.followed import FollowedBench
from tests.support.notifier import (
    assigned,
    case_of,
    merged,
    registered,
    rejected,
    the_plan,
)
from tests.support.published import Log
from tests.support.report_links import ADDRESS, SECRET, links_of, path_of, plan_with
from tests.support.resident_pages import LEAD, asked, closed, page_of, sent
from tests.support.shown import DeskBench

ACCEPTOR = {"person": "Li Wei", "roles": ["acceptor"], "door": "desk"}
THEIRS = "李建国 13800000000"

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(autouse=True)
def shown(desk: DeskBench) -> None:
    """Let the plan show residents what becomes of their reports."""
    desk.plan = plan_with()


class TestToken:
    def test_is_of_one_report_and_of_one_installation(self) -> None:
        token = token_of(case_of("1"), SECRET)
        assert report_of(token, [SECRET]) == case_of("1")
        assert report_of(token, [b"another", SECRET]) == case_of("1")
        assert report_of(token, [b"another"]) is None
        assert token != token_of(case_of("2"), SECRET)

    @given(st.binary(min_size=32, max_size=32))
    def test_is_not_guessed(self, told: bytes) -> None:
        assert report_of(urlsafe_b64encode(told).decode().rstrip("="), [SECRET]) is None

    @given(st.text(max_size=60))
    def test_of_any_text_is_none(self, text: str) -> None:
        assert report_of(text, [SECRET]) is None

    def test_of_one_report_does_not_prove_another(self) -> None:
        mine, theirs = (token_of(case_of(n), SECRET) for n in "12")
        assert report_of(theirs[:21] + mine[21:], [SECRET]) is None

    def test_is_handed_out_where_the_plan_says_so_alone(self) -> None:
        assert links_of(plan_with()).link_of(case_of()) == f"{ADDRESS}{path_of()}"
        for plan in (the_plan(), plan_with(address=None), plan_with(status_page=False)):
            assert links_of(plan).link_of(case_of()) is None


class TestPage:
    async def test_tells_where_the_report_stands(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        assert "we are finding who deals with it" in await page_of(desk)
        await bench.say(LEAD, "accepted", "started")
        text = await page_of(desk)
        assert "It is being dealt with." in text
        assert "The work began" in text
        await bench.say(LEAD, "done")
        text = await page_of(desk)
        assert "It is closed." in text
        assert "dealt with" in text
        assert "已办结" in await page_of(desk, language="zh")

    async def test_tells_that_a_promise_moved_and_why(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        promised = bench.now + timedelta(days=1)
        await bench.tell(registered(promise="1 ND", promised_by=promised), assigned(LEAD))
        assert "to be done by tomorrow 12:00" in await page_of(desk)
        await bench.say(LEAD, "accepted", "started", "done")
        await bench.pass_time(days=2)
        await bench.say(REPORTERS, "reopen")
        text = await page_of(desk)
        assert "Open again" in text
        assert "To be done by today 16:00, and not by yesterday 12:00" in text
        assert "The case is open again" in text

    async def test_names_nobody_and_no_words_of_others(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        await bench.tell(registered(description=THEIRS), assigned(LEAD, person="Wang Fang"))
        await bench.tell(merged("2", at=bench.now, description=f"{THEIRS} too"))
        await bench.say(LEAD, "accepted", "started")
        await bench.say(LEAD, "progress", note="call Zhao Min")
        await bench.read(bench.command("case.annotate", note="an old acquaintance"))
        for report in "12":
            for language in ("en", "zh"):
                text = await page_of(desk, report, language=language)
                for secret in (THEIRS, "Wang Fang", "Zhao Min", "acquaintance", LEAD, "hotline"):
                    assert secret not in text
                assert str(case_of("1")) not in text

    async def test_of_a_merged_report_is_the_others_progress(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        await closed(bench, "2")
        text = await page_of(desk, "2")
        assert "It is closed." in text
        assert "Filed" in text

    async def test_of_a_case_merged_by_hand_goes_on_as_the_other(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        for report in "12":
            await bench.tell(registered(report=report), assigned(LEAD, report=report))
        merge = {"into": str(case_of("1")), "reason": "the same hole", "acting": ACCEPTOR}
        await bench.read(bench.command("case.merge", report="2", **merge))
        assert "we are finding who deals with it" in await page_of(desk, "2")
        await bench.say(LEAD, "accepted", "started", "done")
        text = await page_of(desk, "2")
        assert "It is closed." in text
        assert text.count("Filed") == 1
        for secret in ("the same hole", str(case_of("1")), "merge"):
            assert secret not in text

    async def test_of_a_merge_into_what_is_not_known_yet_tells_nothing_of_it(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        for report in "12":
            await bench.tell(registered(report=report), assigned(LEAD, report=report))
        merge = {"into": str(case_of("1")), "reason": "the same hole", "acting": ACCEPTOR}
        await bench.read(bench.command("case.merge", report="2", **merge))
        async with desk.database.write() as conn:
            await conn.execute(delete(table_of(CaseFollower)))
        assert "the same hole" not in await page_of(desk, "2")

    async def test_of_a_rejected_report_says_why(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        await bench.tell(rejected())
        text = await page_of(desk)
        assert "It was not taken up." in text
        assert "outside the district" in text
        assert "report it again" in text

    async def test_of_a_report_that_is_on_its_way_says_so(self, desk: DeskBench) -> None:
        assert "filing it" in await page_of(desk, "never heard of")

    async def test_ends_some_time_after_the_case(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        await closed(bench)
        desk.now = bench.now + desk.plan.residents.shown_for
        assert (await asked(desk, path_of())).status_code == 200
        desk.now += timedelta(seconds=1)
        over = await asked(desk, path_of())
        assert over.status_code == 410
        assert "dealt with" not in over.text

    @pytest.mark.parametrize(
        "token", ["x", "%00", "a" * 43, "é" * 43, str(UUID(int=1)), "'--", "a" * 5000]
    )
    async def test_of_no_token_says_no_more(self, desk: DeskBench, token: str) -> None:
        answer = await asked(desk, f"/r/{token}")
        assert answer.status_code == 404
        assert "There is no such report" in answer.text

    async def test_that_is_off_is_not_there(self, bench: FollowedBench, desk: DeskBench) -> None:
        await closed(bench)
        desk.plan = the_plan()
        off, nothing = await asked(desk, path_of()), await asked(desk, "/r/x/y/z")
        assert off.status_code == nothing.status_code == 404
        assert off.text.replace(path_of(), "") == nothing.text.replace("/r/x/y/z", "")
        assert (await sent(desk)).status_code == 404

    async def test_is_kept_by_nobody_and_told_to_nobody(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        await closed(bench)
        headers = (await asked(desk, path_of())).headers
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "same-origin"
        assert "set-cookie" not in headers
        assert "unsafe" not in headers["content-security-policy"]


class TestNotSolved:
    async def test_opens_the_case_again(self, bench: FollowedBench, desk: DeskBench) -> None:
        await closed(bench)
        assert "Not solved? Tell us" in await page_of(desk)
        answer = await sent(desk, THEIRS, to=Heard(bench))
        assert answer.status_code == 303
        text = unescape((await asked(desk, answer.headers["location"])).text)
        assert "Open again" in text
        assert "Not solved? Tell us" not in text
        assert THEIRS not in text

    async def test_goes_the_way_of_reporters(self, bench: FollowedBench, desk: DeskBench) -> None:
        await closed(bench)
        log = Log()
        await sent(desk, to=log)
        [message] = log.messages
        assert message.topic == topics.feedback_of(REPORTERS)
        assert message.key == str(case_of())
        said = json.loads(message.value or b"")
        assert said["kind"] == "reopen"
        assert said["reason"] == "still there"
        assert "acting" not in said

    async def test_that_is_sent_twice_is_said_once(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        await closed(bench)
        log = Log()
        await sent(desk, to=log)
        await sent(desk, "once more", to=log)
        ids = {json.loads(one.value or b"")["feedback_id"] for one in log.messages}
        assert len(ids) == 1
        for one in log.messages:
            await Heard(bench).publish([one])
        assert sum("Open again" in line for line in (await page_of(desk)).splitlines()) == 1

    async def test_of_a_merged_report_opens_the_other_case(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        await closed(bench, "2")
        assert (await sent(desk, path=path_of("2"), to=Heard(bench))).status_code == 303
        assert "Open again" in await page_of(desk, "1")
        assert "Open again" in await page_of(desk, "2")

    async def test_that_comes_too_late_says_what_else_one_can_do(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        await closed(bench)
        desk.now = bench.now + desk.plan.limits.reopen_within + timedelta(seconds=1)
        log = Log()
        late = await sent(desk, to=log)
        assert late.status_code == 409
        assert "report it again, or call 12345" in late.text
        assert "Not solved? Tell us" not in late.text
        assert log.messages == []

    async def test_of_an_open_case_is_not_sent(self, bench: FollowedBench, desk: DeskBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        log = Log()
        assert (await sent(desk, to=log)).status_code == 409
        assert log.messages == []

    @pytest.mark.parametrize("text", ["", "   ", "x" * 2001])
    async def test_without_words_is_asked_again(
        self, bench: FollowedBench, desk: DeskBench, text: str
    ) -> None:
        await closed(bench)
        log = Log()
        answer = await sent(desk, text, to=log)
        assert answer.status_code == 422
        assert text.strip() in answer.text
        assert log.messages == []

    async def test_that_another_site_sends_is_refused(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        await closed(bench)
        log = Log()
        assert (await sent(desk, to=log, site="cross-site")).status_code == 403
        assert log.messages == []

    async def test_by_a_link_that_is_none_is_refused(self, desk: DeskBench) -> None:
        log = Log()
        made_up = f"/r/{token_of(uuid4(), b'another')}"
        assert (await sent(desk, path=made_up, to=log)).status_code == 404
        assert log.messages == []
