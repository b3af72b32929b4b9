"""Photos on a case's page: brought, shown, told of, and what an answer says by them."""

import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from schemas.events.incident import Place, Point
from schemas.roles import ActingRole
from services.access.actor import Actor
from services.access.file_references import file_of
from services.kit.http.door import Publishes
from tests.support import desk_files
from tests.support.desk_files import CAMERA, PDF, FullFiles, MemoryFiles, photo
from tests.support.desk_town import Heard, page_of, pages_app
from tests.support.followed import FollowedBench
from tests.support.notifier import assigned, case_of, merged, registered
from tests.support.shown import DeskBench, key, person
from tests.support.web import talking_to

LEAD = "urban-management"
CASE = f"/cases/{case_of()}"
WANG = person(ActingRole.HANDLER, id_="wang.fang", departments=[LEAD])
POLICE = person(ActingRole.HANDLER, id_="zhao.min", departments=["police"])
JPEG = photo(at=(28.6829, 115.9582))
ACCEPTED: dict[str, Any] = {
    "reason": "the same",
    "acting": {"person": "chen.jie", "roles": ["acceptor"], "door": "desk"},
}
NEAR = Point(lat=28.6829, lon=115.9586)

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(autouse=True)
async def known(bench: FollowedBench) -> FollowedBench:
    """Return a notifier with a case that a department is at, at a point of the map."""
    fact = registered(place=Place(point=NEAR), media=("https://upstream.example/1.jpg",))
    await bench.tell(fact, assigned(LEAD, "police"))
    await bench.say(LEAD, "accepted", "started")
    return bench


async def sent(
    desk: DeskBench,
    form: dict[str, Any],
    files: list[tuple[str, bytes]],
    actor: Actor = WANG,
    *,
    to: Publishes | None = None,
    at: str = CASE,
) -> httpx.Response:
    """Return what a browser gets for a form with files, after it was led on."""
    parts: list[Any] = [(n, ("photo.jpg", one, "image/jpeg")) for n, one in files]
    # A field in which nothing was chosen comes as an empty file without a name.
    parts = parts or [("file", ("", b"", "application/octet-stream"))]
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    async with talking_to(pages_app(desk, actor, publisher=to), token="") as browser:
        return await browser.post(
            f"{at}/files", data=form, files=parts, headers=headers, follow_redirects=True
        )


def shelves(text: str) -> str:
    """Return what a page shows of photos and links."""
    found = re.search(r'<section class="card photos".*?</section>', text, re.DOTALL)
    assert found is not None
    return found[0]


async def status_of(desk: DeskBench, link: str, actor: Actor = POLICE) -> int:
    """Return what a browser gets for a picture."""
    async with talking_to(pages_app(desk, actor), token="") as browser:
        shown = await browser.get(link, headers={"Accept": "image/avif,image/*"})
    return shown.status_code


