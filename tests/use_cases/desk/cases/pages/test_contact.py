"""How reporters can be reached: the desk asks intake for whoever looks, and keeps nothing."""

import json
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from dataclasses import replace
from html import unescape
from typing import Any

import httpx
import pytest

from schemas.events.people import PersonRecorded
from schemas.looks import MAY_LOOK
from schemas.roles import ActingRole
from services.access.actor import Actor
from services.access.door import Doorkeeper, Doors
from services.access.passes import HEADER, passes
from services.access.register import Register
from services.desk.pages.admin.administration import Installation
from services.intake.domain.holding import Lead
from services.intake.http.contacts import contacts_router
from services.intake.migrations import HISTORY as INTAKES
from services.intake.store import looks
from services.intake.use_cases.looks import Contacts
from services.intake.use_cases.persons import erase
from services.kit.sql.database import Database
from tests.support.databases import Place
from tests.support.desk import SECRET
from tests.support.desk_pages import an_installation
from tests.support.desk_town import HOSTILE, page_of, pages_app
from tests.support.followed import FollowedBench
from tests.support.intake import KEYS, closed, recorded, report
from tests.support.looks import reporter, shown
from tests.support.notifier import assigned, case_of, registered
from tests.support.shown import DeskBench, person
from tests.support.web import app_of, talking_to

LEAD = "urban-management"
CASE = case_of()
WANG = person(ActingRole.HANDLER, id_="wang.fang", departments=[LEAD])
DISPATCHER = person(ActingRole.DISPATCHER, id_="li.wei")
REASON = "回电核实门禁"
PHONE = "13800138000"

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(autouse=True)
async def known(bench: FollowedBench) -> FollowedBench:
    """Return a notifier with a case that a department was offered."""
    await bench.tell(registered(), assigned(LEAD, "police"))
    return bench


@pytest.fixture
async def intake(place: Place) -> AsyncIterator[Database]:
    """Return the database of an intake with a reporter of the case."""
    async with place.opened(INTAKES) as database:
        one = report(1, contact={"name": "Li Lei", "phone": PHONE})
        assert one.case_id == CASE
        await recorded(database, [one])
        yield database


def beside(desk: DeskBench, intake: Database) -> Installation:
    """Return an installation whose intake is one, and lets in whoever the desk vouches for."""
    register = Register(())
    for one in (WANG, DISPATCHER):
        told = {"id": one.id, "version": 1, "at": desk.now, "name": one.name}
        told |= {"roles": tuple(one.roles)}
        told |= {"memberships": tuple({"department": d} for d in one.departments)}
        register.note(PersonRecorded.model_validate(told, strict=False))
    contacts = Contacts(database=intake, keys=KEYS, clock=lambda: desk.now)
    http = app_of(contacts_router(contacts), is_guarded=False, hosts="intake")
    by_pass = passes(register, secrets=[SECRET.encode()], clock=lambda: desk.now)
    keeper = Doorkeeper(Register(()), clock=lambda: desk.now, provers=(by_pass,))
    http.add_middleware(Doors, keeper=keeper)
    return replace(an_installation(), transport=httpx.ASGITransport(http))


class Intake:
    """An intake that says one thing, and hears what is asked."""

    def __init__(self, answer: httpx.Response | None) -> None:
        self.answer = answer
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.answer is None:
            msg = "Connection refused"
            raise httpx.ConnectError(msg)
        return self.answer


async def looked(
    desk: DeskBench,
    intake: Intake | Installation,
    actor: Actor = WANG,
    *,
    reason: str = REASON,
    site: str = "same-origin",
) -> httpx.Response:
    """Return what a browser gets that sends the form."""
    house = an_installation(health=intake) if isinstance(intake, Intake) else intake
    http = pages_app(desk, actor, installation=house)
    headers = {"Accept": "text/html", "Sec-Fetch-Site": site, "Accept-Language": "en"}
    async with talking_to(http, token="") as browser:
        return await browser.post(
            f"/cases/{CASE}/contact", data={"reason": reason}, headers=headers
        )


def telling(*reporters: dict[str, Any], some_erased: bool = False) -> Intake:
    return Intake(httpx.Response(200, json=shown(CASE, *reporters, some_erased=some_erased)))


async def told_to(desk: DeskBench, *actors: Actor) -> list[bool]:
    """Return whether each is told on the case's page that a signature brings a look."""
    return [
        "签收后可在此查看反映人" in await page_of(desk, f"/cases/{CASE}", one) for one in actors
    ]


