"""Forms of a case's page: what is offered to whom, what comes of it, and that nothing is lost."""

import json
import re
from html import unescape

import httpx
import pytest

from schemas import topics
from schemas.events.assignment import CoHandlerOffered, Wanted
from schemas.roles import ActingRole
from schemas.vocabulary import Role, derived_id
from services.access.actor import Actor
from services.kit.http.door import Publishes
from tests.support.desk_town import Heard, page_of, pages_app
from tests.support.followed import FollowedBench
from tests.support.notifier import assigned, case_of, offer, registered
from tests.support.published import Log
from tests.support.shown import DeskBench, person
from tests.support.web import talking_to

LEAD = "urban-management"
CASE = f"/cases/{case_of()}"
WANG = person(ActingRole.HANDLER, id_="wang.fang", departments=[LEAD])
POLICE = person(ActingRole.HANDLER, id_="zhao.min", departments=["police"])
DISPATCHER = person(ActingRole.DISPATCHER, id_="li.wei")
CHECKER = person(ActingRole.SUPERVISOR, id_="chen.jing", departments=["supervision"])

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(autouse=True)
async def known(bench: FollowedBench) -> FollowedBench:
    """Return a notifier with a case that a department was offered, and another helps with."""
    await bench.tell(registered(), assigned(LEAD, "police"))
    return bench


def offered(text: str) -> list[str]:
    """Return what a page offers, in order."""
    found = re.findall(r'name="kind" value="([^"]*)"', text)
    return [one.removeprefix("case.") for one in found]


