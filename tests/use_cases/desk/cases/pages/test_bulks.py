"""One command for many cases: what is chosen is what is sent, each once, and all else is named."""

import json
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from itertools import pairwise
from uuid import UUID

import httpx
import pytest
from aiokafka.errors import KafkaConnectionError
from typing_extensions import override

from schemas.roles import ActingRole
from services.access.actor import Actor
from services.desk.bounds import BULK_CHOSEN_FOR, BULK_KEPT_FOR, BULK_LEFT_AFTER, BULK_SENT_WITHIN
from services.desk.sweeps import forgetting_bulks
from services.desk.use_cases.bulks import Bulks
from services.kit.http.door import Publishes
from services.kit.records import Message
from tests.support.desk_town import Heard, asked, page_of, pages_app
from tests.support.followed import FollowedBench
from tests.support.notifier import assigned, case_of, registered
from tests.support.published import Log
from tests.support.shown import DeskBench, person
from tests.support.web import talking_to

LEAD = "urban-management"
DISPATCHER = person(ActingRole.DISPATCHER, id_="li.wei")
SHIFT_LEAD = person(ActingRole.SHIFT_LEAD, id_="chen.jing")
HANDLER = person(ActingRole.HANDLER, id_="wang.fang", departments=[LEAD])
NOTE = {"note": "台风过后统一巡查"}

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(autouse=True)
async def known(bench: FollowedBench) -> FollowedBench:
    """Return a notifier with four cases, of which a department has the first two."""
    await bench.tell(
        *(registered(report=str(n)) for n in range(1, 5)),
        *(assigned(LEAD, report=str(n)) for n in (1, 2)),
    )
    return bench


async def posted(
    desk: DeskBench,
    path: str,
    form: dict[str, str],
    actor: Actor = DISPATCHER,
    *,
    to: Publishes | None = None,
) -> httpx.Response:
    """Return what a browser gets for a form, after it was led on."""
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    async with talking_to(pages_app(desk, actor, publisher=to), token="") as browser:
        return await browser.post(path, data=form, headers=headers, follow_redirects=True)


async def chosen(
    desk: DeskBench,
    kind: str = "case.annotate",
    *reports: str,
    actor: Actor = DISPATCHER,
    query: str = "open=true",
) -> str:
    """Return the path of a choice: of these reports' cases, or of all that match."""
    form = {"kind": kind, "query": query, "which": "chosen" if reports else "all"}
    form |= {f"case.{case_of(one)}": "on" for one in reports}
    answer = await posted(desk, "/bulks", form, actor)
    assert answer.status_code == 200, answer.text
    return answer.url.path


def facts(answer: httpx.Response | str) -> dict[str, str]:
    """Return what a page counts, by what it is called."""
    text = answer if isinstance(answer, str) else unescape(answer.text)
    return dict(re.findall(r"<dt>([^<]*)</dt><dd>(\d+)</dd>", text))


def said(log: Log) -> dict[str, set[str]]:
    """Return the ids of the commands in a log, by their case."""
    found: dict[str, set[str]] = {}
    for one in log.messages:
        command = json.loads(one.value or b"")
        found.setdefault(command["case_id"], set()).add(command["command_id"])
    return found


@dataclass
class Faltering(Log):
    """A log that is away each second time, after it took what came."""

    times: int = field(default=0)

    @override
    async def publish(self, messages: Iterable[Message]) -> None:
        self.messages.extend(messages)
        self.times += 1
        if self.times % 2:
            raise KafkaConnectionError


class TestOffer:
    async def test_is_for_those_who_may_do_more_than_note(self, desk: DeskBench) -> None:
        text = await page_of(desk, "/cases?open=true", DISPATCHER)
        assert f'name="case.{case_of("3")}"' in text
        assert re.findall(r'<option value="(case\.[a-z_]*)"', text) == [
            "case.reassign",
            "case.correct",
            "case.add_co_handler",
            "case.resume",
            "case.annotate",
        ]
        assert "bulks" not in await page_of(desk, "/cases?open=true", HANDLER)

    async def test_is_not_taken_from_others(self, desk: DeskBench) -> None:
        form = {"kind": "case.reassign", "query": "open=true", "which": "all"}
        assert (await posted(desk, "/bulks", form, HANDLER)).status_code == 403
        for kind in ("case.merge", "case.dismiss"):
            answer = await posted(desk, "/bulks", form | {"kind": kind}, SHIFT_LEAD)
            assert answer.status_code == 403
        for kind in ("", "x", "case.", "<b>", "\u202e"):
            answer = await posted(desk, "/bulks", form | {"kind": kind})
            assert answer.status_code == 422


