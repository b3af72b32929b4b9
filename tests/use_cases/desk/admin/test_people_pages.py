"""The pages of people: whoever may let people in lists, adds, changes and disables them."""

import re
from html import unescape

import httpx
import pytest

from schemas.roles import ActingRole
from services.desk.domain.people import Membership
from services.desk.store import audit, people, sessions
from services.desk.store.people import Known
from services.desk.use_cases import accounts
from services.desk.use_cases.people import set_disabled
from tests.support.desk import BROWSER, GOOD, Desk
from tests.support.desk_town import HOSTILE, asked, page_of, sent
from tests.support.shown import DeskBench, person

ADMINISTRATOR = person(ActingRole.ADMINISTRATOR, id_="admin")
NEW = {"id": "li.wei", "name": "李伟", "role.handler": "true"}

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def shown(desk: Desk) -> DeskBench:
    """Return the pages of a desk that one administrator is known to."""
    await desk.let_in("admin", ActingRole.ADMINISTRATOR)
    return DeskBench(desk.database, now=desk.clock())


async def known(desk: DeskBench, id_: str) -> Known:
    async with desk.database.read() as conn:
        found = await people.person_of(conn, id_)
    assert found is not None
    return found


async def deeds(desk: DeskBench, about: str) -> list[tuple[str, str]]:
    """Return what was done with somebody, and by whom."""
    async with desk.database.read() as conn:
        found = await audit.entries(conn, most=50, about=about)
    return [(one.deed, one.by.id) for one in found]


async def act(desk: DeskBench, id_: str, **given: str) -> httpx.Response:
    return await sent(desk, f"/people/{id_}", given, ADMINISTRATOR)


async def add(desk: DeskBench, **changes: str) -> httpx.Response:
    return await sent(desk, "/new-person", NEW | changes, ADMINISTRATOR)


class TestDepartment:
    async def test_is_asked_for_of_who_would_see_nothing_without(self, shown: DeskBench) -> None:
        cases = (("handler", ""), ("department", ""), ("handler", "fire"), ("dispatcher", ""))
        told = []
        for number, (role, department) in enumerate(cases):
            id_ = f"li.{number}"
            form = {"id": id_, "name": "李", f"role.{role}": "true", "department.0": department}
            await sent(shown, "/new-person", form, ADMINISTRATOR)
            told.append("却不属于任何部门" in await page_of(shown, f"/people/{id_}", ADMINISTRATOR))
        assert told == [True, True, False, False]


class TestWhoMay:
    @pytest.mark.parametrize(
        "path",
        [
            "/people",
            "/new-person",
            "/people/admin",
            "/keys",
            "/new-key",
            "/open-sessions",
            "/audit",
        ],
    )
    async def test_is_the_administrator_alone(self, shown: DeskBench, path: str) -> None:
        for role in ActingRole:
            answer = await asked(shown, path, person(role))
            may = role is ActingRole.ADMINISTRATOR
            told = (answer.status_code, "您无权" in answer.text, "须出示第二因素" in answer.text)
            assert told == ((200, False, False) if may else (403, True, True)), role

    @pytest.mark.parametrize("path", ["/people/admin", "/new-person", "/open-sessions", "/new-key"])
    async def test_sends_a_form(self, shown: DeskBench, path: str) -> None:
        for role in set(ActingRole) - {ActingRole.ADMINISTRATOR}:
            answer = await sent(shown, path, {"do": "disable", **NEW}, person(role))
            assert answer.status_code == 403
        assert (await known(shown, "admin")).disabled_at is None

    async def test_begins_with_people(self, shown: DeskBench) -> None:
        assert (await asked(shown, "/", ADMINISTRATOR)).headers["location"] == "/people"


class TestList:
    async def test_finds_by_name_and_id_and_goes_on(self, shown: DeskBench, desk: Desk) -> None:
        for n in range(101):
            await desk.add(f"p{n:03}", ActingRole.HANDLER, departments=["police"])
        first = await page_of(shown, "/people", ADMINISTRATOR)
        assert ("p098 by name" in first, "p100 by name" in first) == (True, False)
        following = re.search(r'href="(/people\?text=&after=[^"]*)"', first)
        assert following is not None
        assert "p100 by name" in await page_of(shown, following[1], ADMINISTRATOR)
        found = await page_of(shown, "/people?text=P042+BY", ADMINISTRATOR)
        assert ("p042" in found, "p041" in found) == (True, False)
        assert "没有符合条件的人员" in await page_of(shown, "/people?text=%25", ADMINISTRATOR)

    async def test_says_who_is_disabled(self, shown: DeskBench, desk: Desk) -> None:
        await desk.add("li", ActingRole.HANDLER)
        assert "已停用" not in await page_of(shown, "/people", ADMINISTRATOR)
        await set_disabled("li", disabled=True, database=desk.database, now=desk.clock())
        assert "已停用" in await page_of(shown, "/people", ADMINISTRATOR)