class TestOffer:
    @pytest.mark.parametrize("role", ActingRole)
    async def test_follows_the_table_of_roles(
        self, known: FollowedBench, desk: DeskBench, role: ActingRole
    ) -> None:
        await known.say(LEAD, "accepted")
        actor = person(role, id_="somebody", departments=[LEAD])
        http = pages_app(desk, actor)
        async with talking_to(http, token="") as browser:
            answer = await browser.get(f"/cases/{CASE}", headers={"Accept": "text/html"})
        assert ('id="look"' in answer.text) == (role in MAY_LOOK)

    async def test_waits_for_the_signature(self, known: FollowedBench, desk: DeskBench) -> None:
        police = person(ActingRole.HANDLER, id_="zhao.min", departments=["police"])
        path = f"/cases/{CASE}"
        offered = ['id="look"' in await page_of(desk, path, one) for one in (WANG, DISPATCHER)]
        await known.say(LEAD, "accepted")
        offered += ['id="look"' in await page_of(desk, path, one) for one in (WANG, police)]
        await known.say(LEAD, "started", "done")
        assert (await known.case())["state"] == "closed"
        offered += ['id="look"' in await page_of(desk, path, one) for one in (WANG, DISPATCHER)]
        assert offered == [False, True, True, False, False, False]

    async def test_says_to_whom_a_signature_brings_it(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        police = person(ActingRole.HANDLER, id_="zhao.min", departments=["police"])
        watches = person(ActingRole.SUPERVISOR, id_="sun.li", departments=[LEAD])
        told = await told_to(desk, WANG, police, DISPATCHER, watches)
        await known.say(LEAD, "accepted")
        told += await told_to(desk, WANG, police)
        await known.say(LEAD, "started", "done")
        told += await told_to(desk, WANG, police)
        assert told == [True, True, False, False, False, True, False, False]


class TestLook:
    async def test_shows_what_intake_says_once_and_lets_nothing_keep_it(
        self, desk: DeskBench
    ) -> None:
        intake = telling(
            reporter("1", name=HOSTILE, phone=PHONE), reporter("2", email="li@example.org")
        )
        answer = await looked(desk, intake)
        text = unescape(answer.text)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert f'href="tel:{PHONE}"' in text
        assert "li@example.org" in text
        assert HOSTILE not in answer.text
        assert "data-live" not in text
        [request] = intake.asked
        assert request.url.path == f"/cases/{CASE}/looks"
        assert json.loads(request.content) == {"reason": REASON}
        again = await page_of(desk, f"/cases/{CASE}", DISPATCHER)
        assert PHONE not in again

    @pytest.mark.parametrize(
        ("intake", "status", "told"),
        [
            (telling(), 200, "Nobody left a number"),
            (telling(some_erased=True), 200, "has been erased"),
            (telling(reporter("1", phone=PHONE), some_erased=True), 200, "another reporter left"),
            (telling(reporter("1")), 200, "cannot be opened"),
            (Intake(httpx.Response(403, json={})), 403, "not shown to you now"),
            (Intake(httpx.Response(401, json={})), 503, "does not answer"),
            (Intake(httpx.Response(404, json={})), 503, "does not answer"),
            (Intake(httpx.Response(200, content=b"<html>")), 503, "does not answer"),
            (Intake(httpx.Response(302, headers={"location": "http://x"})), 503, "not answer"),
            (Intake(None), 503, "does not answer"),
        ],
    )
    async def test_says_plainly_why_nothing_is_shown(
        self, known: FollowedBench, desk: DeskBench, intake: Intake, status: int, told: str
    ) -> None:
        await known.say(LEAD, "accepted")
        answer = await looked(desk, intake)
        assert (answer.status_code, told in unescape(answer.text)) == (status, True)
        assert answer.headers["cache-control"] == "no-store"
        # What was typed is still there, to be sent again.
        assert (REASON in answer.text) == (status != 200)

    @pytest.mark.parametrize("reason", ["", "  ", "ok", "长" * 501])
    async def test_without_a_reason_is_not_asked(
        self, known: FollowedBench, desk: DeskBench, reason: str
    ) -> None:
        await known.say(LEAD, "accepted")
        intake = telling()
        answer = await looked(desk, intake, reason=reason)
        assert (answer.status_code, intake.asked) == (422, [])
        assert "3 to 500" in answer.text

    async def test_is_not_asked_for_a_case_that_is_not_theirs(self, desk: DeskBench) -> None:
        intake = telling()
        stranger = person(ActingRole.HANDLER, id_="x", departments=["housing"])
        assert (await looked(desk, intake, stranger)).status_code == 404
        assert (await looked(desk, intake, WANG, site="cross-site")).status_code == 403
        assert intake.asked == []

    async def test_is_asked_with_no_more_than_is_needed(self, desk: DeskBench) -> None:
        roles = (ActingRole.HANDLER, ActingRole.ADMINISTRATOR)
        intake = telling()
        await looked(desk, intake, person(*roles, id_="wang.fang", departments=[LEAD]))
        [request] = intake.asked
        body, _, _ = request.headers[HEADER].partition(".")
        told = json.loads(urlsafe_b64decode(body))
        assert (told["roles"], told["departments"], told["areas"]) == (["handler"], [LEAD], [])

    async def test_is_decided_and_recorded_by_intake(
        self, known: FollowedBench, desk: DeskBench, intake: Database
    ) -> None:
        await known.say(LEAD, "accepted")
        house = beside(desk, intake)
        # Intake did not hear yet that anybody signed: it shows nothing to a handler.
        assert (await looked(desk, house)).status_code == 403
        assert await kept(intake) == []
        await closed(intake, Lead(case_id=CASE, department=LEAD, sequence=2))
        for actor in (WANG, DISPATCHER):
            answer = await looked(desk, house, actor)
            assert (answer.status_code, PHONE in answer.text) == (200, True)
        assert await kept(intake) == [("li.wei", REASON), ("wang.fang", REASON)]

    async def test_of_what_was_erased_says_so(
        self, known: FollowedBench, desk: DeskBench, intake: Database
    ) -> None:
        await known.say(LEAD, "accepted")
        await erase(intake, [CASE], by="li.wei", reason="asked for it", now=desk.now)
        answer = await looked(desk, beside(desk, intake), DISPATCHER)
        assert ("has been erased" in answer.text, PHONE in answer.text) == (True, False)


async def kept(intake: Database) -> list[tuple[str, str]]:
    async with intake.read() as conn:
        found = await looks.looks(conn, case_id=CASE, person=None, after=None, most=10)
    return sorted((one.person, one.reason) for one in found)
