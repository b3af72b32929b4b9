"""Photos and papers of cases: who brings and sees them, what is none, and what proves nothing."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from schemas.roles import ActingRole
from schemas.vocabulary import derived_id
from services.access.actor import Actor
from services.access.file_references import file_of, reference_of
from services.desk import bounds
from services.desk.domain.audit import Deed
from services.desk.http.files import TAKEN_AT, files_router
from services.desk.store import anew, audit
from services.kit.pictures.opening import MediaType
from tests.support.answering import LEAD, WANG, Door
from tests.support.desk_files import PDF, FullFiles, MemoryFiles, files_on, photo
from tests.support.followed import FollowedBench
from tests.support.keys import SECRET
from tests.support.notifier import assigned, case_of, registered
from tests.support.proven import proven
from tests.support.shown import SUPERVISOR, key, person
from tests.support.web import app_of, talking_to

HELPING = person(ActingRole.HANDLER, id_="zhao.min", departments=["police"])
STRANGER = person(ActingRole.HANDLER, id_="sun.li", departments=["court"])
SOURCE = key(sources=["hotline-12345"])
AT = f"/cases/{case_of()}/files"
JPEG = photo()

pytestmark = pytest.mark.timeout(300)


@dataclass
class Shelf:
    """The desk's door for files of a case that one department leads and another helps with."""

    bench: FollowedBench
    store: MemoryFiles = field(default_factory=MemoryFiles)

    async def asked(self, method: str, path: str, actor: Actor, **more: Any) -> httpx.Response:
        desk = self.bench.desk
        files = files_on(desk.database, clock=lambda: desk.now, store=self.store)
        router = files_router(files, plan=lambda: desk.plan)
        http = app_of(router, is_guarded=False, files=TAKEN_AT)
        proven(http, actor)
        async with talking_to(http, token="") as client:
            return await client.request(method, path, **more)

    async def bring(self, *contents: bytes, actor: Actor = WANG, at: str = AT) -> httpx.Response:
        # What a file is called, and what its sender says it is, is believed nowhere.
        parts = [("file", ("../a.jpg", one, "image/jpeg")) for one in contents]
        return await self.asked("POST", at, actor, files=parts)

    async def brought(self, *contents: bytes, actor: Actor = WANG) -> list[dict[str, Any]]:
        answer = await self.bring(*contents, actor=actor)
        assert answer.status_code == 201, answer.text
        files: list[dict[str, Any]] = answer.json()["files"]
        return files

    async def listed(self, actor: Actor = WANG) -> list[dict[str, Any]]:
        answer = await self.asked("GET", AT, actor)
        assert answer.status_code == 200, answer.text
        files: list[dict[str, Any]] = answer.json()["files"]
        return files


@pytest.fixture
async def shelf(bench: FollowedBench) -> Shelf:
    """Return the door of a desk with a case."""
    await bench.tell(registered(), assigned(LEAD, "police"))
    return Shelf(bench)


class TestBrought:
    async def test_is_stored_listed_and_shown(self, shelf: Shelf) -> None:
        [file] = await shelf.brought(JPEG)
        assert (file["media_type"], file["brought_by"]) == ("image/jpeg", "wang.fang")
        assert file["taken_at"] == "2026-01-05T04:04:00Z"  # the city's noon, by its camera
        assert round(file["point"]["lat"], 4) == 28.6829
        assert await shelf.listed() == [file]
        for copy in ("small", "whole"):
            shown = await shelf.asked("GET", file[copy], WANG)
            assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
            assert shown.content in shelf.store.kept.values()
            assert "sandbox" in shown.headers["content-security-policy"]
            assert shown.headers["cache-control"].startswith("private, ")

    async def test_of_each_kind_is_one_file_of_a_request(self, shelf: Shelf) -> None:
        kinds = ("JPEG", "PNG", "WEBP", "HEIF")
        files = await shelf.brought(*map(photo, kinds), PDF)
        assert [one["media_type"] for one in files] == [*MediaType]

    async def test_paper_is_never_shown_in_a_page(self, shelf: Shelf) -> None:
        [file] = await shelf.brought(PDF)
        assert file["small"] is None
        shown = await shelf.asked("GET", file["whole"], WANG)
        assert (shown.content, shown.headers["content-type"]) == (PDF, "application/pdf")
        assert shown.headers["content-disposition"].startswith("attachment;")
        assert "sandbox" in shown.headers["content-security-policy"]

    async def test_again_is_the_same_file(self, shelf: Shelf) -> None:
        first = await shelf.brought(JPEG, JPEG)
        again = await shelf.brought(JPEG, actor=HELPING)
        assert first[0] == first[1]
        assert (again[0]["id"], again[0]["brought_by"]) == (first[0]["id"], "wang.fang")
        assert len(await shelf.listed()) == 1

    async def test_in_another_case_is_another_file(self, shelf: Shelf) -> None:
        await shelf.bench.tell(registered(report="2"), assigned(LEAD, report="2"))
        [file] = await shelf.brought(JPEG)
        other = await shelf.bring(JPEG, at=f"/cases/{case_of('2')}/files")
        assert other.json()["files"][0]["id"] != file["id"]

    async def test_stays_where_the_desk_is_built_anew(self, shelf: Shelf) -> None:
        [file] = await shelf.brought(JPEG)
        async with shelf.bench.desk.database.write() as conn:
            await anew.begin_anew(conn, stage="desk.cases")
        await shelf.bench.desk.hear(*shelf.bench.told)
        assert await shelf.listed() == [file]


