"""Taking a report at the desk: what is shown before it is saved is what it becomes."""

import json
import re
from collections.abc import AsyncIterator
from html import unescape

import httpx
import pytest

from schemas import topics
from schemas.roles import ActingRole
from schemas.scopes import SCOPES, Scope
from schemas.vocabulary import Channel, case_id_for
from services.access.actor import Actor
from services.intake.migrations import HISTORY as INTAKES
from services.kit.http.door import Publishes
from services.router.migrations import HISTORY as ROUTERS
from tests.support.databases import Place
from tests.support.desk_town import pages_app
from tests.support.followed import FollowedBench
from tests.support.published import Log
from tests.support.shown import DeskBench, person
from tests.support.taking import Hears
from tests.support.web import talking_to

GRID = "36011100300103"
ACCEPTOR = person(ActingRole.ACCEPTOR, id_="zhou.yu")
COLLECTOR = person(ActingRole.COLLECTOR, id_="wu.di", departments=["urban-management"])
TYPED = {
    "description": "路口井盖缺失，有人摔倒",
    "place.address": "昌南路 18 号门前",
    "place.grid": GRID,
    "channel": "phone",
}
HOSTILE = "<script>alert(1)</script>'\"&#x26;{{7*7}}\u202e"

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def house(place: Place, bench: FollowedBench) -> AsyncIterator[Hears]:
    """Return a house in which every service hears what the desk says."""
    async with (
        place.opened(INTAKES, name="intake") as intake,
        place.opened(ROUTERS, name="router") as router,
    ):
        yield Hears(intake=intake, router=router, bench=bench)


async def got(desk: DeskBench, path: str, actor: Actor | None = ACCEPTOR) -> httpx.Response:
    headers = {"Accept": "text/html"}
    async with talking_to(pages_app(desk, actor), token="") as browser:
        return await browser.get(path, headers=headers)


async def sent(
    desk: DeskBench,
    form: dict[str, str],
    actor: Actor | None = ACCEPTOR,
    *,
    to: Publishes | None = None,
    language: str = "zh",
) -> httpx.Response:
    """Return what a browser gets for the form, before it is led on."""
    headers = {
        "Accept": "text/html",
        "Sec-Fetch-Site": "same-origin",
        "Accept-Language": language,
    }
    async with talking_to(pages_app(desk, actor, publisher=to), token="") as browser:
        return await browser.post("/report", data=form, headers=headers)


