"""The door of each service to its dead letters: who comes in, what is told, what is done."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from schemas.cloudevents import Headers
from schemas.events.people import PersonRecorded
from schemas.roles import ActingRole
from schemas.topics import CASES, PEOPLE, SERVICES, dead_letters
from schemas.vocabulary import DESK, INTAKE, ROUTER
from services.access.following import Following
from services.access.passes import HEADER, pass_of
from services.kit.clock import system_clock
from services.kit.process.runtime import Runtime
from services.kit.records import FRAME, Fault, Message
from services.kit.sealing.keys import KeyFile
from services.kit.sql.database import sqlite_url
from services.letters_door import letters_router
from services.machine.services import REGISTRY
from tests.support.intake import KEYS
from tests.support.keys import BEGAN, SECRET, key
from tests.support.letters import LettersInMemory, own_letters, put_aside
from tests.support.shown import person
from tests.support.web import app_of, talking_to

CANARY = "13800138000"


def door(topic: LettersInMemory, *, service: str = ROUTER, scopes: tuple[str, ...] = ()) -> FastAPI:
    """Return the door of a service; of a key with these scopes, else of one with all."""
    keys = [key(scopes=scopes)] if scopes else []
    keys_of_letters = KEYS if service == INTAKE else None
    own = own_letters(topic, keys=keys_of_letters)
    return app_of(letters_router(own, service=service), keys=keys)


async def said(http: FastAPI, path: str = "", body: object = None) -> tuple[int, Any]:
    """Return what is answered, its status first."""
    async with talking_to(http) as client:
        if body is None:
            answer = await client.get(f"/dead-letters{path}")
        else:
            answer = await client.post(f"/dead-letters{path}", json=body)
    return answer.status_code, answer.json()


class TestList:
    async def test_tells_where_when_and_why_in_a_word(self) -> None:
        topic = LettersInMemory(ROUTER)
        name = topic.add(put_aside(by=ROUTER, value=b"12345"))
        told = {
            "name": name,
            "topic": CASES,
            "code": "not_json",
            "rejected_at": "2026-01-05T03:20:00Z",
            "size": 5,
            "why_not": None,
        }
        assert await said(door(topic)) == (200, {"letters": [told], "some_older": False})

    @pytest.mark.parametrize("keys", [None, KEYS])
    async def test_tells_nothing_that_the_record_brought(self, keys: KeyFile | None) -> None:
        topic = LettersInMemory(INTAKE)
        fault = Fault(CANARY, f"{CANARY} is not expected here")
        value = f'{{"{CANARY}": 1}}'.encode()
        topic.add(put_aside(by=INTAKE, value=value, faults=(fault,), keys=keys))
        status, told = await said(door(topic, service=INTAKE))
        assert (status, len(told["letters"])) == (200, 1)
        assert CANARY not in str(told)

    @pytest.mark.parametrize(
        "headers",
        [
            (),
            (("tongxin_faults", b"[" * 9_000), ("tongxin_rejected_at", b"\xff")),
            (("tongxin_faults", b'{"a": 1}'), ("tongxin_rejected_at", b"9999-99-99")),
            (("tongxin_code", b"\x00\xff" * 500), ("tongxin_topic", b"\xed\xa0\x80")),
            (("tongxin_null", b"sealed"), ("tongxin_key", b"x")),
        ],
    )
    @pytest.mark.parametrize("value", [b"\xff", b"\x93\x01\x02\x03"])
    async def test_tells_of_whatever_stands_there(self, headers: Headers, value: bytes) -> None:
        topic = LettersInMemory(INTAKE)
        name = b"\xff\x00".decode("utf-8", "surrogateescape")
        topic.add(Message(dead_letters(INTAKE), name, value, headers))
        status, told = await said(door(topic, service=INTAKE))
        assert (status, len(told["letters"])) == (200, 1)

    async def test_says_that_the_log_is_away(self) -> None:
        topic = LettersInMemory(ROUTER)
        topic.is_away = True
        for path, body in (("", None), ("/replay", {"name": "x"}), ("/dismiss", {"name": "x"})):
            assert (await said(door(topic), path, body))[0] == 503


class TestWhoMay:
    @pytest.mark.parametrize("path", ["", "/replay", "/dismiss"])
    async def test_is_a_key_with_the_scope(self, path: str) -> None:
        body = {"name": "x"} if path else None
        for scopes, status in (
            (("dead-letters.manage",), 404 if path else 200),
            (("deliveries.manage", "people.manage"), 403),
        ):
            http = door(LettersInMemory(ROUTER), scopes=scopes)
            assert (await said(http, path, body))[0] == status

    @pytest.mark.parametrize("service", [one for one in SERVICES if one != DESK])
    async def test_is_an_administrator_who_is_signed_in_at_the_desk(
        self, service: str, tmp_path: Path
    ) -> None:
        """The whole app of each service, by a pass of the desk."""
        http = app_with(service, tmp_path)
        for role, status in ((ActingRole.ADMINISTRATOR, 200), (ActingRole.DISPATCHER, 403)):
            let_in(http.state.runtime, role)
            assert await by_pass(http, "/dead-letters", role) == status
        if service == ROUTER:
            assert await by_pass(http, "/plan", ActingRole.DISPATCHER) == 401


def app_with(service: str, folder: Path) -> FastAPI:
    """Return a service that nothing runs of, with a topic of letters in memory."""
    told: dict[str, Any] = {
        "database_url": sqlite_url(folder / "none.sqlite"),
        "access_secret": SECRET,
        "privacy_key_file": folder / "privacy.key",
    }
    settings = REGISTRY[service].settings(**told)
    http: FastAPI = import_module(f"services.{service}.app").build_app(settings)
    http.state.runtime.letter_topic.newest = LettersInMemory(service).newest
    return http


def let_in(runtime: Runtime, role: ActingRole) -> None:
    """Let a service hear of somebody in one role."""
    told = {"id": role, "version": 1, "at": BEGAN, "name": "He Jun", "roles": (role,)}
    recorded = PersonRecorded.model_validate(told, strict=False)
    [following] = [
        one for one in runtime.beside if isinstance(one, Following) and one._topic == PEOPLE
    ]
    following._take_record(recorded.key.encode(), recorded.model_dump_json().encode())


async def by_pass(http: FastAPI, path: str, role: ActingRole) -> int:
    """Return what somebody gets who comes from the desk, as a status."""
    until = system_clock().replace(year=2100)
    told = pass_of(person(role, id_=role), until=until, secret=SECRET.encode())
    async with talking_to(http, token="") as client:
        return (await client.get(path, headers={HEADER: told})).status_code


class TestReplay:
    async def test_is_done_once_for_all_that_put_the_record_aside(self) -> None:
        topic = LettersInMemory(ROUTER)
        name = topic.add(put_aside(by=ROUTER))
        wish = {"name": name, "services": ["notifier", "desk"]}

        status, told = await said(door(topic), "/replay", wish)

        assert (status, told["name"]) == (200, name)
        [again] = topic.published
        assert again.headers[-1] == ("tongxin_replayed", f"desk notifier router {name}".encode())
        assert (await said(door(topic), "/replay", wish))[0] == 404
        assert len(topic.published) == 1

    @pytest.mark.parametrize(
        ("message", "service", "why"),
        [
            (put_aside(by=ROUTER, keys=KEYS), ROUTER, "sealed"),
            (put_aside(by=ROUTER, faults=(Fault(FRAME, "x"),)), ROUTER, "no_record"),
            (put_aside("people.v1", by=ROUTER), ROUTER, "not_ours"),
            (put_aside(by=DESK), DESK, "not_ours"),
        ],
    )
    async def test_is_refused_with_the_reason(
        self, message: Message, service: str, why: str
    ) -> None:
        topic = LettersInMemory(service)
        name = topic.add(message)
        status, told = await said(door(topic, service=service), "/replay", {"name": name})
        assert (status, told["why_not"]) == (409, why)
        assert topic.messages == [message]
        assert (await said(door(topic, service=service)))[1]["letters"][0]["why_not"] == why

    @pytest.mark.parametrize(
        "body",
        [
            {},
            [],
            {"name": ""},
            {"name": "x" * 401},
            {"name": "x\x00"},
            {"name": "x", "services": ["payments"]},
            {"name": "x", "services": ["desk"] * 11},
            {"name": "x", "more": 1},
        ],
    )
    async def test_refuses_what_names_no_letter(self, body: object) -> None:
        assert (await said(door(LettersInMemory(ROUTER)), "/replay", body))[0] == 422


class TestDismissal:
    async def test_takes_the_letter_off_and_publishes_nothing(self) -> None:
        topic = LettersInMemory(ROUTER)
        name = topic.add(put_aside(by=ROUTER))
        assert (await said(door(topic), "/dismiss", {"name": name}))[0] == 200
        assert (await said(door(topic)))[1]["letters"] == []
        assert topic.published == []
        assert (await said(door(topic), "/dismiss", {"name": name}))[0] == 404