class TestRefused:
    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
            b"<!doctype html><script>alert(1)</script>",
            b"GIF89a",
            JPEG[: len(JPEG) // 2],
            PDF[:20],
            b"\xff\xd8\xff" + b"\0" * bounds.MOST_FILE_BYTES,
        ],
    )
    async def test_file_leaves_nothing_of_its_request(self, shelf: Shelf, content: bytes) -> None:
        answer = await shelf.bring(JPEG, content)
        assert (answer.status_code, len(answer.json()["errors"])) == (422, 1)
        assert (await shelf.listed(), shelf.store.kept) == ([], {})

    async def test_file_may_have_ten_mebibytes(self, shelf: Shelf) -> None:
        padded = PDF[:9] + b" " * (bounds.MOST_FILE_BYTES - len(PDF)) + PDF[9:]
        assert len(padded) == bounds.MOST_FILE_BYTES
        assert (await shelf.bring(padded)).status_code == 201
        assert (await shelf.bring(padded + b" ")).status_code == 422

    async def test_request_of_too_much(self, shelf: Shelf) -> None:
        much = [b"x" * bounds.MOST_FILE_BYTES] * 4
        assert (await shelf.bring(*much)).status_code == 413
        assert (await shelf.bring(*[b"x"] * (bounds.MOST_FILES + 1))).status_code == 422

    @pytest.mark.parametrize(
        "more",
        [
            {"files": [("photo", ("a.jpg", JPEG, "image/jpeg"))]},
            {"files": [("file", ("a.jpg", JPEG, "image/jpeg"))], "data": {"kind": "done"}},
            {"content": b"--x\r\n", "headers": {"Content-Type": "multipart/form-data"}},
            {
                "content": b"no parts",
                "headers": {"Content-Type": "multipart/form-data; boundary=x"},
            },
        ],
    )
    async def test_request_that_is_no_form_of_files(
        self, shelf: Shelf, more: dict[str, Any]
    ) -> None:
        assert (await shelf.asked("POST", AT, WANG, **more)).status_code == 422
        assert await shelf.listed() == []

    @pytest.mark.parametrize("charset", ["utf-7", "unicode_escape", "undefined", "punycode", "x"])
    async def test_request_in_another_charset(self, shelf: Shelf, charset: str) -> None:
        part = 'Content-Disposition: form-data; name="+2AA-\\ud800"; filename="a"'
        told = {
            "content": f"--x\r\n{part}\r\n\r\nno file\r\n--x--\r\n",
            "headers": {"Content-Type": f"multipart/form-data; boundary=x; charset={charset}"},
        }
        assert (await shelf.asked("POST", AT, WANG, **told)).status_code == 422

    @pytest.mark.parametrize("content", [PDF, JPEG])
    async def test_file_that_cannot_be_stored_is_none(
        self, shelf: Shelf, content: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(shelf, "store", FullFiles())
        answer = await shelf.bring(content)
        assert (answer.status_code, "folder of files" in answer.text) == (503, True)
        assert await shelf.listed() == []

    @pytest.mark.parametrize(
        ("actor", "status"), [(STRANGER, 404), (key(departments=[LEAD]), 403), (SOURCE, 403)]
    )
    async def test_sender_is_told_before_anything_is_read(
        self, shelf: Shelf, actor: Actor, status: int
    ) -> None:
        read = []

        async def body() -> Any:  # noqa: ANN401 - parts of a body
            read.append(1)
            yield b"--x"

        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        answer = await shelf.asked("POST", AT, actor, content=body(), headers=headers)
        assert answer.status_code == status
        assert shelf.store.kept == {}

    async def test_case_has_an_end(self, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("services.desk.use_cases.uploading.MOST_OF_A_CASE", 1)
        await shelf.brought(PDF)
        assert (await shelf.bring(JPEG)).status_code == 409

    async def test_person_has_an_end_until_tomorrow(
        self, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.desk.use_cases.uploading.MOST_BYTES_BY_ONE", 1)
        await shelf.brought(PDF)
        assert (await shelf.bring(JPEG)).status_code == 409
        await shelf.brought(JPEG, actor=HELPING)
        shelf.bench.desk.now += timedelta(days=1, seconds=1)
        await shelf.brought(photo("PNG"))


class TestTakenAway:
    @pytest.mark.parametrize("role", ActingRole)
    async def test_is_by_who_brought_it_alone(self, shelf: Shelf, role: ActingRole) -> None:
        [file] = await shelf.brought(JPEG)
        at = f"{AT}/{file['id']}"
        other = person(role, id_="he.jun", departments=[LEAD])
        assert (await shelf.asked("DELETE", at, other)).status_code == 404
        assert [one["id"] for one in await shelf.listed()] == [file["id"]]
        theirs = person(role, id_=WANG.id, departments=[LEAD])
        taken = await shelf.asked("DELETE", at, theirs)
        assert (taken.status_code, taken.content) == (204, b"")
        assert await shelf.listed() == []
        assert (await shelf.asked("GET", file["whole"], WANG)).status_code == 404
        async with shelf.bench.desk.database.read() as conn:
            [entry] = await audit.entries(conn, most=9)
        assert (entry.deed, entry.by.id, entry.about) == (
            Deed.FILE_TAKEN_AWAY,
            WANG.id,
            str(case_of()),
        )

    async def test_is_of_its_case_once_and_while_that_is_theirs(self, shelf: Shelf) -> None:
        [file, other] = await shelf.brought(JPEG, PDF)
        wrong = (f"/cases/{case_of('2')}/files/{file['id']}", f"{AT}/{UUID(int=1)}")
        for at in wrong:
            assert (await shelf.asked("DELETE", at, WANG)).status_code == 404
        assert (await shelf.asked("DELETE", f"{AT}/x", WANG)).status_code == 422
        at = f"{AT}/{file['id']}"
        taken = [(await shelf.asked("DELETE", at, WANG)).status_code for _ in range(2)]
        assert taken == [204, 404]
        await shelf.bench.say(LEAD, "declined")
        gone = await shelf.asked("DELETE", f"{AT}/{other['id']}", WANG)
        assert gone.status_code == 404

    async def test_is_no_proof(self, shelf: Shelf) -> None:
        [file] = await shelf.brought(JPEG)
        await shelf.bench.say(LEAD, "accepted", "started")
        kinds = ("before_photo", "after_photo")
        proofs = [{"kind": kind, "link": file["reference"]} for kind in kinds]
        await shelf.bench.say(LEAD, "done", evidence=proofs)
        refused = await shelf.asked("DELETE", f"{AT}/{file['id']}", WANG)
        assert refused.status_code == 409
        assert [one["id"] for one in await shelf.listed()] == [file["id"]]


class TestLink:
    async def test_is_for_whoever_asked_alone(self, shelf: Shelf) -> None:
        [file] = await shelf.brought(JPEG)
        for actor in (STRANGER, HELPING, SUPERVISOR):
            assert (await shelf.asked("GET", file["whole"], actor)).status_code == 403
        for actor in (HELPING, SUPERVISOR):
            [theirs] = await shelf.listed(actor)
            assert (await shelf.asked("GET", theirs["whole"], actor)).status_code == 200
        assert (await shelf.asked("GET", AT, STRANGER)).status_code == 404
        assert await shelf.listed(SOURCE) == []

    async def test_ends(self, shelf: Shelf) -> None:
        [file] = await shelf.brought(JPEG)
        shelf.bench.desk.now += timedelta(seconds=bounds.FILE_LINK_SECONDS)
        assert (await shelf.asked("GET", file["whole"], WANG)).status_code == 200
        shelf.bench.desk.now += timedelta(seconds=bounds.FILE_LINK_SECONDS)
        assert (await shelf.asked("GET", file["whole"], WANG)).status_code == 403
        [again] = await shelf.listed()
        assert (await shelf.asked("GET", again["whole"], WANG)).status_code == 200

    async def test_is_over_for_a_department_that_lost_the_case(self, shelf: Shelf) -> None:
        [file] = await shelf.brought(JPEG)
        await shelf.bench.say(LEAD, "declined")
        assert (await shelf.asked("GET", file["whole"], WANG)).status_code == 404

    async def test_that_is_made_up_is_refused(self, shelf: Shelf) -> None:
        [file] = await shelf.brought(JPEG)
        link = file["small"]
        later = int(link.partition("until=")[2].partition("&")[0]) + 1
        for wrong in (
            link[:-1] + ("0" if link[-1] != "0" else "1"),
            link.replace("/small", "/whole"),
            link.replace(file["id"], str(UUID(int=1))),
            link.replace(str(later - 1), str(later)),
            link[:-1] + "é",
        ):
            assert (await shelf.asked("GET", wrong, WANG)).status_code == 403
        assert (await shelf.asked("GET", link.partition("?")[0], WANG)).status_code == 422

    async def test_leads_nowhere_once_the_bytes_are_not_there(self, shelf: Shelf) -> None:
        [file] = await shelf.brought(JPEG)
        shelf.store.kept.clear()
        assert (await shelf.asked("GET", file["whole"], WANG)).status_code == 404


class TestEvidence:
    async def test_of_stored_files_closes_a_case(self, shelf: Shelf) -> None:
        files = await shelf.brought(JPEG, PDF)
        await shelf.bench.say(LEAD, "accepted", "started")
        kinds = ("before_photo", "after_photo")
        proofs = [
            {"kind": kind, "link": one["reference"]} for kind, one in zip(kinds, files, strict=True)
        ]
        told = await shelf.bench.say(LEAD, "done", evidence=proofs)
        assert told.kinds[-1] == "case.closed"
        case = await shelf.bench.desk.view(case_of())
        assert case is not None
        [lead] = [part for part in case.parts.values() if part.department == LEAD]
        assert [file_of(proof.link or "") for proof in lead.evidence] == [
            UUID(one["id"]) for one in files
        ]

    async def test_that_nobody_stored_does_not(self, shelf: Shelf) -> None:
        [file] = await shelf.brought(JPEG)
        await shelf.bench.say(LEAD, "accepted", "started")
        nothing = derived_id("file", case_of(), "nothing")
        elsewhere = reference_of(case_of("2"), UUID(file["id"]), secret=SECRET.encode())
        for made_up in (
            f"tongxin:files/{nothing}/{'0' * 40}",
            reference_of(case_of(), nothing, secret=b"x" * 32),
            file["reference"].replace(file["id"], str(nothing)),
            elsewhere,
            "Tongxin:whatever",
        ):
            proofs = [
                {"kind": "before_photo", "link": file["reference"]},
                {"kind": "after_photo", "link": made_up},
            ]
            told = await shelf.bench.say(LEAD, "done", evidence=proofs)
            assert told.reasons == ["evidence_missing"], made_up

    async def test_is_judged_when_it_was_said_early(self, bench: FollowedBench) -> None:
        # An answer that comes before its assignment waits as it was said.
        await bench.tell(registered())
        proofs = [
            {"kind": kind, "link": "tongxin:files/none"} for kind in ("before_photo", "after_photo")
        ]
        for word in ("accepted", "started"):
            await bench.say(LEAD, word)
        await bench.say(LEAD, "done", evidence=proofs)
        told = await bench.tell(assigned(LEAD))
        assert told.reasons == ["evidence_missing"]

    async def test_goes_by_the_desks_own_door(self, shelf: Shelf) -> None:
        files = await shelf.brought(JPEG, PDF)
        door = Door(shelf.bench)
        for word in ("accepted", "started"):
            await door.follows(word)
        kinds = ("before_photo", "after_photo")
        proofs = [
            {"kind": kind, "link": one["reference"]} for kind, one in zip(kinds, files, strict=True)
        ]
        assert "case.closed" in await door.follows("done", evidence=proofs)
