"""The plan's standard texts on forms: where they fit, filled, and not sent by themselves."""

import json
import re
from html import unescape
from typing import Any

import httpx
import pytest

from schemas.events.base import MOST_SAID
from schemas.events.incident import Place
from schemas.plan import Act, StandardText
from schemas.roles import ActingRole
from services.access.actor import Actor
from tests.support.desk_town import page_of, pages_app
from tests.support.followed import FollowedBench
from tests.support.notifier import assigned, case_of, registered
from tests.support.published import Log
from tests.support.shown import DeskBench, person
from tests.support.web import talking_to

LEAD = "urban-management"
CASE = f"/cases/{case_of()}"
WANG = person(ActingRole.HANDLER, id_="wang.fang", departments=[LEAD])
DISPATCHER = person(ActingRole.DISPATCHER, id_="li.wei")
ADDRESS = "<b>昌南路 18 号</b> {title}"

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(autouse=True)
async def known(bench: FollowedBench) -> FollowedBench:
    """Return a notifier with a case that a department was offered."""
    place = Place(grid="36011100300103", address=ADDRESS)
    await bench.tell(registered(place=place), assigned(LEAD))
    return bench


def says(*texts: dict[str, Any], desk: DeskBench) -> None:
    """Let the plan of a desk have these texts alone."""
    base = {"title_zh": "题", "title_en": "title", "text_zh": "甲", "text_en": "first"}
    made = [
        StandardText.model_validate({"id": f"t{number}"} | base | one)
        for number, one in enumerate(texts, start=1)
    ]
    desk.plan = desk.plan.model_copy(update={"texts": tuple(made)})


def form_of(text: str, kind: str) -> str:
    """Return the form of a page by which something is done."""
    [form] = [f for f in re.findall(r"<form.*?</form>", text, re.DOTALL) if f'value="{kind}"' in f]
    return str(form)


def offered(form: str) -> list[str]:
    """Return the texts that a form offers, by their ids."""
    return re.findall(r'<option value="([^"]*)" data-text', form)


