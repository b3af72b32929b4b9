"""The page of deliveries to webhooks: what the notifier says, whatever that is, and replays."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import Request

from schemas.events.people import PersonRecorded
from schemas.roles import ActingRole
from schemas.vocabulary import NOTIFIER
from services.access.door import Doorkeeper, Doors
from services.access.passes import HEADER, passes
from services.access.register import Register
from services.desk.pages.admin.administration import Installation
from services.desk.use_cases.asking import Peer
from services.kit.sql.database import Database
from services.notifier.http.deliveries import deliveries_router
from services.notifier.migrations import HISTORY as NOTIFIERS
from services.notifier.store import deliveries
from services.notifier.store.deliveries import Outgoing
from services.notifier.store.tables import Delivery
from services.notifier.use_cases.delivering import Webhooks
from tests.support.administrating import no_service, seen_by, sent_by
from tests.support.databases import Place
from tests.support.deliveries import delivery
from tests.support.desk import SECRET, Desk
from tests.support.desk_pages import an_installation
from tests.support.desk_town import HOSTILE, asked
from tests.support.shown import DeskBench, person
from tests.support.web import app_of

ADMINISTRATOR = person(ActingRole.ADMINISTRATOR, ActingRole.SUPERVISOR, id_="admin")
HOOK = "https://hooks.example.org/secret"
NO_SERVICE = no_service({"deliveries": [delivery(attempts="x")], "next": None})

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def shown(desk: Desk) -> DeskBench:
    """Return the pages of a desk that has read nothing yet."""
    return DeskBench(desk.database, now=datetime(2026, 11, 28, 9, tzinfo=UTC))


@pytest.fixture
async def notifiers(place: Place) -> AsyncIterator[Database]:
    """Return the database of a notifier."""
    async with place.opened(NOTIFIERS) as database:
        yield database


def beside(shown: DeskBench, notifiers: Database) -> Installation:
    """Return an installation whose notifier is one, and lets in who is an administrator."""
    register = Register(())
    told = {"id": "admin", "version": 1, "at": shown.now, "name": "admin"}
    told |= {"roles": tuple(ADMINISTRATOR.roles)}
    register.note(PersonRecorded.model_validate(told, strict=False))
    routes = deliveries_router(
        notifiers,
        plan=lambda: shown.plan,
        webhooks=Webhooks(reporters=HOOK),
        clock=lambda: shown.now,
    )
    http = app_of(routes, is_guarded=False, hosts="notifier")
    by_pass = passes(register, secrets=[SECRET.encode()], clock=lambda: shown.now)
    keeper = Doorkeeper(Register(()), clock=lambda: shown.now, provers=(by_pass,))
    http.add_middleware(Doors, keeper=keeper)
    return replace(an_installation(), transport=httpx.ASGITransport(http))


def saying(answer: httpx.Response) -> Installation:
    """Return an installation whose notifier says one thing."""
    return an_installation(health=lambda _: answer)


async def page(shown: DeskBench, installation: Installation, query: str = "") -> str:
    """Return what an administrator sees, without entities."""
    return await seen_by(ADMINISTRATOR, shown, f"/deliveries{query}", installation=installation)


async def sent(shown: DeskBench, installation: Installation, **form: str) -> httpx.Response:
    """Return what an administrator gets who sends a form of this page."""
    return await sent_by(ADMINISTRATOR, shown, "/deliveries", form, installation=installation)


async def given_up(database: Database, *, now: datetime) -> UUID:
    id_ = uuid4()
    async with database.write() as conn:
        await deliveries.add(conn, [Outgoing(id=id_, url=HOOK, body=b"{}", created_at=now)])
        await deliveries.given_up(conn, id_, now=now, told="410")
    return id_


async def kept(database: Database, id_: UUID) -> Delivery:
    async with database.read() as conn:
        found = await deliveries.one(conn, id_)
    assert found is not None
    return found


class TestWhoMay:
    async def test_is_the_administrator_alone(self, shown: DeskBench) -> None:
        for role in ActingRole:
            answer = await asked(shown, "/deliveries", person(role))
            may = role is ActingRole.ADMINISTRATOR
            assert (answer.status_code, "您无权" in answer.text) == (
                (200, False) if may else (403, True)
            )

    async def test_says_no_more_of_them_than_the_notifier_has_to_know(
        self, shown: DeskBench
    ) -> None:
        brought = []

        def keeping(request: httpx.Request) -> httpx.Response:
            brought.append(request)
            return httpx.Response(200, json={"deliveries": [], "next": None})

        await page(shown, an_installation(health=keeping))
        [request] = brought
        register = Register(())
        told = {"id": "admin", "version": 1, "at": shown.now, "name": "admin"}
        told |= {"roles": tuple(ADMINISTRATOR.roles)}
        register.note(PersonRecorded.model_validate(told, strict=False))
        prover = passes(register, secrets=[SECRET.encode()], clock=lambda: shown.now)
        raw = [(HEADER.lower().encode(), request.headers[HEADER].encode())]
        actor = await prover(Request({"type": "http", "headers": raw}))
        assert actor is not None
        assert (actor.id, actor.roles) == ("admin", frozenset({ActingRole.ADMINISTRATOR}))


class TestReplay:
    async def test_is_done_by_the_notifier_which_keeps_who_asked(
        self, shown: DeskBench, notifiers: Database
    ) -> None:
        id_ = await given_up(notifiers, now=shown.now)
        house = beside(shown, notifiers)
        found = await page(shown, house)
        assert ("hooks.example.org" in found, "上报人系统" in found) == (True, True)
        row = await kept(notifiers, id_)
        assert row.given_up_at is not None
        form = {"delivery": str(id_), "ended_at": row.given_up_at.isoformat()}
        told = []
        for _ in range(2):
            answer = await sent(shown, house, **form, receiver="reporters")
            assert answer.status_code == 303
            told.append(answer.headers["location"])
        assert told == ["/deliveries?receiver=reporters&done=delivery_replayed"] * 2
        row = await kept(notifiers, id_)
        assert (row.given_up_at, row.replayed_by) == (None, "admin")
        assert "将立即重发" in await page(shown, house, "?state=waiting&done=delivery_replayed")

    async def test_says_that_it_has_ended_otherwise_or_is_gone(
        self, shown: DeskBench, notifiers: Database
    ) -> None:
        id_ = await given_up(notifiers, now=shown.now)
        house = beside(shown, notifiers)
        for one, told in ((id_, "delivery_ended"), (uuid4(), "delivery_gone")):
            answer = await sent(shown, house, delivery=str(one), state="given_up")
            assert answer.headers["location"].endswith(f"done={told}")
        assert (await kept(notifiers, id_)).replayed_by is None

    async def test_that_nobody_answers_is_said(self, shown: DeskBench) -> None:
        answer = await sent(shown, saying(httpx.Response(500)), delivery=str(uuid4()))
        assert (answer.status_code, "没有重发" in answer.text) == (503, True)

    @pytest.mark.parametrize(
        "form",
        [{"state": ""}, {"delivery": HOSTILE}, {"delivery": str(UUID(int=1)), "ended_at": HOSTILE}],
    )
    async def test_refuses_what_no_form_of_ours_says(
        self, shown: DeskBench, form: dict[str, str]
    ) -> None:
        answer = await sent(shown, saying(httpx.Response(200)), **form)
        assert answer.status_code == 422


class TestNotifier:
    @pytest.mark.parametrize("answer", NO_SERVICE.values(), ids=NO_SERVICE)
    async def test_is_no_other_program(self, shown: DeskBench, answer: httpx.Response) -> None:
        assert "没有应答" in await page(shown, saying(answer))

    async def test_is_shown_as_it_was_written(self, shown: DeskBench) -> None:
        words = ("host", "template", "answer", "replayed_by")
        told: dict[str, Any] = dict.fromkeys(words, HOSTILE)
        told |= {"parties": [HOSTILE], "replayed_at": delivery()["created_at"]}
        one = delivery(**told)
        answer = httpx.Response(200, json={"deliveries": [one], "next": HOSTILE})
        assert (await page(shown, saying(answer))).count(HOSTILE) == 5

    @pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
    async def test_may_say_any_instant(self, shown: DeskBench, at: str) -> None:
        one = delivery(created_at=at, ended_at=at)
        answer = httpx.Response(200, json={"deliveries": [one], "next": None})
        await page(shown, saying(answer))

    async def test_is_asked_at_its_next_process_when_one_is_away(self, shown: DeskBench) -> None:
        def answering(request: httpx.Request) -> httpx.Response:
            if request.url.host == "first":
                msg = "Connection refused"
                raise httpx.ConnectError(msg)
            return httpx.Response(200, json={"deliveries": [], "next": None})

        house = an_installation(health=answering)
        peers = [Peer(service=NOTIFIER, url=f"http://{one}:80") for one in ("first", "second")]
        assert "没有放弃的推送" in await page(shown, replace(house, peers=peers))
        away = await page(shown, replace(house, peers=peers[:1]))
        assert "http://first:80: Connection refused" in away
        assert "names no notifier" in await page(shown, replace(house, peers=[]))
