"""The page of dead letters: what services say, whatever that is, and what an administrator does."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI, Request
from typing_extensions import override

from schemas.events.people import PersonRecorded
from schemas.roles import ActingRole
from schemas.topics import CASES, SERVICES, assignments
from schemas.vocabulary import DESK, INTAKE, NOTIFIER, ROUTER
from services.access.door import Doorkeeper, Doors
from services.access.passes import HEADER, passes
from services.access.register import Register
from services.desk.domain.audit import Deed
from services.desk.pages.admin.administration import Installation
from services.desk.store import audit
from services.kit.records import Fault, Message
from services.letters_door import letters_router
from tests.support.administrating import no_service, seen_by, sent_by
from tests.support.desk import SECRET, Desk
from tests.support.desk_pages import an_installation
from tests.support.desk_town import HOSTILE, asked
from tests.support.letters import LettersInMemory, own_letters, put_aside, told
from tests.support.shown import DeskBench, person
from tests.support.web import app_of

ADMINISTRATOR = person(ActingRole.ADMINISTRATOR, ActingRole.SUPERVISOR, id_="admin")
PATH = "/dead-letters"
NO_SERVICE = no_service({"letters": [told(size="x")], "some_older": False})

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def shown(desk: Desk) -> DeskBench:
    """Return the pages of a desk that has read nothing yet."""
    return DeskBench(desk.database, now=datetime(2026, 11, 28, 9, tzinfo=UTC))


@dataclass
class House:
    """Services with their letters, each behind its own door; who is `away` gives no answer."""

    shown: DeskBench
    topics: Mapping[str, LettersInMemory] = field(
        default_factory=lambda: {service: LettersInMemory(service) for service in SERVICES}
    )
    away: set[str] = field(default_factory=set)
    brought: list[httpx.Request] = field(default_factory=list)

    def installation(self) -> Installation:
        doors = {
            service: httpx.ASGITransport(self._door(service))
            for service in SERVICES
            if service != DESK
        }
        return replace(
            an_installation(letters=own_letters(self.topics[DESK])),
            transport=_Several(doors, self),
        )

    def _door(self, service: str) -> FastAPI:
        routes = letters_router(own_letters(self.topics[service]), service=service)
        http = app_of(routes, is_guarded=False, hosts=service)
        by_pass = passes(
            register(self.shown.now), secrets=[SECRET.encode()], clock=lambda: self.shown.now
        )
        keeper = Doorkeeper(Register(()), clock=lambda: self.shown.now, provers=(by_pass,))
        http.add_middleware(Doors, keeper=keeper)
        return http

    def put_aside(self, *services: str) -> str:
        """Let services put the same record aside; returns its letters' name."""
        for service in services:
            self.topics[service].add(put_aside(by=service))
        return put_aside(by=services[0]).key

    async def page(self) -> str:
        return await page(self.shown, self.installation())

    async def sent(self, **form: str) -> httpx.Response:
        return await sent(self.shown, self.installation(), **form)

    async def deeds(self) -> list[tuple[str, str, str, str]]:
        async with self.shown.database.read() as conn:
            found = await audit.entries(conn, most=10)
        return [(one.deed, one.by.id, one.about, one.detail) for one in found]


class _Several(httpx.AsyncBaseTransport):
    """Leads to each service by the host that its address names."""

    def __init__(self, doors: Mapping[str, httpx.AsyncBaseTransport], house: House) -> None:
        self._doors, self._house = doors, house

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._house.brought.append(request)
        if request.url.host in self._house.away:
            msg = "Connection refused"
            raise httpx.ConnectError(msg)
        return await self._doors[request.url.host].handle_async_request(request)


def register(now: datetime) -> Register:
    """Return who knows the administrator."""
    found = Register(())
    told_of = {"id": "admin", "version": 1, "at": now, "name": "admin"}
    told_of |= {"roles": tuple(ADMINISTRATOR.roles)}
    found.note(PersonRecorded.model_validate(told_of, strict=False))
    return found


def saying(answer: httpx.Response) -> Installation:
    """Return an installation whose services say one thing, and whose desk put nothing aside."""
    return an_installation(health=lambda _: answer, letters=own_letters(LettersInMemory(DESK)))