async def done_form(desk: DeskBench) -> dict[str, str]:
    """Return what the form carries along that says that work is done."""
    text = await page_of(desk, CASE, WANG)
    forms = re.findall(r"<form.*?</form>", text, re.DOTALL)
    [form] = [one for one in forms if 'value="done"' in one]
    assert f'action="{CASE}/files" enctype="multipart/form-data"' in form
    carried = dict(re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', form))
    return carried | dict.fromkeys(re.findall(r'type="url" name="([^"]*)"', form), "")


class TestShelf:
    async def test_shows_what_was_brought_when_and_where(self, desk: DeskBench) -> None:
        answer = await sent(desk, {}, [("file", JPEG), ("file", PDF)])
        text = unescape(answer.text)
        assert (answer.status_code, answer.url.fragment) == (200, "files")
        assert "拍摄于今天 12:04，距案发地约 40 米" in text
        assert (
            len(re.findall(r'<img src="[^"]*/small\?[^"]*" alt="照片 1（[^"]*wang.fang', text)) == 1
        )
        assert CAMERA not in text

    async def test_pictures_are_there_for_who_sees_the_page(self, desk: DeskBench) -> None:
        await sent(desk, {}, [("file", JPEG)])
        text = await page_of(desk, CASE, POLICE)
        [small] = re.findall(r'<img src="([^"]*)"', text)
        assert not urlsplit(small).netloc
        for actor, status in ((POLICE, 200), (WANG, 403)):
            assert await status_of(desk, small, actor) == status

    async def test_leads_to_what_others_keep_and_loads_nothing_of_it(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        links = {"before_photo": "https://dept.example/b.jpg", "after_photo": "javascript:alert(1)"}
        proofs = [{"kind": kind, "link": link} for kind, link in links.items()]
        await known.say(LEAD, "done", evidence=proofs)
        text = await page_of(desk, CASE)
        for address in ("https://upstream.example/1.jpg", links["before_photo"]):
            assert f'<a href="{address}" rel="noopener noreferrer nofollow">' in text
        assert 'href="javascript' not in text
        assert "<img" not in text

    async def test_takes_nothing_from_who_only_looks(self, desk: DeskBench) -> None:
        reader = key(departments=[LEAD])
        assert 'type="file"' not in await page_of(desk, CASE, reader)
        assert (await sent(desk, {}, [("file", JPEG)], reader)).status_code == 403

    @pytest.mark.parametrize("files", [[], [("file", b"<svg/>")], [("file", JPEG[:40])]])
    async def test_says_what_is_no_photo(
        self, desk: DeskBench, files: list[tuple[str, bytes]]
    ) -> None:
        answer = await sent(desk, {}, files)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        assert "<img" not in answer.text


@pytest.fixture
async def taken_in(known: FollowedBench, desk: DeskBench) -> FollowedBench:
    """Return a notifier whose case took in another one, with a photo, that itself had taken in one.

    The police has a part in the first alone.
    """
    for report in ("2", "3"):
        link = (f"https://upstream.example/{report}.jpg",)
        await known.tell(registered(report=report, media=link), assigned(LEAD, report=report))
        await sent(desk, {}, [("file", photo(colour="red"))], at=f"/cases/{case_of(report)}")
    for report, into in (("3", case_of("2")), ("2", case_of())):
        await known.read(known.command("case.merge", report=report, into=str(into), **ACCEPTED))
        await known.pass_time(minutes=1)  # the other one tells that it took it in
    return known


class TestJoined:
    async def test_photos_stand_under_whose_report_they_came_with(
        self, taken_in: FollowedBench, desk: DeskBench
    ) -> None:
        link = ("https://upstream.example/4.jpg",)
        await taken_in.tell(merged("4", media=link, at=taken_in.now))
        text = await page_of(desk, CASE, POLICE)
        own, of_case, of_report = re.split("<h3>", shelves(text))
        assert ("hotline-12345 / 2 " in of_case, of_case.count("<img")) == (True, 2)
        assert re.findall(r"example/(\d)\.jpg</a>", of_case) == ["2", "3"]
        assert ("hotline-12345 / 4 " in of_report, "<img" in of_report) == (True, False)
        assert re.findall(r"example/(\d)\.jpg</a>", own) == ["1"]

    async def test_photos_are_seen_until_the_merge_is_taken_back(
        self, taken_in: FollowedBench, desk: DeskBench
    ) -> None:
        smalls = re.findall(r'<img src="([^"]*)"', await page_of(desk, CASE, POLICE))
        assert [await status_of(desk, one) for one in smalls] == [200, 200]
        await taken_in.read(taken_in.command("case.unmerge", report="2", **ACCEPTED))
        await taken_in.pass_time(minutes=1)
        assert [await status_of(desk, one) for one in smalls] == [404, 404]
        assert "<h3>" not in shelves(await page_of(desk, CASE, POLICE))

    @pytest.mark.usefixtures("taken_in")
    async def test_photos_are_not_for_who_only_reported(self, desk: DeskBench) -> None:
        source = key(sources=["hotline-12345"])
        assert "<img" not in await page_of(desk, CASE, source)


class TestDone:
    async def test_with_photos_closes_the_case(self, known: FollowedBench, desk: DeskBench) -> None:
        form = await done_form(desk) | {"result": "修好了"}
        photos = [("evidence.before_photo", JPEG), ("evidence.after_photo", photo("PNG"))]
        answer = await sent(desk, form, photos, to=Heard(known))
        text = unescape(answer.text)
        assert ("已生效" in text, "处置前照片</b>" in text) == (True, True)
        case = await known.case()
        assert case["state"] == "closed"
        view = await desk.view(case_of())
        assert view is not None
        [lead] = [part for part in view.parts.values() if part.department == LEAD]
        assert all(file_of(proof.link or "") for proof in lead.evidence)

    async def test_may_give_links_or_both(self, known: FollowedBench, desk: DeskBench) -> None:
        form = await done_form(desk) | {
            "result": "修好了",
            "evidence.before_photo": "https://dept.example/b.jpg",
        }
        photos = [("evidence.after_photo", JPEG), ("evidence.after_photo", photo("WEBP"))]
        await sent(desk, form, photos, to=Heard(known))
        assert (await known.case())["state"] == "closed"

    async def test_without_a_proof_keeps_what_was_typed_and_brought(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        form = await done_form(desk) | {"result": "修好了一半"}
        answer = await sent(desk, form, [("evidence.before_photo", JPEG)], to=Heard(known))
        text = unescape(answer.text)
        assert (answer.status_code, "修好了一半" in text) == (422, True)
        assert "<b>处置后照片</b>" in text
        [kept] = re.findall(r'name="kept.before_photo" value="([^"]*)"', text)
        again = form | {"kept.before_photo": kept}
        await sent(desk, again, [("evidence.after_photo", photo("PNG"))], to=Heard(known))
        assert (await known.case())["state"] == "closed"

    async def test_takes_what_is_here_already(self, known: FollowedBench, desk: DeskBench) -> None:
        await sent(desk, {}, [("file", JPEG), ("file", PDF), ("file", photo("PNG"))])
        form = await done_form(desk) | {"result": "修好了"}
        text = await page_of(desk, CASE, WANG)
        before = re.findall(r'name="kept.before_photo" value="([^"]*)"', text)
        after = re.findall(r'name="kept.after_photo" value="([^"]*)"', text)
        assert (len(before), before) == (3, after)
        chosen = {"kept.before_photo": before[:2], "kept.after_photo": after[2:]}
        refused = await sent(desk, form | {"result": ""} | chosen, [], to=Heard(known))
        assert refused.status_code == 422
        ticked = re.findall(r'name="kept.([a-z]*)_photo" value="([^"]*)" checked', refused.text)
        assert ticked == [("before", one) for one in before[:2]] + [("after", after[2])]
        await sent(desk, form | chosen, [], to=Heard(known))
        assert (await known.case())["state"] == "closed"
        view = await desk.view(case_of())
        assert view is not None
        proofs = [proof for part in view.parts.values() for proof in part.evidence]
        assert [proof.link for proof in proofs] == [*before[:2], after[2]]

    @pytest.mark.usefixtures("taken_in")
    async def test_of_what_joined_is_not_to_be_chosen(self, desk: DeskBench) -> None:
        text = await page_of(desk, CASE, WANG)
        assert ("<img" in text, 'name="kept.' in text) == (True, False)

    async def test_that_cannot_be_stored_keeps_what_was_typed(
        self, desk: DeskBench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        form = await done_form(desk) | {"result": "修好了一半"}
        monkeypatch.setattr(desk_files, "town_pictures", tuple[bytes])
        monkeypatch.setattr(MemoryFiles, "put", FullFiles.put)
        answer = await sent(desk, form, [("evidence.before_photo", JPEG)])
        text = unescape(answer.text)
        assert (answer.status_code, "修好了一半" in text) == (503, True)
        assert "系统暂时不可用，未提交" in text

    async def test_of_somebody_who_may_not_say_it_keeps_the_photo(self, desk: DeskBench) -> None:
        form = await done_form(desk) | {"result": "x"}
        photos = [("evidence.before_photo", JPEG), ("evidence.after_photo", JPEG)]
        answer = await sent(desk, form, photos, POLICE)
        assert answer.status_code == 403
        assert "照片 1" in await page_of(desk, CASE, POLICE)

    async def test_by_a_file_that_is_made_up_is_not_taken(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        made_up = f"tongxin:files/{case_of()}/{'0' * 40}"
        form = await done_form(desk) | {"result": "x", "kept.before_photo": made_up}
        answer = await sent(desk, form, [("evidence.after_photo", JPEG)], to=Heard(known))
        assert "未被接受" in unescape(answer.text)
        assert (await known.case())["state"] == "handling"