class TestLookBefore:
    async def test_says_how_many_and_where_they_stand(self, desk: DeskBench) -> None:
        text = await page_of(desk, await chosen(desk), DISPATCHER)
        assert "对 4 件案件生效" in text
        assert facts(text) == {"已立案": "2", "已派遣": "2"}

    async def test_names_what_will_be_refused_and_why(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        supervised = {"supervised_for": "district", "reason": "x"}
        acting = {"person": "a", "roles": ["supervisor"], "door": "desk"}
        await known.read(known.command("case.supervise", acting=acting, **supervised))
        path = await chosen(desk, "case.supervise", actor=SHIFT_LEAD)
        text = await page_of(desk, path, SHIFT_LEAD)
        assert ("对 3 件案件生效" in text, "当前情况不适用" in text) == (True, True)

    async def test_takes_those_alone_that_were_ticked(self, desk: DeskBench) -> None:
        text = await page_of(desk, await chosen(desk, "case.annotate", "1", "3"), DISPATCHER)
        assert "对 2 件案件生效" in text

    async def test_refuses_more_than_a_person_can_answer_for(
        self, desk: DeskBench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.desk.pages.bulk_page.MOST_BULK", 3)
        form = {"kind": "case.annotate", "query": "open=true", "which": "all"}
        answer = await posted(desk, "/bulks", form)
        assert (answer.status_code, "超过 3 件" in unescape(answer.text)) == (422, True)
        # Another language leads to where the choice was made: the answer has no address.
        assert 'name="next" value="/cases?open=true"' in answer.text

    async def test_says_in_the_readers_language_what_no_case_could_be_told(
        self, desk: DeskBench
    ) -> None:
        answer = await posted(desk, await chosen(desk), {"note": "x" * 2_001})
        assert answer.status_code == 422
        assert "最多 2000 个" in unescape(answer.text)
        assert "should have" not in answer.text

    async def test_refuses_none_and_what_is_no_list(self, desk: DeskBench) -> None:
        form = {"kind": "case.annotate", "query": "open=true", "which": "chosen"}
        assert (await posted(desk, "/bulks", form)).status_code == 422
        assert (await posted(desk, "/bulks", form | {"case.x": "on"})).status_code == 422
        for query in ("level=9", "x=1", "open=maybe"):
            told = form | {"which": "all", "query": query}
            assert (await posted(desk, "/bulks", told)).status_code == 422

    async def test_is_of_whoever_chose(self, desk: DeskBench) -> None:
        path = await chosen(desk)
        assert (await asked(desk, path, SHIFT_LEAD)).status_code == 404
        assert (await posted(desk, path, NOTE, SHIFT_LEAD)).status_code == 404

    async def test_is_of_what_they_may_see(self, desk: DeskBench) -> None:
        both = person(ActingRole.HANDLER, ActingRole.DISPATCHER, departments=[LEAD])
        assert both.sees_all
        form = {"kind": "case.annotate", "query": "", "which": "chosen"}
        form |= {f"case.{UUID(int=n)}": "on" for n in range(50)}
        assert (await posted(desk, "/bulks", form)).status_code == 422


class TestSent:
    async def test_holds_for_each_and_says_so(self, known: FollowedBench, desk: DeskBench) -> None:
        path = await chosen(desk)
        answer = await posted(desk, path, NOTE, to=Heard(known))
        assert facts(answer) == {"已生效": "4", "未被接受": "0", "未提交": "0", "等待结果": "0"}
        for report in "1234":
            text = await page_of(desk, f"/cases/{case_of(report)}", DISPATCHER)
            assert text.count("台风过后统一巡查") == 1

    async def test_twice_says_it_once(self, known: FollowedBench, desk: DeskBench) -> None:
        path, log = await chosen(desk), Log()
        await posted(desk, path, NOTE, to=log)
        await posted(desk, path, {"note": "something else"}, to=log)
        assert {len(ids) for ids in said(log).values()} == {1}
        assert len(log.messages) == 4
        assert known.desk is desk

    async def test_leaves_alone_what_came_or_changed_since(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        path = await chosen(desk)
        await known.tell(registered(report="5"))
        await known.say(
            LEAD,
            "accepted",
            report="1",
            acting={"person": "wang.fang", "roles": ["handler"], "door": "desk"},
        )
        answer = await posted(desk, path, NOTE, to=Heard(known))
        assert facts(answer) == {"已生效": "3", "未被接受": "0", "未提交": "1", "等待结果": "0"}
        assert "选定后他人已有改动" in unescape(answer.text)
        assert "台风" not in await page_of(desk, f"/cases/{case_of('5')}", DISPATCHER)

    async def test_names_what_the_notifier_refused(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        path = await chosen(desk, "case.reassign")
        answer = await posted(desk, path, {"department": LEAD, "reason": "x"}, to=Heard(known))
        told = facts(answer)
        assert sum(map(int, told.values())) == 4
        assert (told["未提交"], "该部门已经在办" in unescape(answer.text)) == ("2", True)

    async def test_asks_again_for_what_no_case_could_be_told(self, desk: DeskBench) -> None:
        path, log = await chosen(desk, "case.correct"), Log()
        for form in (
            {"reason": ""},
            {"reason": "x"},
            {"category": "E0112"},
            {"reason": "y" * 2_001},
        ):
            answer = await posted(desk, path, form, to=log)
            assert (answer.status_code, log.messages) == (422, [])
        answer = await posted(desk, path, {"urgency": "X", "reason": "r"}, to=log)
        assert (answer.status_code, log.messages) == (422, [])

    async def test_says_who_speaks_itself(self, desk: DeskBench) -> None:
        path, log = await chosen(desk), Log()
        form = NOTE | {"acting": "x", "case_id": "y", "at": "z", "command_id": "q"}
        await posted(desk, path, form, to=log)
        told = [json.loads(one.value or b"") for one in log.messages]
        assert {one["acting"]["person"] for one in told} == {"li.wei"}
        assert len({one["case_id"] for one in told}) == 4


class TestInterrupted:
    async def test_goes_on_with_the_same_commands(
        self, desk: DeskBench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.desk.use_cases.bulks.BULK_AT_ONCE", 1)
        path, log = await chosen(desk), Faltering()
        answer = await posted(desk, path, NOTE, to=log)
        assert facts(answer)["等待结果"] == "4"
        sender = Bulks(database=desk.database, publisher=log, clock=lambda: desk.now)
        await sender.send_left()
        assert len(log.messages) == 1, "who confirmed it may still be at it"
        desk.now += BULK_LEFT_AFTER + timedelta(seconds=1)
        for _ in range(8):
            with suppress(KafkaConnectionError):
                await sender.send_left()
        ids = said(log)
        assert (len(ids), {len(one) for one in ids.values()}) == (4, {1})
        order = [json.loads(one.value or b"")["case_id"] for one in log.messages]
        assert all(a <= b for a, b in pairwise(order))
        before = len(log.messages)
        await sender.send_left()
        assert len(log.messages) == before

    async def test_for_long_sends_nothing_more_and_says_so(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        path = await chosen(desk)
        await posted(desk, path, NOTE, to=Log(is_down=True))
        desk.now += BULK_SENT_WITHIN + timedelta(minutes=1)
        log = Log()
        await Bulks(database=desk.database, publisher=log, clock=lambda: desk.now).send_left()
        text = await page_of(desk, path, DISPATCHER)
        assert (log.messages, facts(text)["未提交"]) == ([], "4")
        assert known.desk is desk


class TestForgetting:
    async def test_is_of_choices_soon_and_of_the_rest_later(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        unconfirmed, sent = await chosen(desk), await chosen(desk)
        await posted(desk, sent, NOTE, to=Heard(known))
        forget = forgetting_bulks(desk.database, clock=lambda: desk.now)
        for later, there in (
            (timedelta(), (200, 200)),
            (BULK_CHOSEN_FOR + timedelta(1), (404, 200)),
            (BULK_KEPT_FOR, (404, 404)),
        ):
            desk.now += later
            for _ in range(2):
                await forget()
            answers = [await asked(desk, path, DISPATCHER) for path in (unconfirmed, sent)]
            assert tuple(one.status_code for one in answers) == there
