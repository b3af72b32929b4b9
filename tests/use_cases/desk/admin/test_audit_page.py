"""The audit: who did what, by what people, offices and parties are called, in the order it came."""

import re
from typing import Final

import pytest

from schemas.roles import ActingRole
from schemas.scopes import Scope
from services.desk.domain.audit import Deed, Doer
from services.desk.domain.keys import Asked
from services.desk.domain.people import Described, Membership
from services.desk.store import audit
from services.desk.use_cases import keys, people
from tests.support.desk import SECRET, Desk
from tests.support.desk_town import HOSTILE, page_of
from tests.support.shown import DeskBench, person

ADMINISTRATOR = person(ActingRole.ADMINISTRATOR, id_="admin")
HE: Final = Doer("he.jun", "何军")

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def shown(desk: Desk) -> DeskBench:
    """Return the pages of a desk on which nothing was done."""
    return DeskBench(desk.database, now=desk.clock())


async def note(
    desk: DeskBench, deed: Deed | str, about: str, detail: str = "", *, by: Doer = HE
) -> None:
    """Keep that something was done now."""
    async with desk.database.write() as conn:
        await audit.note(conn, Deed(deed), about, by=by, now=desk.now, detail=detail)


async def told(desk: DeskBench, *, language: str = "", path: str = "/audit") -> list[str]:
    """Return what the audit tells, a text for each deed, without elements."""
    page = await page_of(desk, path, ADMINISTRATOR, language=language)
    rows = re.findall(r"(?s)<li>\s*<time [^>]*>[^<]*</time>(.*?)</li>", page)
    return [" ".join(re.sub("<[^>]*>", " ", row).split()) for row in rows]


class TestTitles:
    async def test_are_those_of_a_person_in_the_readers_language(self, shown: DeskBench) -> None:
        wang = Described(
            id="wang.fang",
            name="王芳",
            roles=frozenset({ActingRole.HANDLER, ActingRole.SHIFT_LEAD}),
            memberships=frozenset({Membership(department="police")}),
        )
        async with shown.database.write() as conn:
            await people.record(conn, wang, now=shown.now, by=HE)
        police = shown.plan.departments["police"]
        assert await told(shown) == [
            f"添加人员 王芳 (wang.fang) 何军 (he.jun) 操作 处置人员、值班长 / {police.title_zh}"
        ]
        [english] = await told(shown, language="en")
        assert english.endswith(f"by 何军 (he.jun) Handler, Shift lead / {police.title_en}")
        page = await page_of(shown, "/audit", ADMINISTRATOR)
        assert '<a href="/people/wang.fang">王芳 (wang.fang)</a>' in page

    @pytest.mark.parametrize(
        ("asked", "detail"),
        [
            (
                Asked(
                    name="line",
                    scopes=frozenset({Scope.REPORTS_WRITE, Scope.COMMANDS_WRITE}),
                    roles=frozenset({ActingRole.DISPATCHER}),
                    sources=frozenset({"hotline-12345"}),
                ),
                "下达指令、上报 / 派遣员 / hotline-12345",
            ),
            (
                Asked(
                    name="line",
                    scopes=frozenset({Scope.ANSWERS_WRITE}),
                    parties=frozenset({"supervision"}),
                ),
                "答复 / {supervision}",
            ),
            (
                Asked(name="line", scopes=frozenset({Scope.METRICS_READ}), everywhere=True),
                "查看运行指标 / 全部来源和单位",
            ),
            (Asked(name="line", scopes=frozenset({Scope.METRICS_READ})), "查看运行指标"),
        ],
    )
    async def test_are_those_of_a_key(self, shown: DeskBench, asked: Asked, detail: str) -> None:
        async with shown.database.write() as conn:
            await keys.create(conn, asked, secret=SECRET.encode(), now=shown.now, by=HE)
        wanted = detail.format(supervision=shown.plan.supervision.title_zh)
        assert await told(shown) == [f"新建密钥 key:line 何军 (he.jun) 操作 {wanted}"]
        assert 'href="/keys/line"' in await page_of(shown, "/audit", ADMINISTRATOR)

    async def test_are_not_there_for_what_another_release_kept(self, shown: DeskBench) -> None:
        await note(shown, Deed.PERSON_CHANGED, "nobody", f"handler astronaut / {HOSTILE}")
        await note(shown, Deed.KEY_MADE, "key:a/b?c", "moon.fly")
        await note(shown, Deed.LETTER_REPLAYED, "cases.v1/1/7/0", "router comet")
        letter, key, who = await told(shown)
        assert letter.endswith("派遣、comet")
        assert key.endswith("moon.fly")
        assert "处置人员、astronaut / " in who
        page = await page_of(shown, "/audit", ADMINISTRATOR)
        assert 'href="/keys/a%2Fb%3Fc"' in page


class TestOrder:
    async def test_of_one_instant_is_that_in_which_it_was_done(self, shown: DeskBench) -> None:
        numbers = [str(n) for n in range(1, 9)]
        for number in numbers:
            await note(shown, Deed.SESSIONS_ENDED, "li.wei", number)
        counted = [re.findall(r"(\d+) 个", one) for one in await told(shown)]
        assert counted == [[number] for number in reversed(numbers)]