async def fields(desk: DeskBench, kind: str, actor: Actor = WANG) -> dict[str, str]:
    """Return what a form of a page carries along."""
    text = await page_of(desk, CASE, actor)
    [form] = [f for f in re.findall(r"<form.*?</form>", text, re.DOTALL) if f'value="{kind}"' in f]
    return dict(re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', form))


async def sent(
    desk: DeskBench,
    form: dict[str, str],
    actor: Actor | None = WANG,
    *,
    to: Publishes | None = None,
    door: str = "answers",
    site: str = "same-origin",
) -> httpx.Response:
    """Return what a browser gets for a form, after it was led on."""
    http = pages_app(desk, actor, publisher=to)
    headers = {"Accept": "text/html", "Sec-Fetch-Site": site}
    async with talking_to(http, token="") as browser:
        return await browser.post(
            f"{CASE}/{door}", data=form, headers=headers, follow_redirects=actor is not None
        )


class TestOffer:
    async def test_is_what_fits_the_part_of_who_asks(self, desk: DeskBench) -> None:
        asked = ["accepted", "declined", "request", "request", "request", "annotate"]
        assert offered(await page_of(desk, CASE, WANG)) == asked
        assert offered(await page_of(desk, CASE, POLICE)) == ["accepted", "declined", "annotate"]

    async def test_goes_on_with_the_case(self, known: FollowedBench, desk: DeskBench) -> None:
        await known.say(LEAD, "accepted")
        assert offered(await page_of(desk, CASE, WANG))[:3] == ["started", "done", "progress"]
        await known.say(LEAD, "started")
        assert offered(await page_of(desk, CASE, WANG))[:3] == ["done", "progress", "blocked"]

    async def test_of_a_dispatcher_is_of_commands(self, desk: DeskBench) -> None:
        asked = offered(await page_of(desk, CASE, DISPATCHER))
        assert asked[:3] == ["reassign", "correct", "add_co_handler"]
        assert "accepted" not in asked

    async def test_of_help_is_for_a_lead_that_has_signed_and_for_whoever_has_no_part(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        kind = "add_co_handler"
        assert kind not in offered(await page_of(desk, CASE, WANG))
        await known.say(LEAD, "accepted")
        await known.say("police", "accepted")
        assert kind not in offered(await page_of(desk, CASE, POLICE))
        assert (await fields(desk, f"case.{kind}"))["asking_department"] == LEAD
        assert "asking_department" not in await fields(desk, f"case.{kind}", DISPATCHER)
        for actor in (WANG, DISPATCHER):
            text = await page_of(desk, CASE, actor)
            [form] = [f for f in re.findall(r"<form.*?</form>", text, re.DOTALL) if kind in f]
            choices = {*re.findall(r'<option value="([a-z-]+)">', form)}
            assert (choices & {LEAD, "police"}, "fire" in choices) == (set(), True)
        await known.say(LEAD, "started", "done")
        assert kind not in offered(await page_of(desk, CASE, WANG))

    async def test_of_requests_is_for_who_may_ask(self, desk: DeskBench) -> None:
        lead = person(ActingRole.SHIFT_LEAD, id_="zhou")
        text = await page_of(desk, CASE, lead)
        asked = re.findall(r'name="what" value="([a-z_]*)"', text)
        assert asked == ["force_close"]

    async def test_lets_a_late_department_appeal_once(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        await known.say(LEAD, "accepted", "started")
        await known.pass_time(days=3)
        await known.say(LEAD, "done")
        assert (await known.case())["state"] == "closed"
        for actor in (DISPATCHER, POLICE):
            assert "request" not in offered(await page_of(desk, CASE, actor))
        form = await fields(desk, "case.request")
        assert form["what"] == "appeal"
        await sent(desk, form | {"reason": "暴雨封路"}, to=Heard(known), door="commands")
        text = await page_of(desk, CASE, WANG)
        assert ("暴雨封路" in text, offered(text)) == (True, ["withdraw_request", "annotate"])

    async def test_lets_a_reopening_be_refused_until_work_begins(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        await known.say(LEAD, "accepted", "started", "done")
        assert (await known.case())["state"] == "closed"
        assert "refuse_reopening" not in offered(await page_of(desk, CASE, CHECKER))
        await known.say("reporters", "reopen", reason="not solved")
        await known.tell(assigned(LEAD, round_=2))
        form = await fields(desk, "case.refuse_reopening", CHECKER) | {"reason": "另一处"}
        await sent(desk, form, CHECKER, to=Heard(known), door="commands")
        assert (await known.case())["state"] == "closed"

    async def test_asks_for_the_proofs_of_the_category(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        await known.say(LEAD, "accepted", "started")
        text = await page_of(desk, CASE, WANG)
        wanted = known.plan.category("E0112").evidence
        assert wanted
        assert all(f'name="evidence.{kind}"' in text for kind in wanted)


class TestForm:
    async def test_has_its_effect_and_says_so(self, known: FollowedBench, desk: DeskBench) -> None:
        form = await fields(desk, "accepted")
        answer = await sent(desk, form, to=Heard(known))
        text = unescape(answer.text)
        assert (answer.status_code, "已生效" in text, "wang.fang" in text) == (200, True, True)
        assert (await known.case())["state"] == "accepted"

    async def test_brings_what_was_typed(self, known: FollowedBench, desk: DeskBench) -> None:
        form = await fields(desk, "declined") | {
            "reason": "  私人用地 ",
            "suggested_department": "housing",
        }
        answer = await sent(desk, form, to=Heard(known))
        assert "私人用地" in await page_of(desk, CASE, DISPATCHER)
        # It is theirs no more: they are back at their list.
        assert (answer.status_code, answer.url.path) == (200, "/cases")

    async def test_sent_twice_is_one_answer(self, desk: DeskBench) -> None:
        form = await fields(desk, "case.annotate", DISPATCHER) | {"note": "电话无人接听"}
        log = Log()
        for _ in range(2):
            await sent(desk, form, DISPATCHER, to=log, door="commands")
        assert len({json.loads(one.value or b"")["command_id"] for one in log.messages}) == 1
        assert [one.topic for one in log.messages] == [topics.COMMANDS] * 2

    async def test_that_lacks_something_comes_back_as_it_was_typed(self, desk: DeskBench) -> None:
        form = await fields(desk, "declined") | {"suggested_department": "housing"}
        answer = await sent(desk, form)
        text = unescape(answer.text)
        assert (answer.status_code, "<b>理由</b>" in text) == (422, True)
        assert '<option value="housing" selected>' in text
        assert '<details name="action" open>' in text

    async def test_is_not_sent_over_what_somebody_else_did(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        form = await fields(desk, "declined") | {"reason": "not ours"}
        await sent(desk, await fields(desk, "accepted"), to=Heard(known), actor=WANG)
        other = person(ActingRole.HANDLER, id_="li.na", departments=[LEAD])
        answer = await sent(desk, form, other)
        text = unescape(answer.text)
        assert (answer.status_code, "案件已有变化" in text, "wang.fang" in text) == (
            409,
            True,
            True,
        )

    async def test_that_is_refused_later_says_why(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        form = await fields(desk, "declined")
        await known.say(LEAD, "accepted", "started")
        form |= {"seen": str((await desk.view(case_of())).lines)}  # type: ignore[union-attr] # it is there
        answer = await sent(desk, form | {"reason": "not ours"}, to=Heard(known))
        assert "未被接受" in unescape(answer.text)

    async def test_does_not_hold_for_what_the_same_person_said_before(
        self, known: FollowedBench, desk: DeskBench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        form = await fields(desk, "declined") | {"reason": "not ours"}
        for kind in ("accepted", "started"):
            await sent(desk, await fields(desk, kind), to=Heard(known))
        log, heard = Log(), Heard(known)

        async def pass_by(_: float) -> None:
            await heard.publish([log.messages.pop() for _ in range(len(log.messages))])

        monkeypatch.setattr("services.desk.pages.acting.asyncio.sleep", pass_by)
        text = unescape((await sent(desk, form, to=log)).text)
        assert ("未被接受" in text, "已生效" in text) == (True, False)

    async def test_waits_where_the_log_is_away(self, desk: DeskBench) -> None:
        form = await fields(desk, "declined") | {"reason": "不属于本部门"}
        answer = await sent(desk, form, to=Log(is_down=True))
        text = unescape(answer.text)
        assert (answer.status_code, "不属于本部门</textarea>" in text) == (503, True)

    async def test_of_another_party_is_not_taken(self, desk: DeskBench) -> None:
        form = await fields(desk, "accepted") | {"party": "police"}
        answer = await sent(desk, form)
        assert (answer.status_code, "您无权" in unescape(answer.text)) == (403, True)

    @pytest.mark.parametrize("until", ["soon", "2026-02-30", "-1", "9999999-01-01"])
    async def test_takes_no_date_that_is_none(self, desk: DeskBench, until: str) -> None:
        form = await fields(desk, "case.annotate", DISPATCHER) | {"note": "x", "until": until}
        answer = await sent(desk, form, DISPATCHER, door="commands")
        assert (answer.status_code, "挂账至" in unescape(answer.text)) == (422, True)


class TestAskingForHelp:
    FIRE = person(ActingRole.HANDLER, id_="sun.hao", departments=["fire"])

    WHY = "车主联系不上"

    async def asked(self, known: FollowedBench, desk: DeskBench) -> httpx.Response:
        """Let the lead ask the fire service, which the router offers its part."""
        await known.say(LEAD, "accepted")
        form = await fields(desk, "case.add_co_handler") | {
            "department": "fire",
            "reason": self.WHY,
        }
        answer = await sent(desk, form, to=Heard(known), door="commands")
        part = offer("fire", role=Role.CO_HANDLER, round_=1, report="1", person=None)
        named = {"assignment_id": derived_id("help", case_of(), "fire", 0)}
        fact = CoHandlerOffered(
            case_id=case_of(),
            at=known.now,
            offer=part.model_copy(update=named),
            assigned=assigned(LEAD, "police"),
            wanted=Wanted(by=LEAD, reason=self.WHY),
        )
        await known.tell(fact)
        return answer

    async def test_holds_and_stands_in_the_story(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        text = unescape((await self.asked(known, desk)).text)
        assert ("已生效" in text, "城管执法队请消防救援协办:车主联系不上" in text) == (True, True)

    async def test_is_read_by_who_is_asked_on_the_list_and_the_case(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        await self.asked(known, desk)
        why = "城管执法队请求协办：车主联系不上"
        assert why in await page_of(desk, "/cases?open=true", self.FIRE)
        text = await page_of(desk, CASE, self.FIRE)
        assert (why in text, offered(text)[:2]) == (True, ["accepted", "declined"])
        assert why not in await page_of(desk, "/cases?open=true", POLICE)

    async def test_without_a_reason_comes_back_with_the_department(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        await known.say(LEAD, "accepted")
        form = await fields(desk, "case.add_co_handler") | {"department": "fire"}
        answer = await sent(desk, form, door="commands")
        text = unescape(answer.text)
        assert (answer.status_code, '<option value="fire" selected>' in text) == (422, True)

    async def test_for_another_department_is_not_taken(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        await known.say(LEAD, "accepted")
        form = await fields(desk, "case.add_co_handler") | {"department": "fire", "reason": "x"}
        answer = await sent(desk, form, POLICE, door="commands")
        assert (answer.status_code, "本部门" in unescape(answer.text)) == (403, True)


class TestSignedOut:
    async def test_keeps_what_was_typed_until_somebody_signs_in(self, desk: DeskBench) -> None:
        form = await fields(desk, "declined") | {"reason": "<b>不属于本部门</b>"}
        answer = await sent(desk, form, None)
        assert (answer.status_code, "&lt;b&gt;不属于本部门" in answer.text) == (401, True)
        kept = dict(re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', answer.text))
        assert {name: unescape(value) for name, value in kept.items() if name in form} == form

    async def test_says_nothing_for_a_page_of_another_site(self, desk: DeskBench) -> None:
        answer = await sent(desk, {"kind": "accepted", "reason": "x"}, None, site="cross-site")
        assert answer.status_code in {303, 403}
        assert 'name="reason"' not in answer.text