def carried(text: str) -> dict[str, str]:
    """Return what the form carries along unseen."""
    [form] = re.findall(r'<form class="card fields".*?</form>', text, re.DOTALL)
    return dict(re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', form))


async def looked(desk: DeskBench, typed: dict[str, str], actor: Actor = ACCEPTOR) -> dict[str, str]:
    """Return the form as it is after a look, with what was typed."""
    answer = await sent(desk, {**typed, "act": "look"}, actor)
    assert answer.status_code == 200, answer.text
    return {**typed, **carried(answer.text)}


async def saved(
    desk: DeskBench,
    typed: dict[str, str],
    to: Publishes,
    actor: Actor = ACCEPTOR,
    **beside: str,
) -> httpx.Response:
    """Return what a browser gets that looked and saved."""
    form = await looked(desk, typed, actor)
    return await sent(desk, {**form, **({"act": "save"} | beside)}, actor, to=to)


class TestDoor:
    @pytest.mark.parametrize("role", ActingRole)
    async def test_is_open_to_who_writes_reports(self, desk: DeskBench, role: ActingRole) -> None:
        allowed = Scope.REPORTS_WRITE in SCOPES[role]
        answer = await got(desk, "/report", person(role))
        assert answer.status_code == (200 if allowed else 403)
        channel = "grid_member" if role is ActingRole.COLLECTOR else "phone"
        form = {**TYPED, "channel": channel, "act": "look"}
        answer = await sent(desk, form, person(role))
        assert answer.status_code == (200 if allowed else 403)

    async def test_is_led_to_from_every_page_of_theirs(self, desk: DeskBench) -> None:
        link = 'href="/report"'
        assert link in (await got(desk, "/cases")).text
        supervisor = person(ActingRole.SUPERVISOR)
        assert link not in (await got(desk, "/cases", supervisor)).text


class TestLook:
    async def test_tells_what_it_would_be_and_why(self, desk: DeskBench) -> None:
        text = unescape((await sent(desk, {**TYPED, "act": "look"})).text)
        assert "描述中有“井盖缺失”" in text
        assert "承诺" in text

    async def test_brings_nothing_into_the_log(self, desk: DeskBench) -> None:
        log = Log()
        await sent(desk, {**TYPED, "act": "look"}, to=log)
        assert log.messages == []

    async def test_keeps_what_was_typed(self, desk: DeskBench) -> None:
        typed = TYPED | {"contact.phone": "13800138000", "exercise": "true", "category": "E0112"}
        text = unescape((await sent(desk, {**typed, "act": "look"})).text)
        assert all(value in text for value in typed.values())
        assert re.search(r'name="exercise" value="true" checked', text)

    async def test_shows_danger_at_once(self, desk: DeskBench) -> None:
        typed = TYPED | {"description": "有人被困在电梯里，快来救命"}
        text = unescape((await sent(desk, {**typed, "act": "look"})).text)
        assert 'role="alert"' in text
        assert "特急" in text

    async def test_finds_a_category_and_a_grid_by_their_titles(self, desk: DeskBench) -> None:
        plan = desk.plan
        category, grid = plan.category("E0112"), plan.grids[2]
        typed = TYPED | {"category": category.title_zh, "place.grid": grid.title_zh}
        text = unescape((await sent(desk, {**typed, "act": "look"})).text)
        assert "由您选定" in text
        assert f"<small>{category.code}</small>" in text


class TestSame:
    async def test_open_case_nearby_is_shown(self, desk: DeskBench, house: Hears) -> None:
        await saved(desk, TYPED, house)
        again = TYPED | {"description": "路口还是井盖缺失", "place.address": "昌南路 20 号"}
        text = unescape((await sent(desk, {**again, "act": "look"})).text)
        assert "类别相同、描述相近" in text
        assert "昌南路 18 号门前" in text

    async def test_is_none_of_another_grid_or_of_an_exercise(
        self, desk: DeskBench, house: Hears
    ) -> None:
        await saved(desk, TYPED, house)
        elsewhere = TYPED | {"place.grid": "36011100300104", "place.address": "湖滨东路 1 号"}
        for typed in (elsewhere, TYPED | {"exercise": "true"}):
            text = unescape((await sent(desk, {**typed, "act": "look"})).text)
            assert "附近没有相似的在办案件" in text

    async def test_is_found_by_its_address_alone(self, desk: DeskBench, house: Hears) -> None:
        typed = TYPED | {"place.grid": ""}
        await saved(desk, typed, house)
        again = typed | {"description": "这里的情况说不清楚", "place.address": "昌南路18号门前"}
        text = unescape((await sent(desk, {**again, "act": "look"})).text)
        assert "地址相同" in text

    async def test_that_is_chosen_takes_the_report_in(self, desk: DeskBench, house: Hears) -> None:
        await saved(desk, TYPED, house)
        first = house.reports[0].case_id
        again = TYPED | {"description": "路口还是井盖缺失"}
        answer = await saved(desk, again, house, act="", joins=str(first))
        assert answer.status_code == 303
        view = await desk.view(house.reports[1].case_id)
        assert view is not None
        assert view.merged_into == first
        text = unescape((await got(desk, answer.headers["Location"])).text)
        assert "此事已有人反映" in text
        assert f"/cases/{first}" in text

    async def test_is_offered_once_more_where_that_was_too_early(
        self, desk: DeskBench, house: Hears, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.desk.pages.report_read_back.EFFECT_SECONDS", 0.0)
        await saved(desk, TYPED, house)
        first, slow = house.reports[0], Hears(house.intake, house.router, house.bench, is_slow=True)
        answer = await saved(desk, TYPED, slow, act="", joins=str(first.case_id))
        await house._report(slow.reports[0])
        text = unescape((await got(desk, answer.headers["Location"])).text)
        assert "尚未并入" in text
        assert f"/merge?into={first.case_id}" in text

    async def test_is_not_for_who_merges_nothing(self, desk: DeskBench, house: Hears) -> None:
        await saved(desk, TYPED, house)
        typed = TYPED | {"channel": "grid_member"}
        form = await sent(desk, {**typed, "act": "look"}, COLLECTOR)
        assert 'name="joins"' not in form.text


class TestSave:
    async def test_becomes_what_was_shown(self, desk: DeskBench, house: Hears) -> None:
        for typed in (
            TYPED,
            TYPED | {"description": "有人被困在电梯里，快来救命", "place.grid": ""},
            TYPED | {"description": "这里的情况说不清楚", "place.address": ""},
            TYPED | {"category": "P0137", "channel": "resident", "exercise": "true"},
        ):
            form = await looked(desk, typed)
            shown = unescape((await sent(desk, {**form, "act": "look"})).text)
            answer = await sent(desk, {**form, "act": "save"}, to=house)
            assert answer.status_code == 303
            view = await desk.view(house.reports[-1].case_id)
            assert view is not None
            assert form["shown"] == f"{view.category} {view.urgency}"
            # The notifier's promise, as the page that reads back has it, is what was shown before.
            told = unescape((await got(desk, answer.headers["Location"])).text)
            [promised] = re.findall(r"我们将在 (.*) 前办结", told)
            assert f"承诺 {promised} 前办结" in shown
            assert (await house.bench.case(view.case_id))["promised_by"] == view.promised_by

    async def test_says_who_reports_and_how(self, desk: DeskBench, house: Hears) -> None:
        typed = TYPED | {"contact.name": "李雷", "contact.phone": "13800138000"}
        await saved(desk, typed, house)
        [report] = house.reports
        assert (report.source, report.channel, report.exercise) == ("desk", Channel.PHONE, False)
        assert report.contact is not None
        assert (report.contact.name, report.contact.phone) == ("李雷", "13800138000")
        assert report.category is None

    async def test_keeps_no_contact_here(self, desk: DeskBench, house: Hears) -> None:
        await saved(desk, TYPED | {"contact.name": "李雷", "contact.phone": "13800138000"}, house)
        kept = repr(await desk.rows())
        assert "昌南路" in kept
        assert "李雷" not in kept
        assert "13800138000" not in kept

    async def test_twice_is_one_report(self, desk: DeskBench, house: Hears) -> None:
        form = await looked(desk, TYPED)
        first, second = [await sent(desk, {**form, "act": "save"}, to=house) for _ in range(2)]
        assert first.headers["Location"] == second.headers["Location"]
        assert len({one.id for one in house.reports}) == 1
        assert [event.type for event in house.events] == ["case.registered"]

    async def test_of_another_form_is_another_report(self, desk: DeskBench, house: Hears) -> None:
        for _ in range(2):
            await saved(desk, TYPED, house)
        other = person(ActingRole.ACCEPTOR, id_="sun.li")
        form = await looked(desk, TYPED)
        for actor in (ACCEPTOR, other):
            await sent(desk, {**form, "act": "save"}, actor, to=house)
        assert len({one.id for one in house.reports}) == 4

    async def test_of_what_was_not_shown_is_shown_first(self, desk: DeskBench) -> None:
        log = Log()
        form = await looked(desk, TYPED)
        changed = form | {"description": "路灯不亮", "act": "save"}
        answer = await sent(desk, changed, to=log)
        assert (answer.status_code, log.messages) == (409, [])
        assert "判定不同" in answer.text
        # Nor is one that nobody looked at.
        answer = await sent(desk, {**TYPED, "act": "save"}, to=log)
        assert (answer.status_code, log.messages) == (409, [])

    async def test_waits_on_its_page_while_the_log_is_away(self, desk: DeskBench) -> None:
        answer = await saved(desk, TYPED, Log(is_down=True))
        text = unescape(answer.text)
        assert (answer.status_code, TYPED["description"] in text) == (503, True)
        assert carried(text)["shown"]

    async def test_is_on_its_way_until_it_is_a_case(
        self, desk: DeskBench, house: Hears, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.desk.pages.report_read_back.EFFECT_SECONDS", 0.0)
        house.is_slow = True
        answer = await saved(desk, TYPED, house)
        where = answer.headers["Location"]
        text = unescape((await got(desk, where)).text)
        assert "正在立案" in text
        number = where.removeprefix("/report/")
        assert number in text
        assert house.reports[0].case_id == case_id_for("desk", number)
        # Who sees only what is theirs is not told to wait for it.
        text = unescape((await got(desk, where, COLLECTOR)).text)
        assert "您可能无权查看" in text

    async def test_that_intake_merges_itself_is_said_to_be_known(
        self, desk: DeskBench, house: Hears
    ) -> None:
        answer = await saved(desk, TYPED, house)
        number = answer.headers["Location"].removeprefix("/report/")
        assert number == house.reports[0].id
        text = unescape((await got(desk, answer.headers["Location"])).text)
        assert f"您的登记号是 {number}" in text

    async def test_of_somebody_signed_out_waits_on_its_page(self, desk: DeskBench) -> None:
        form = await looked(desk, TYPED | {"contact.phone": "13800138000"})
        answer = await sent(desk, {**form, "act": "save"}, None)
        text = unescape(answer.text)
        assert answer.status_code == 401
        assert TYPED["description"] in text
        assert "<dt>反映什么</dt>" in text
        assert 'name="act" value="save"' in text


class TestFaults:
    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({"description": " "}, "请写明反映什么"),
            ({"place.address": "", "place.grid": ""}, "请填写网格或地址"),
            ({"place.grid": "nowhere"}, "没有这个网格"),
            ({"category": "nothing of ours"}, "没有这个类别"),
            ({"channel": "sensor"}, "没有这种来源"),
            ({"contact.phone": "1" * 41}, "最多 40 个字"),
            ({"place.address": "x" * 501}, "最多 500 个字"),
        ],
    )
    async def test_stands_beside_its_field(
        self, desk: DeskBench, change: dict[str, str], told: str
    ) -> None:
        typed = TYPED | change
        answer = await sent(desk, {**typed, "act": "look"})
        text = unescape(answer.text)
        assert (answer.status_code, told in text) == (422, True)
        [name] = {name.partition("wrong-")[2] for name in re.findall(r'id="(wrong-[^"]*)"', text)}
        assert name in change
        assert f'aria-describedby="wrong-{name}"' in text or name == "channel"
        assert all(value in text for key, value in typed.items() if value and key != "channel")

    @pytest.mark.parametrize("name", [*TYPED, "category", "contact.name", "contact.phone", "once"])
    async def test_hostile_text_is_text(self, desk: DeskBench, house: Hears, name: str) -> None:
        answer = await sent(desk, {**TYPED, name: HOSTILE, "act": "look"})
        assert "<script>alert" not in answer.text
        assert answer.status_code in {200, 422}
        if answer.status_code == 200:
            form = {**carried(answer.text), **TYPED, name: HOSTILE, "act": "save"}
            taken = await sent(desk, form, to=house)
            assert taken.status_code == 303
            page = await got(desk, taken.headers["Location"])
            assert "<script>alert" not in page.text

    @pytest.mark.parametrize("number", ["x", "0000-0000-000I", "0000-0000-0000-0000", "%00"])
    async def test_number_of_nothing_is_refused(self, desk: DeskBench, number: str) -> None:
        assert (await got(desk, f"/report/{number}")).status_code in {404, 422}


class TestLog:
    async def test_gets_the_report_under_its_own_key(self, desk: DeskBench) -> None:
        log = Log()
        await saved(desk, TYPED | {"channel": "grid_member"}, log, COLLECTOR)
        [message] = log.messages
        told = json.loads(message.value or b"")
        assert message.topic == topics.INCIDENT_REPORTS
        assert message.key == f"desk/{told['id']}"
        assert "acting" not in told
