"""Cases that may be one: which are shown, the look before they are merged, and the way back."""

import re
from functools import partial
from html import unescape

import httpx
import pytest

from schemas.events.incident import Place, Point
from schemas.roles import ActingRole
from services.access.actor import Actor
from services.desk.domain.similar import NEAR_METRES, similar_to
from services.desk.store import nearby
from services.kit.http.door import Publishes
from tests.support.desk_town import Heard, asked, page_of, pages_app, viewed
from tests.support.explained import explained
from tests.support.followed import FollowedBench
from tests.support.notifier import assigned, case_of, merged, registered
from tests.support.shown import DeskBench, person
from tests.support.web import talking_to

LEAD = "urban-management"
GRID, BESIDE = "36011100300103", "36011100300104"
ONE, OTHER = case_of("1"), case_of("2")
LOOK = f"/cases/{ONE}/merge?into={OTHER}"
SHIFT_LEAD = person(ActingRole.SHIFT_LEAD, id_="chen.jing")
DISPATCHER = person(ActingRole.DISPATCHER, id_="li.wei")
HANDLER = person(ActingRole.HANDLER, id_="wang.fang", departments=[LEAD])

pytestmark = pytest.mark.timeout(300)


def at(lat: float, lon: float = 115.95) -> Place:
    """Return a place in the grid."""
    return Place(grid=GRID, point=Point(lat=lat, lon=lon), address="昌南路 18 号")


@pytest.fixture(autouse=True)
async def known(bench: FollowedBench) -> FollowedBench:
    """Return a notifier with two cases 111 m from each other, and one far away in their grid."""
    await bench.tell(
        registered(report="1", place=at(28.688), description="井盖缺失，电动车摔倒"),
        registered(report="2", place=at(28.689), description="井盖缺失，有人摔倒"),
        registered(report="3", place=at(28.788), description="井盖缺失，有人摔倒"),
        assigned(LEAD, "police", report="1"),
        assigned(LEAD, report="2"),
    )
    return bench


def similar(text: str) -> list[str]:
    """Return which cases a page shows as similar."""
    found = re.search(r'class="card similar".*?</section>', text, re.DOTALL)
    return [] if found is None else re.findall(r'href="/cases/([^"/]*)"', found[0])


async def posted(
    desk: DeskBench, path: str, form: dict[str, str], actor: Actor, *, to: Publishes
) -> httpx.Response:
    """Return what a browser gets for a form, after it was led on."""
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    async with talking_to(pages_app(desk, actor, publisher=to), token="") as browser:
        return await browser.post(path, data=form, headers=headers, follow_redirects=True)


