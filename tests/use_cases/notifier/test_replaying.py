"""Deliveries as administrators see them, and one that is sent again."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import APIRouter
from sqlalchemy import text

from schemas.deliveries import DeliveryState
from schemas.events.people import PersonRecorded
from schemas.roles import ActingRole
from services.access.door import Doorkeeper, Doors
from services.access.passes import HEADER, pass_of, passes
from services.access.register import Register
from services.notifier.bounds import LEASE
from services.notifier.domain.retries import TRIES
from services.notifier.http.cases import cases_router
from services.notifier.http.deliveries import DELIVERIES, deliveries_router
from services.notifier.store import deliveries
from services.notifier.store.deliveries import Outgoing
from services.notifier.sweeps import forget_deliveries
from services.notifier.use_cases.delivering import Webhooks, claim
from tests.support.keys import key, register_of
from tests.support.notifier import NOON, NotifierBench, case_of, registered, the_plan
from tests.support.receiver import head, saying
from tests.support.shown import person
from tests.support.web import app_of, talking_to
from tests.use_cases.notifier.test_delivering import OK, hooked, hooking

SECRET = b"a" * 32
HOOK = "https://hooks.example.org/a-path-that-is-a-secret"
WORDS = "a text that nobody beside the receiver reads"


async def kept(bench: NotifierBench, *, url: str = HOOK, body: bytes | None = None) -> UUID:
    """Keep a notice that must be sent; return its id."""
    data = {"case_id": str(case_of()), "template": "offered", "text_en": WORDS}
    told = json.dumps({"type": "notice.issued", "data": data}).encode()
    id_ = uuid4()
    outgoing = Outgoing(id=id_, url=url, body=told if body is None else body, created_at=bench.now)
    async with bench.database.write() as conn:
        await deliveries.add(conn, [outgoing])
    return id_


async def ended(bench: NotifierBench, id_: UUID, state: DeliveryState) -> None:
    mark = deliveries.sent if state is DeliveryState.SENT else deliveries.given_up
    async with bench.database.write() as conn:
        await mark(conn, id_, now=bench.now, told="410")


@pytest.fixture
async def client(bench: NotifierBench) -> AsyncIterator[httpx.AsyncClient]:
    """Return whoever brings the key that opens everything."""
    async with talking_to(app_of(routes(bench))) as found:
        yield found


def routes(bench: NotifierBench) -> APIRouter:
    webhooks = Webhooks(reporters=bench.webhooks.reporters)
    return deliveries_router(
        bench.database, plan=lambda: bench.plan, webhooks=webhooks, clock=lambda: bench.now
    )


async def listed(client: httpx.AsyncClient, state: str, **more: str) -> list[dict[str, Any]]:
    answer = await client.get(DELIVERIES, params={"state": state, **more})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["deliveries"]
    return found


async def replayed(
    client: httpx.AsyncClient, id_: UUID | str, ended_at: str | None
) -> httpx.Response:
    return await client.post(f"{DELIVERIES}/{id_}/replay", json={"ended_at": ended_at})


class TestList:
    async def test_says_of_each_what_became_of_it(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        bench.plan = hooking(the_plan(), "police", HOOK)
        ids = [await kept(bench) for _ in DeliveryState]
        await ended(bench, ids[1], DeliveryState.GIVEN_UP)
        await ended(bench, ids[2], DeliveryState.SENT)
        for id_, state in zip(ids, DeliveryState, strict=True):
            [found] = await listed(client, state)
            assert (found["id"], found["state"]) == (str(id_), state)
            assert (found["parties"], found["host"]) == (["police"], "hooks.example.org")
            assert (found["case_id"], found["template"]) == (str(case_of()), "offered")
            assert (found["tries"], found["replayed_by"]) == (TRIES, None)
            assert (found["ended_at"] is None) == (state is DeliveryState.WAITING)
            assert (found["next_try_at"] is None) != (state is DeliveryState.WAITING)

    async def test_has_no_words_of_a_notice_and_no_path_of_an_address(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await kept(bench)
        answer = await client.get(DELIVERIES, params={"state": "waiting"})
        assert "hooks.example.org" in answer.text
        assert [one in answer.text for one in (WORDS, "a-path-that-is-a-secret")] == [False, False]

    @pytest.mark.parametrize("state", DeliveryState)
    async def test_goes_on_page_by_page(
        self, bench: NotifierBench, client: httpx.AsyncClient, state: DeliveryState
    ) -> None:
        ids = []
        for number in range(5):
            bench.now = NOON + timedelta(minutes=number // 2)  # two of them at one instant
            ids.append(await kept(bench))
            if state is not DeliveryState.WAITING:
                await ended(bench, ids[-1], state)
        met, asked = [], {"state": state.value, "limit": "2"}
        while True:
            answer = (await client.get(DELIVERIES, params=asked)).json()
            met += answer["deliveries"]
            if answer["next"] is None:
                break
            asked["after"] = answer["next"]
        assert sorted(one["id"] for one in met) == sorted(map(str, ids))
        times = [one["ended_at"] or one["next_try_at"] for one in met]
        assert times == sorted(times, reverse=state is not DeliveryState.WAITING)

    async def test_is_of_one_receiver(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        bench.plan = hooking(the_plan(), "police", HOOK)
        mine, other = await kept(bench), await kept(bench, url="https://elsewhere.example.org")
        [found] = await listed(client, "waiting", receiver="police")
        assert found["id"] == str(mine)
        assert await listed(client, "waiting", receiver="supervision") == []
        everybody = await listed(client, "waiting")
        assert [one["parties"] for one in everybody if one["id"] == str(other)] == [[]]

    @pytest.mark.parametrize(
        "asked",
        [
            {},
            {"state": "lost"},
            {"state": "sent", "receiver": "nobody"},
            {"state": "sent", "limit": "1000"},
            {"state": "sent", "after": "x"},
            {"state": "sent", "url": HOOK},
        ],
    )
    async def test_refuses_what_is_no_filter(
        self, client: httpx.AsyncClient, asked: dict[str, str]
    ) -> None:
        assert (await client.get(DELIVERIES, params=asked)).status_code == 422

    @pytest.mark.parametrize("body", [b"", b"\xff\x00", b"[]", b'{"data": {"case_id": 7}}'])
    async def test_shows_one_whose_notice_cannot_be_read(
        self, bench: NotifierBench, client: httpx.AsyncClient, body: bytes
    ) -> None:
        await kept(bench, body=body, url="http://[")
        [found] = await listed(client, "waiting")
        assert (found["case_id"], found["template"], found["host"]) == (None, None, "-")

    @pytest.mark.parametrize("url", [None, HOOK])
    @pytest.mark.parametrize("state", DeliveryState)
    async def test_reads_an_index_and_sorts_nothing(
        self, bench: NotifierBench, state: DeliveryState, url: str | None
    ) -> None:
        async with bench.database.read() as conn:
            if conn.dialect.name != "sqlite":
                return
            condition, at = deliveries._BY_STATE[state]
            way = "" if state is DeliveryState.WAITING else " DESC"
            mine = " AND url = 'x'" if url else ""
            told = await conn.execute(
                text(
                    f"EXPLAIN QUERY PLAN SELECT * FROM delivery WHERE {condition}{mine} "  # noqa: S608 - ours
                    f"ORDER BY {at.name}{way}, id{way} LIMIT 50"
                )
            )
            plan = str(told.all())
        named = "receiver" if state is DeliveryState.WAITING and url else state.value
        more = "_receiver" if url and state is not DeliveryState.WAITING else ""
        assert f"ix_delivery_{named}{more}" in plan
        assert ("TEMP B-TREE" in plan) == (state is DeliveryState.WAITING)


class TestReplay:
    async def test_sends_what_was_given_up_once_more_under_its_id(
        self, bench: NotifierBench
    ) -> None:
        async with hooked(bench, saying(head("410 Gone"), OK)) as (receiver, deliver):
            await bench.tell(registered())
            await deliver()
            async with talking_to(app_of(routes(bench))) as client:
                [lost] = await listed(client, "given_up")
                assert (lost["parties"], lost["attempts"]) == (["reporters"], 1)
                bench.now += timedelta(hours=1)
                answer = await replayed(client, lost["id"], lost["ended_at"])
                assert answer.json()["state"] == "waiting"
                await deliver()
                [found] = await listed(client, "sent")
        assert [r.headers["webhook-id"] for r in receiver.requests] == [lost["id"]] * 2
        assert (found["attempts"], found["replayed_by"]) == (1, "key:first")

    async def test_is_done_once_however_often_it_is_asked_for(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        id_ = await kept(bench)
        await ended(bench, id_, DeliveryState.SENT)
        [seen] = await listed(client, "sent")
        for state in ("waiting", "waiting", "sent"):
            if state == "sent":
                bench.now += timedelta(minutes=1)
                await ended(bench, id_, DeliveryState.SENT)
            answer = await replayed(client, id_, seen["ended_at"])
            assert (answer.status_code, answer.json()["state"]) == (200, state)

    async def test_tries_now_what_would_be_tried_later(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        id_ = await kept(bench)
        async with bench.database.write() as conn:
            later = bench.now + timedelta(days=1)
            await deliveries.try_again(conn, id_, at=later, told="503")
        found = (await replayed(client, id_, None)).json()
        assert found["next_try_at"] == bench.now.isoformat().replace("+00:00", "Z")

    async def test_takes_nothing_from_whoever_tries_it_now(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        id_ = await kept(bench)
        await claim(bench.database, HOOK, now=bench.now)
        found = (await replayed(client, id_, None)).json()
        assert found["replayed_at"] is None
        assert await claim(bench.database, HOOK, now=bench.now + LEASE / 2) == []

    async def test_of_what_is_not_kept_is_said_so(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        id_ = await kept(bench)
        await ended(bench, id_, DeliveryState.GIVEN_UP)
        await forget_deliveries(bench.database, before=bench.now + timedelta(days=1))
        assert (await replayed(client, id_, None)).status_code == 404

    @pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"ended_at": 1}', b'{"ended_at": "x"}'])
    async def test_refuses_what_says_no_end(self, client: httpx.AsyncClient, body: bytes) -> None:
        answer = await client.post(
            f"{DELIVERIES}/{uuid4()}/replay",
            content=body,
            headers={"Content-Type": "application/json"},
        )
        assert answer.status_code in {400, 422}


class TestWhoMay:
    @pytest.mark.parametrize("role", ActingRole)
    async def test_is_an_administrator_by_a_pass_and_nobody_else(
        self, bench: NotifierBench, role: ActingRole
    ) -> None:
        id_ = await kept(bench)
        await ended(bench, id_, DeliveryState.GIVEN_UP)
        answer = await asked_by_pass(bench, role, DELIVERIES + "?state=given_up")
        may = role is ActingRole.ADMINISTRATOR
        assert answer.status_code == (200 if may else 403)

    async def test_opens_nothing_else_by_a_pass(self, bench: NotifierBench) -> None:
        await bench.tell(registered())
        answer = await asked_by_pass(bench, ActingRole.SUPERVISOR, f"/cases/{case_of()}")
        assert answer.status_code == 401

    async def test_is_a_key_with_the_scope(self, bench: NotifierBench) -> None:
        for scopes, status in ((("deliveries.manage",), 200), (("people.manage",), 403)):
            http = app_of(routes(bench), keys=[key(scopes=scopes)])
            async with talking_to(http) as client:
                answer = await client.get(DELIVERIES, params={"state": "sent"})
            assert answer.status_code == status


async def asked_by_pass(bench: NotifierBench, role: ActingRole, path: str) -> httpx.Response:
    """Return what somebody gets who is signed in at the desk in one role."""
    register = Register(())
    told = {"id": "chen-jing", "version": 1, "at": NOON, "name": "Chen Jing", "roles": (role,)}
    register.note(PersonRecorded.model_validate(told, strict=False))
    by_pass = passes(register, secrets=[SECRET], clock=lambda: bench.now, below=(DELIVERIES,))
    http = app_of(
        routes(bench), cases_router(bench.database, clock=lambda: bench.now), is_guarded=False
    )
    keeper = Doorkeeper(register_of(), clock=lambda: bench.now, provers=(by_pass,))
    http.add_middleware(Doors, keeper=keeper)
    text_ = pass_of(person(role, id_="chen-jing"), until=bench.now + LEASE, secret=SECRET)
    async with talking_to(http, token="") as client:
        return await client.get(path, headers={HEADER: text_})