async def page(shown: DeskBench, installation: Installation) -> str:
    """Return what an administrator sees, without entities."""
    return await seen_by(ADMINISTRATOR, shown, PATH, installation=installation)


async def sent(shown: DeskBench, installation: Installation, **form: str) -> httpx.Response:
    """Return what an administrator gets who sends a form of this page."""
    return await sent_by(ADMINISTRATOR, shown, PATH, form, installation=installation)


class TestWhoMay:
    async def test_is_the_administrator_alone(self, shown: DeskBench) -> None:
        for role in ActingRole:
            answer = await asked(shown, PATH, person(role))
            may = role is ActingRole.ADMINISTRATOR
            assert (answer.status_code, "您无权" in answer.text) == (
                (200, False) if may else (403, True)
            )

    async def test_says_no_more_of_them_than_services_have_to_know(self, shown: DeskBench) -> None:
        house = House(shown)
        await house.page()
        assert {one.url.host for one in house.brought} == {INTAKE, ROUTER, NOTIFIER}
        prover = passes(register(shown.now), secrets=[SECRET.encode()], clock=lambda: shown.now)
        for request in house.brought:
            raw = [(HEADER.lower().encode(), request.headers[HEADER].encode())]
            actor = await prover(Request({"type": "http", "headers": raw}))
            assert actor is not None
            assert (actor.id, actor.roles) == ("admin", frozenset({ActingRole.ADMINISTRATOR}))


class TestList:
    async def test_has_a_record_once_however_many_put_it_aside(self, shown: DeskBench) -> None:
        house = House(shown)
        name = house.topics[ROUTER].add(put_aside(by=ROUTER, code="unknown_type"))
        assert house.topics[NOTIFIER].add(put_aside(by=NOTIFIER)) == name
        found = await house.page()
        assert found.count(f'<code lang="en">{name}</code>') == 1
        for words in ("由派遣搁置", "由督办与通知搁置", "不认识的事件类型", "1 字节"):
            assert words in found
        assert ("没有应答" in found, "更早的" in found) == (False, False)

    async def test_shows_nothing_that_a_record_brought(self, shown: DeskBench) -> None:
        house = House(shown)
        faults = (Fault("13800138000", "13800138000"),)
        for service in SERVICES:
            house.topics[service].add(put_aside(by=service, value=b"13800138000", faults=faults))
        found = await house.page()
        assert "不是有效的 JSON" in found
        assert "13800138000" not in found

    async def test_offers_no_replay_of_what_the_desk_alone_put_aside(
        self, shown: DeskBench
    ) -> None:
        house = House(shown)
        name = house.topics[DESK].add(put_aside(assignments("fire"), by=DESK))
        found = await house.page()
        assert ("tongxin dead-letters replay" in found, 'value="replay"' in found) == (True, False)
        answer = await house.sent(do="replay", name=name)
        assert (answer.status_code, await house.deeds()) == (409, [])

    async def test_of_a_house_without_any_says_so(self, shown: DeskBench) -> None:
        assert "没有死信" in await House(shown).page()

    async def test_says_who_does_not_answer_beside_what_others_say(self, shown: DeskBench) -> None:
        house = House(shown, away={INTAKE})
        house.topics[DESK].is_away = True
        name = house.put_aside(ROUTER)
        found = await house.page()
        assert (name in found, "http://intake:80: Connection refused" in found) == (True, True)
        assert ("<b>受理</b>" in found, "<b>工作台</b>" in found) == (True, True)