async def sent(
    desk: DeskBench, form: str, typed: dict[str, str], actor: Actor = WANG, *, to: Log | None = None
) -> httpx.Response:
    """Return what a browser gets for a form of a page, with what was typed."""
    hidden = dict(re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', form))
    [path] = re.findall(r'action="([^"]*)"', form)
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    async with talking_to(pages_app(desk, actor, publisher=to), token="") as browser:
        return await browser.post(path, data=hidden | typed, headers=headers)


class TestOffer:
    async def test_is_what_fits_the_act_and_the_case(self, desk: DeskBench) -> None:
        says(
            {"acts": ["declined", "done"]},
            {"acts": ["annotate"]},
            {"acts": ["declined"], "categories": ["E0112"]},
            {"acts": ["declined"], "classes": ["E04"]},
            {"acts": ["declined"], "parties": [LEAD]},
            {"acts": ["declined"], "parties": ["police"]},
            desk=desk,
        )
        text = await page_of(desk, CASE, WANG)
        assert offered(form_of(text, "declined")) == ["t1", "t3", "t5"]
        assert offered(form_of(text, "case.annotate")) == ["t2"]
        assert "data-text" not in form_of(text, "accepted")

    async def test_of_a_request_is_by_what_is_asked_for(self, desk: DeskBench) -> None:
        says({"acts": ["extension"]}, {"acts": ["suspension"]}, desk=desk)
        text = await page_of(desk, CASE, WANG)
        found = {
            what: offered(form)
            for form in re.findall(r"<form.*?</form>", text, re.DOTALL)
            for what in re.findall(r'name="what" value="([^"]*)"', form)
        }
        assert found == {"extension": ["t1"], "suspension": ["t2"], "force_close": []}

    async def test_is_filled_with_facts_in_the_readers_language(self, desk: DeskBench) -> None:
        said = {
            "acts": ["declined"],
            "text_zh": "{place}的{title},{grid},{department},{registered_at}",
            "text_en": "{title} at {place}, {grid}, {department}, {registered_at}",
        }
        says(said, desk=desk)
        form = form_of(await page_of(desk, CASE, WANG), "declined")
        grid = desk.plan.grid("36011100300103")
        assert grid is not None
        # What a reporter wrote is shown as it is written, and names no fact.
        assert f'data-text="{ADDRESS}的道路不洁,{grid.title_zh},' in form
        assert "1月5日(星期一)12:00" in form
        english = form_of(await page_of(desk, CASE, WANG, language="en"), "declined")
        assert f"dirty road at {ADDRESS}, {grid.title_en}, " in english
        assert "Monday 12:00 (2026-01-05)" in english

    async def test_lacks_what_the_case_lacks_and_what_no_box_takes(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        long = {"text_zh": "{place}" * 140, "text_en": "{place}" * 140}
        assert len(ADDRESS) * 140 > MOST_SAID
        lacks = {"text_zh": "{grid}{department}", "text_en": "{grid}{department}"}
        note = {"acts": ["annotate"]}
        says(note | long, note | lacks, note, desk=desk)
        assert offered(form_of(await page_of(desk, CASE, WANG), "case.annotate")) == ["t2", "t3"]
        await known.tell(registered(report="2", place=Place(address=ADDRESS)))
        text = await page_of(desk, f"/cases/{case_of('2')}", DISPATCHER)
        assert offered(form_of(text, "case.annotate")) == ["t3"]

    async def test_is_there_for_every_act_that_has_a_box(self, desk: DeskBench) -> None:
        says({"acts": [*Act]}, desk=desk)
        for actor in (WANG, DISPATCHER, person(ActingRole.SHIFT_LEAD, id_="zhou")):
            text = await page_of(desk, CASE, actor)
            for form in re.findall(r"<form.*?</form>", text, re.DOTALL):
                is_an_act = 'name="kind"' in form
                if is_an_act and ('name="reason"' in form or 'name="note"' in form):
                    assert offered(form) == ["t1"], form


class TestUse:
    async def test_shows_the_text_in_its_box_and_sends_nothing(self, desk: DeskBench) -> None:
        says({"acts": ["declined"], "text_zh": "{place}不在辖区", "text_en": "{place}"}, desk=desk)
        log, form = Log(), form_of(await page_of(desk, CASE, WANG), "declined")
        typed = {"text": "t1", "use": "1", "suggested_department": "housing"}
        answer = await sent(desk, form, typed, to=log)
        text = form_of(unescape(answer.text), "declined")
        assert (answer.status_code, log.messages) == (200, [])
        assert f">{ADDRESS}不在辖区</textarea>" in text
        assert '<option value="housing" selected>' in text
        assert '<option value="t1" data-text' in text
        assert "已填入" in text
        assert "未提交" not in answer.text

    async def test_keeps_what_was_typed(self, desk: DeskBench) -> None:
        says({"acts": ["annotate"], "text_zh": "再联系"}, desk=desk)
        form = form_of(await page_of(desk, CASE, WANG), "case.annotate")
        answer = await sent(desk, form, {"text": "t1", "use": "1", "note": "上午致电\n"})
        assert ">上午致电\n再联系</textarea>" in answer.text
        again = await sent(desk, form, {"text": "t1", "use": "1", "note": "上午致电\n再联系"})
        assert ">上午致电\n再联系</textarea>" in again.text

    @pytest.mark.parametrize("id_", ["", "t2", "t1 ", "<b>", "\u202e", "x" * 500])
    async def test_of_none_that_is_offered_puts_nothing_in(self, desk: DeskBench, id_: str) -> None:
        says({"acts": ["annotate"]}, {"acts": ["declined"]}, desk=desk)
        form = form_of(await page_of(desk, CASE, WANG), "case.annotate")
        answer = await sent(desk, form, {"text": id_, "use": "1", "note": "自己写的"})
        assert (answer.status_code, ">自己写的</textarea>" in answer.text) == (200, True)

    async def test_says_with_the_form_what_was_left_in_the_box(self, desk: DeskBench) -> None:
        says({"acts": ["annotate"]}, desk=desk)
        log, form = Log(), form_of(await page_of(desk, CASE, WANG), "case.annotate")
        await sent(desk, form, {"text": "t1", "note": "改过的"}, to=log)
        [message] = log.messages
        said = json.loads(message.value or b"")
        assert (said["note"], said.keys() & {"text", "use"}) == ("改过的", set())

    async def test_of_the_enter_key_is_to_send(self, desk: DeskBench) -> None:
        says({"acts": ["declined"]}, desk=desk)
        form = form_of(await page_of(desk, CASE, WANG), "declined")
        first, *_ = re.findall(r"<button[^>]*>", form)
        assert first == "<button hidden>"


class TestForMany:
    async def test_is_of_texts_that_name_nothing_of_one_case(self, desk: DeskBench) -> None:
        named = {"acts": ["annotate"], "text_zh": "{place}", "text_en": "{place}"}
        says(
            {"acts": ["annotate"], "text_zh": "统一巡查"},
            named,
            {"acts": ["annotate"], "categories": ["E0112"]},
            {"acts": ["reassign"]},
            desk=desk,
        )
        headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
        log = Log()
        choice = {"kind": "case.annotate", "query": "open=true", "which": "all"}
        http = pages_app(desk, DISPATCHER, publisher=log)
        async with talking_to(http, token="") as browser:
            at = (await browser.post("/bulks", data=choice, headers=headers)).headers["location"]
            look = await browser.get(at, headers=headers)
            assert offered(look.text) == ["t1"]
            used = await browser.post(at, data={"text": "t1", "use": "1"}, headers=headers)
        assert (used.status_code, log.messages) == (200, [])
        assert ">统一巡查</textarea>" in used.text