class TestAdding:
    async def test_keeps_them_and_who_did_it(self, shown: DeskBench) -> None:
        places = {"department.1": "police", "areas.1": "36011100300103", "shift.1": "night"}
        answer = await add(shown, **places, **{"department.2": "", "areas.2": "", "shift.2": ""})
        assert answer.headers["location"] == "/people/li.wei?done=person_added"
        found = (await known(shown, "li.wei")).described
        assert (found.name, {*found.roles}) == ("李伟", {ActingRole.HANDLER})
        place = Membership(department="police", area="36011100300103", shift="night")
        assert found.memberships == {place}
        assert await deeds(shown, "li.wei") == [("person_added", "admin")]
        told = await page_of(shown, answer.headers["location"], ADMINISTRATOR)
        assert ("已添加" in told, "admin (admin) 操作" in told) == (True, True)

    async def test_of_a_known_id_changes_nobody(self, shown: DeskBench) -> None:
        answer = await add(shown, id="admin", name="Somebody else")
        assert (answer.status_code, "已有此编号" in answer.text) == (409, True)
        assert (await known(shown, "admin")).described.name == "admin by name"

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"id": ""}, "<b>编号</b> 须填写"),
            ({"id": "key:hotline"}, "<b>编号</b> 含有不能使用的字符"),
            ({"name": ""}, "<b>名称</b> 须填写"),
            ({"name": "a\nb"}, "<b>名称</b> "),
            ({"role.handler": "", "department.1": "nowhere"}, "<b>部门</b> 没有 'nowhere'"),
            ({"department.1": "", "areas.1": "x"}, "<b>区域</b> 没有 'x'"),
            ({"department.1": "police", "shift.1": "x" * 101}, "<b>班次</b> 最多 100 个"),
            ({"department.1": "police", "shift.1": "a\x1bb"}, "<b>班次</b> "),
        ],
    )
    async def test_in_vain_keeps_what_was_typed(
        self, shown: DeskBench, given: dict[str, str], told: str
    ) -> None:
        answer = await add(shown, **given)
        text = unescape(answer.text)
        assert (answer.status_code, told in text, "未提交" in text) == (422, True, True)
        assert all(f'value="{value}"' in text for value in given.values() if value.isalnum())

    @pytest.mark.parametrize("id_", [HOSTILE, "a/b c", "../keys", "name?x=1&y", "<b>"])
    async def test_of_any_id_that_may_be_leads_to_their_page(
        self, shown: DeskBench, id_: str
    ) -> None:
        answer = await add(shown, id=id_, name=HOSTILE)
        if answer.status_code == 422:
            return
        page = await asked(shown, answer.headers["location"], ADMINISTRATOR)
        assert page.status_code == 200
        assert ("<script>" in page.text, HOSTILE in unescape(page.text)) == (False, True)
        assert (await known(shown, id_)).described.name == HOSTILE