class TestReplay:
    async def test_is_done_by_one_service_for_all_and_kept(self, shown: DeskBench) -> None:
        house = House(shown)
        name = house.put_aside(ROUTER, NOTIFIER, DESK)

        first, second = [await house.sent(do="replay", name=name) for _ in range(2)]

        assert first.headers["location"] == f"{PATH}?done=letter_replay_done"
        [again] = [one for topic in house.topics.values() for one in topic.published]
        assert (again.topic, again.value) == (CASES, b"{")
        assert again.headers[-1][1] == f"desk notifier router {name}".encode()
        assert "没有死信" in await house.page()
        deed = (Deed.LETTER_REPLAYED.value, "admin", name, "router notifier desk")
        assert await house.deeds() == [deed]
        assert (second.status_code, "已不在列" in second.text) == (409, True)
        assert ("要求重放死信" in second.text, "(admin) 操作" in second.text) == (True, True)

    async def test_says_that_another_service_lists_the_record_still(self, shown: DeskBench) -> None:
        house = House(shown)
        name = house.put_aside(ROUTER, DESK)

        async def away(*_: object, **__: object) -> None:
            raise TimeoutError

        house.topics[DESK].find = away  # type: ignore[method-assign] # read, not written
        answer = await house.sent(do="replay", name=name)
        assert answer.headers["location"] == f"{PATH}?done=letter_replay_partly"
        assert name in await house.page()

    async def test_that_nobody_answers_is_said(self, shown: DeskBench) -> None:
        house = House(shown, away={INTAKE, ROUTER, NOTIFIER})
        answer = await house.sent(do="replay", name="cases.v1/0/0/0")
        assert (answer.status_code, "没有得到答复" in answer.text) == (503, True)
        assert await house.deeds() == []

    async def test_without_an_answer_is_kept_all_the_same(self, shown: DeskBench) -> None:
        house = House(shown)
        name = house.put_aside(ROUTER)
        publish = house.topics[ROUTER].publish

        async def lost(messages: list[Message]) -> None:
            await publish(messages)
            raise TimeoutError

        house.topics[ROUTER].publish = lost  # type: ignore[assignment,method-assign] # too late
        answer = await house.sent(do="replay", name=name)
        assert (answer.status_code, "可能已经执行" in answer.text) == (503, True)
        assert [deed[:3] for deed in await house.deeds()] == [("letter_replayed", "admin", name)]

    @pytest.mark.parametrize(
        "form",
        [
            {"name": "a"},
            {"do": "replay"},
            {"name": "a", "do": HOSTILE},
            {"name": "x" * 500, "do": "replay"},
        ],
    )
    async def test_refuses_what_no_form_of_ours_says(
        self, shown: DeskBench, form: dict[str, str]
    ) -> None:
        assert (await House(shown).sent(**form)).status_code == 422

    @pytest.mark.parametrize("name", [HOSTILE, "cases.v1/0/0", "../../people"])
    async def test_of_what_nobody_put_aside_is_refused(self, shown: DeskBench, name: str) -> None:
        house = House(shown)
        house.put_aside(ROUTER)
        for wish in ("replay", "dismiss"):
            assert (await house.sent(do=wish, name=name)).status_code == 409
        assert await house.deeds() == []


class TestDismissal:
    async def test_is_done_by_each_service_and_kept(self, shown: DeskBench) -> None:
        house = House(shown)
        name = house.put_aside(NOTIFIER, DESK)
        answer = await house.sent(do="dismiss", name=name)
        assert answer.headers["location"] == f"{PATH}?done=letter_dismiss_done"
        assert "没有死信" in await house.page()
        assert [one for topic in house.topics.values() for one in topic.published] == []
        assert await house.deeds() == [("letter_dismissed", "admin", name, "notifier desk")]


class TestService:
    @pytest.mark.parametrize("answer", NO_SERVICE.values(), ids=NO_SERVICE)
    async def test_is_no_other_program(self, shown: DeskBench, answer: httpx.Response) -> None:
        assert "没有应答" in await page(shown, saying(answer))

    async def test_is_shown_as_it_was_written(self, shown: DeskBench) -> None:
        one = told(name=HOSTILE, topic=HOSTILE, code=HOSTILE)
        found = await page(
            shown, saying(httpx.Response(200, json={"letters": [one], "some_older": True}))
        )
        assert HOSTILE in found
        assert ("其他原因" in found, "更早的" in found) == (True, True)

    @pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", None])
    async def test_may_say_any_instant(self, shown: DeskBench, at: str | None) -> None:
        letters = [told(rejected_at=at), told(2)]
        answer = httpx.Response(200, json={"letters": letters, "some_older": False})
        await page(shown, saying(answer))