def form_of(text: str, kind: str) -> dict[str, str]:
    """Return what a page's form of a kind carries along."""
    [form] = [f for f in re.findall(r"<form.*?</form>", text, re.DOTALL) if f'value="{kind}"' in f]
    return dict(re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', form))


class TestSimilar:
    async def test_are_near_and_alike_and_say_why(self, desk: DeskBench) -> None:
        text = await page_of(desk, f"/cases/{ONE}", SHIFT_LEAD)
        assert similar(text) == [str(OTHER)]
        assert "相距 111 米、地址相同、类别相同、描述相近" in text
        assert f'href="{LOOK}"' in text

    async def test_are_only_what_somebody_may_see_and_do(self, desk: DeskBench) -> None:
        assert f'href="{LOOK}"' not in await page_of(desk, f"/cases/{ONE}", HANDLER)
        police = person(ActingRole.HANDLER, departments=["police"])
        assert similar(await page_of(desk, f"/cases/{ONE}", police)) == []

    async def test_have_not_ended(self, known: FollowedBench, desk: DeskBench) -> None:
        await known.say(LEAD, "accepted", "started", "done", report="2")
        assert (await known.case(OTHER))["closed_at"] is not None
        assert similar(await page_of(desk, f"/cases/{ONE}", SHIFT_LEAD)) == []

    async def test_are_no_exercise_of_what_is_real(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        await known.tell(registered(report="4", place=at(28.688), exercise=True))
        assert similar(await page_of(desk, f"/cases/{ONE}", SHIFT_LEAD)) == [str(OTHER)]

    @pytest.mark.parametrize("far", [False, True])
    async def test_are_near_across_the_border_of_a_grid(
        self, known: FollowedBench, desk: DeskBench, *, far: bool
    ) -> None:
        there = Place(grid=BESIDE, point=Point(lat=28.68804 + far * 0.003, lon=115.95))
        await known.tell(registered(report="4", place=there))
        found = similar(await page_of(desk, f"/cases/{ONE}", SHIFT_LEAD))
        assert (str(case_of("4")) in found) is not far

    async def test_are_of_the_same_grid_where_a_place_has_no_point(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        await known.tell(
            registered(report="4", place=Place(grid=GRID)),
            registered(report="5", place=Place(grid=BESIDE)),
        )
        pages = [await page_of(desk, f"/cases/{case_of(n)}", SHIFT_LEAD) for n in "145"]
        of_point, of_grid, of_other = map(similar, pages)
        assert of_point == [str(OTHER), str(case_of("4"))]
        assert {*of_grid} == {str(ONE), str(OTHER), str(case_of("3"))}
        assert of_other == []

    async def test_follow_a_case_to_where_it_is_corrected_to(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        away = {"point": {"lat": 28.7, "lon": 115.95}, "grid": BESIDE}
        lead = {"person": "chen.jing", "roles": ["shift_lead"], "door": "desk"}
        command = known.command("case.correct", report="2", place=away, reason="x", acting=lead)
        await known.read(command)
        view = await desk.view(OTHER)
        assert view is not None
        assert view.grid == BESIDE
        assert similar(await page_of(desk, f"/cases/{ONE}", SHIFT_LEAD)) == []

    @pytest.mark.parametrize("where", [at(28.688), Place(grid=GRID)])
    async def test_are_found_without_what_has_ended(self, desk: DeskBench, where: Place) -> None:
        told = where.model_dump(exclude_none=True)
        ask = partial(nearby.around, place=told, exercise=False, actor=SHIFT_LEAD, most=200)
        async with desk.database.read() as conn:
            plan = await explained(conn, ask)
        index = "ix_case_view_open_cell" if where.point else "ix_case_view_open_grid"
        assert index in plan
        assert not re.search("(?i)scan (on )?case_view", plan)

    def test_begin_with_what_most_speaks_for(self) -> None:
        here = {"grid": GRID, "point": {"lat": 28.688, "lon": 115.95}}
        far = {"grid": GRID, "point": {"lat": 28.688, "lon": 115.96}}
        of = viewed(place=here, description="井盖缺失")
        alike = viewed(case_id=case_of("2"), place=here, description="井盖缺失")
        kind = viewed(case_id=case_of("3"), place={"grid": GRID}, description="")
        other = viewed(case_id=case_of("4"), category="P0137", place={"grid": GRID})
        away = viewed(case_id=case_of("5"), place=far, description="井盖缺失")
        found = similar_to(of, [kind, away, other, alike], most=5)
        assert [one.view for one in found] == [alike, kind]
        assert found[0].metres is not None
        assert found[0].metres <= NEAR_METRES
        assert similar_to(of, [kind, alike], most=1) == found[:1]


class TestLookBefore:
    async def test_says_what_will_happen(self, desk: DeskBench) -> None:
        text = await page_of(desk, LOOK, SHIFT_LEAD)
        for told in ("电动车摔倒", "有人摔倒", "相距 111 米", "城管执法队、", "1 位反映人"):
            assert told in text
        assert f'href="/cases/{OTHER}/merge?into={ONE}"' in text
        assert form_of(text, "case.merge")["into"] == str(OTHER)

    async def test_says_why_not(self, known: FollowedBench, desk: DeskBench) -> None:
        same = await page_of(desk, f"/cases/{ONE}/merge?into={ONE}", SHIFT_LEAD)
        unassigned = await page_of(desk, f"/cases/{case_of('3')}/merge?into={ONE}", SHIFT_LEAD)
        await known.say(LEAD, "accepted", "started", "done", report="2")
        ended = await page_of(desk, LOOK, SHIFT_LEAD)
        for text, why in (
            (same, "同一件"),
            (unassigned, "派出后方可"),
            (ended, "第二件已经结束"),
        ):
            assert why in text
            assert "case.merge" not in text

    async def test_offers_nothing_to_who_may_not(self, desk: DeskBench) -> None:
        text = await page_of(desk, LOOK, DISPATCHER)
        assert ("case.merge" in text, "受理员或值班长" in text) == (False, True)

    async def test_is_of_cases_that_somebody_may_see(self, desk: DeskBench) -> None:
        police = person(ActingRole.HANDLER, departments=["police"])
        assert (await asked(desk, LOOK, police)).status_code == 404
        for into in ("", "x", case_of("none")):
            path = f"/cases/{ONE}/merge?into={into}"
            assert (await asked(desk, path, SHIFT_LEAD)).status_code in {404, 422}


class TestMerge:
    async def test_ends_the_first_and_is_taken_back(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        log = Heard(known)
        form = form_of(await page_of(desk, LOOK, SHIFT_LEAD), "case.merge") | {"reason": "同一井盖"}
        answer = await posted(desk, f"/cases/{ONE}/commands", form, SHIFT_LEAD, to=log)
        text = unescape(answer.text)
        assert ("已生效" in text, f'href="/cases/{OTHER}"' in text) == (True, True)
        assert "在此解除并案" in text
        assert "请联系受理员" in await page_of(desk, f"/cases/{ONE}", DISPATCHER)

        back = form_of(text, "case.unmerge") | {"reason": "是另一处"}
        answer = await posted(desk, f"/cases/{ONE}/commands", back, SHIFT_LEAD, to=log)
        assert "已生效" in unescape(answer.text)
        assert (await known.case(ONE))["merged_into"] is None

    async def test_is_not_sent_over_what_somebody_else_did(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        form = form_of(await page_of(desk, LOOK, SHIFT_LEAD), "case.merge") | {"reason": "x"}
        wang = {"person": "wang.fang", "roles": ["handler"], "door": "desk"}
        await known.say(LEAD, "accepted", acting=wang)
        answer = await posted(desk, f"/cases/{ONE}/commands", form, SHIFT_LEAD, to=Heard(known))
        assert answer.status_code == 409

    async def test_of_what_was_merged_itself_says_so(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        form = form_of(await page_of(desk, LOOK, SHIFT_LEAD), "case.merge") | {"reason": "x"}
        await posted(desk, f"/cases/{ONE}/commands", form, SHIFT_LEAD, to=Heard(known))
        await known.tell(assigned(LEAD, report="3"), merged("31", into="3", at=known.now))
        text = await page_of(desk, f"/cases/{case_of('3')}/merge?into={ONE}", SHIFT_LEAD)
        assert "已并入另一案件" in text