class TestChanging:
    async def test_of_roles_ends_their_sessions(self, shown: DeskBench, desk: Desk) -> None:
        await desk.let_in("li", ActingRole.HANDLER)
        given = {"name": "Li", "role.dispatcher": "true", "version": "1"}
        answer = await act(shown, "li", do="change", **given)
        assert answer.headers["location"] == "/people/li?done=person_changed"
        assert (await known(shown, "li")).described.roles == {ActingRole.DISPATCHER}
        async with desk.database.read() as conn:
            assert await sessions.sessions_of(conn, "li") == []

    async def test_does_not_overwrite_what_somebody_else_did(
        self, shown: DeskBench, desk: Desk
    ) -> None:
        await desk.add("li", ActingRole.HANDLER)
        await desk.add("li", ActingRole.DISPATCHER)
        given = {"name": "Li", "role.handler": "true", "version": "1"}
        answer = await act(shown, "li", do="change", **given)
        assert (answer.status_code, "已有变更" in answer.text) == (409, True)
        assert (await known(shown, "li")).described.roles == {ActingRole.DISPATCHER}
        # Who has seen that and sends it again means it.
        [version] = re.findall(r'name="version" value="(\d+)"', answer.text)
        answer = await act(shown, "li", do="change", **given | {"version": version})
        assert answer.status_code == 303
        assert (await known(shown, "li")).described.roles == {ActingRole.HANDLER}

    async def test_shows_and_keeps_several_places(self, shown: DeskBench) -> None:
        places = {"department.1": "police", "department.2": "fire", "shift.2": "夜班"}
        await add(shown, **places)
        page = await page_of(shown, "/people/li.wei", ADMINISTRATOR)
        fields = dict(
            re.findall(r'name="((?:areas|shift|version|name)[.0-9]*)" value="([^"]*)"', page)
        )
        chosen = re.findall(r'<option value="([^"]*)" selected>', page)
        departments = {f"department.{n}": one for n, one in enumerate(chosen, start=1)}
        before = (await known(shown, "li.wei")).described
        answer = await act(
            shown, "li.wei", do="change", **fields, **departments, **{"role.handler": "true"}
        )
        assert answer.status_code == 303
        assert (await known(shown, "li.wei")).described == before

    @pytest.mark.parametrize("version", ["", "-1", "9" * 40, "１", "x"])
    async def test_from_no_page_of_ours_is_refused(self, shown: DeskBench, version: str) -> None:
        given = {"name": "x", "role.handler": "true", "version": version}
        assert (await act(shown, "admin", do="change", **given)).status_code == 409
        assert (await act(shown, "admin", do="unheard")).status_code == 422


class TestLastAdministrator:
    async def test_is_not_disabled_and_keeps_the_role(self, shown: DeskBench) -> None:
        demote = {"name": "x", "role.handler": "true", "version": "1"}
        for given in ({"do": "disable"}, {"do": "change", **demote}):
            answer = await act(shown, "admin", **given)
            assert (answer.status_code, "最后一位管理员" in answer.text) == (409, True)
        found = await known(shown, "admin")
        assert (found.disabled_at, found.version) == (None, 1)
        assert "person_disabled" not in dict(await deeds(shown, "admin"))

    async def test_is_one_who_is_let_in(self, shown: DeskBench, desk: Desk) -> None:
        await desk.add("other", ActingRole.ADMINISTRATOR)
        assert (await act(shown, "other", do="disable")).status_code == 303
        assert (await act(shown, "admin", do="disable")).status_code == 409
        assert (await act(shown, "other", do="enable")).status_code == 303
        assert (await act(shown, "admin", do="disable")).status_code == 303


class TestWaysIn:
    async def test_link_is_shown_once_and_opens(self, shown: DeskBench, desk: Desk) -> None:
        await desk.add("li", ActingRole.HANDLER)
        answer = await act(shown, "li", do="link")
        [token] = re.findall(r"/first/([A-Za-z0-9_-]+)", answer.text)
        assert "no-store" in answer.headers["cache-control"]
        for path in ("/people/li", "/people", "/audit"):
            assert token not in await page_of(shown, path, ADMINISTRATOR)
        assert ("link_given", "admin") in await deeds(shown, "li")
        await accounts.first_password(token, GOOD, BROWSER, identity=desk.identity)

    async def test_link_takes_a_lost_second_factor_away(self, shown: DeskBench, desk: Desk) -> None:
        token = await desk.let_in("chen", ActingRole.SUPERVISOR)
        await desk.with_factor(token)
        await act(shown, "chen", do="link")
        assert "取消第二因素" not in await page_of(shown, "/audit?about=chen", ADMINISTRATOR)
        await act(shown, "chen", do="link", without_factor="true")
        assert ("factor_taken_away", "admin") in await deeds(shown, "chen")

    async def test_link_is_for_nobody_who_is_disabled(self, shown: DeskBench, desk: Desk) -> None:
        await desk.add("li", ActingRole.HANDLER)
        await act(shown, "li", do="disable")
        answer = await act(shown, "li", do="link")
        assert (answer.status_code, "/first/" in answer.text) == (409, False)

    async def test_sessions_end_all_at_once(self, shown: DeskBench, desk: Desk) -> None:
        token = await desk.let_in("li", ActingRole.HANDLER)
        assert (await act(shown, "li", do="end_sessions")).status_code == 303
        assert ("sessions_ended", "admin") in await deeds(shown, "li")
        with pytest.raises(AssertionError):
            await desk.who(token)

    async def test_of_nobody_is_no_page(self, shown: DeskBench) -> None:
        assert (await asked(shown, "/people/nobody", ADMINISTRATOR)).status_code == 404
        assert (await act(shown, "nobody", do="enable")).status_code == 404
