"""Photos that were brought by mistake: who takes them away, when their bytes go, and what stays."""

import re
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from schemas.roles import ActingRole
from services.access.actor import Actor
from services.access.file_references import file_of
from services.desk.store.identity_tables import AuditEntry
from services.desk.use_cases.taking_away import clear
from services.kit.sql.declaring import table_of
from tests.support.desk_files import MemoryFiles, files_on, photo
from tests.support.desk_town import page_of
from tests.support.desk_town import sent as posted
from tests.support.followed import FollowedBench
from tests.support.notifier import assigned, case_of, registered
from tests.support.shown import DeskBench, person
from tests.use_cases.desk.cases.pages.test_photos import CASE, LEAD, POLICE, WANG, sent, status_of

LI = person(ActingRole.HANDLER, id_="li.na", departments=[LEAD])
OTHER = f"/cases/{case_of('2')}"

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def store(desk: DeskBench) -> MemoryFiles:
    """Return where the desk's bytes are."""
    found = files_on(desk.database, clock=lambda: desk.now).store
    assert isinstance(found, MemoryFiles)
    return found


@pytest.fixture(autouse=True)
async def known(bench: FollowedBench, store: MemoryFiles) -> FollowedBench:
    """Return a notifier with a case that a department is at, and another one."""
    store.kept.clear()
    await bench.tell(registered(), assigned(LEAD, "police"))
    await bench.tell(registered(report="2"), assigned(LEAD, report="2"))
    await bench.say(LEAD, "accepted", "started")
    return bench


async def brought(desk: DeskBench, *contents: bytes, actor: Actor = WANG, at: str = CASE) -> str:
    """Return the page of a case to which somebody brought files."""
    answer = await sent(desk, {}, [("file", one) for one in contents], actor, at=at)
    assert answer.status_code == 200, answer.text
    return answer.text


def ways(text: str) -> list[str]:
    """Return where files of a page are taken away."""
    return re.findall(r'action="([^"]*/away)"', text)


async def taken(desk: DeskBench, way: str, actor: Actor = WANG) -> httpx.Response:
    """Return what a browser gets that takes a file away."""
    return await posted(desk, way, {"": ""}, actor)


async def cleared(desk: DeskBench, *, hours: int = 25) -> None:
    """Let time pass, and the sweep look."""
    desk.now += timedelta(hours=hours)
    await clear(files_on(desk.database, clock=lambda: desk.now))


class TestMistake:
    async def test_is_shown_no_more_and_recorded(self, desk: DeskBench) -> None:
        await brought(desk, photo())
        text = await page_of(desk, CASE, WANG)
        [way], [small] = ways(text), {*re.findall(r'<img src="([^"]*)"', text)}
        answer = await taken(desk, way)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{CASE}#files")
        assert "<img" not in await page_of(desk, CASE, WANG)
        assert await status_of(desk, small, WANG) == 404
        async with desk.database.read() as conn:
            [entry] = (await conn.execute(select(table_of(AuditEntry)))).mappings()
        assert (entry["deed"], entry["by_id"]) == ("file_taken_away", WANG.id)
        assert entry["about"] == str(case_of())
        assert way.split("/")[4] in entry["detail"]

    async def test_goes_with_its_bytes_a_day_later(
        self, desk: DeskBench, store: MemoryFiles
    ) -> None:
        [way] = ways(await brought(desk, photo()))
        await taken(desk, way)
        await cleared(desk, hours=23)
        assert store.kept
        await cleared(desk, hours=2)
        assert store.kept == {}

    async def test_leaves_the_bytes_that_another_case_has(
        self, desk: DeskBench, store: MemoryFiles
    ) -> None:
        [way] = ways(await brought(desk, photo()))
        await brought(desk, photo(), at=OTHER)
        await taken(desk, way)
        await cleared(desk)
        assert store.kept

    async def test_can_be_brought_again_by_somebody_else(
        self, desk: DeskBench, store: MemoryFiles
    ) -> None:
        [way] = ways(await brought(desk, photo()))
        await taken(desk, way)
        assert ways(await brought(desk, photo(), actor=LI)) == [way]
        await cleared(desk)
        assert store.kept
        assert (await taken(desk, way, WANG)).status_code == 404

    async def test_is_for_who_made_it_alone(self, desk: DeskBench) -> None:
        [way] = ways(await brought(desk, photo()))
        for actor in (LI, POLICE):
            assert ways(await page_of(desk, CASE, actor)) == []
            assert (await taken(desk, way, actor)).status_code == 404
        for odd in (way.replace(CASE, OTHER), f"{CASE}/files/x/away"):
            assert (await taken(desk, odd)).status_code in {404, 422}
        assert ways(await page_of(desk, CASE, WANG)) == [way]


async def done(known: FollowedBench, text: str) -> UUID:
    """Say that it is done, with the first file of a page; return which that is."""
    link = re.findall(r'name="kept.before_photo" value="([^"]*)"', text)[0]
    kinds = ("before_photo", "after_photo")
    await known.say(LEAD, "done", evidence=[{"kind": kind, "link": link} for kind in kinds])
    assert (await known.case())["state"] == "closed"
    file_id = file_of(link)
    assert file_id is not None
    return file_id


class TestProof:
    async def test_stays(self, known: FollowedBench, desk: DeskBench) -> None:
        text = await brought(desk, photo(), photo("PNG"))
        first, second = ways(text)
        assert str(await done(known, text)) in first
        assert ways(await page_of(desk, CASE, WANG)) == [second]
        assert (await taken(desk, first)).status_code == 409

    async def test_that_was_on_its_way_comes_back(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        text = await brought(desk, photo())
        [way] = ways(text)
        await taken(desk, way)
        await done(known, text)
        await cleared(desk)
        assert "处置前照片、处置后照片</b>" in await page_of(desk, CASE, WANG)
