"""Who hears of which change, what they missed, and when a stream ends."""

import asyncio
import gzip
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from uuid import UUID

import httpx
import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message

from schemas.roles import ActingRole
from services.access.actor import Actor
from services.access.pace import Pace, Strangers
from services.desk.bounds import OPENED_AT_ONCE
from services.desk.domain.lasting import IDLE
from services.desk.http.live import forget_what_moved, live_router
from services.desk.http.site import BY_ITSELF, SESSION, Site
from services.desk.pages.rendering import ASSETS, LEAVING
from services.desk.use_cases import live
from services.desk.use_cases.lasting import sign_out
from services.desk.use_cases.live import Hub, Stream, Told
from services.kit.http.problems import Refused
from tests.support.browser.served_desk import ServedDesk, served
from tests.support.desk_town import AFTERNOON
from tests.support.keys import TOKEN
from tests.support.live import listening, tell
from tests.support.notifier import assigned, case_of, merged, registered
from tests.support.proven import proven
from tests.support.shown import SUPERVISOR, DeskBench, person
from tests.support.web import app_of

PARTY = "urban-management"
HANDLER = person(ActingRole.HANDLER, departments=[PARTY])
POLICE = person(ActingRole.HANDLER, id_="zhao-min", departments=["police"])

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def hub(desk: DeskBench) -> Hub:
    """Return a hub that followed once."""
    found = Hub(desk.database, clock=lambda: desk.now)
    opened(found, SUPERVISOR)
    await found.look()
    return found


def opened(
    hub: Hub, actor: Actor, *, after: str | None = None, session: str = "s", address: str = "a"
) -> Stream:
    """Return a stream of somebody that begins where the hub is, or after a position."""
    position = hub.position if after is None else after
    return hub.open(actor, session=session, address=address, after=position)


async def heard(stream: Stream) -> Told:
    """Return what waits for a stream."""
    stream._woken.set()
    told = await stream.next()
    assert told is not None
    return told


class TestChange:
    async def test_is_told_to_those_who_see_the_case_and_nobody_else(
        self, desk: DeskBench, hub: Hub
    ) -> None:
        all_, ours, theirs = (opened(hub, one) for one in (SUPERVISOR, HANDLER, POLICE))
        await tell(desk, registered(), assigned(PARTY))
        await hub.look()
        assert (await heard(all_)).changed == (case_of(),)
        assert (await heard(ours)).changed == (case_of(),)
        assert (await heard(theirs)).changed == ()

    async def test_is_told_to_who_sees_the_case_no_longer(self, desk: DeskBench, hub: Hub) -> None:
        await tell(desk, registered(), assigned(PARTY))
        await hub.look()
        ours, theirs = opened(hub, HANDLER), opened(hub, POLICE)
        await tell(desk, assigned("police", round_=2))
        await hub.look()
        assert (await heard(ours)).changed == (case_of(),)
        assert (await heard(theirs)).changed == (case_of(),)
        await tell(desk, merged("9"))
        await hub.look()
        assert (await heard(ours)).changed == ()

    async def test_is_told_by_every_process_whoever_made_it(
        self, desk: DeskBench, hub: Hub
    ) -> None:
        other = Hub(desk.database, clock=lambda: desk.now)
        streams = [opened(hub, SUPERVISOR), opened(other, SUPERVISOR)]
        await other.look()
        assert (await heard(streams[1])).anew  # it followed nothing before
        await tell(desk, registered())
        for one in (hub, other):
            await one.look()
        assert [(await heard(one)).changed for one in streams] == [(case_of(),)] * 2

    async def test_that_was_missed_is_told_by_the_last_position(
        self, desk: DeskBench, hub: Hub
    ) -> None:
        await tell(desk, registered(), registered(report="2"))
        await hub.look()
        first = f"{hub.position.partition('-')[0]}-1"
        assert (await heard(opened(hub, SUPERVISOR, after=first))).changed == (case_of("2"),)
        assert (await heard(opened(hub, POLICE, after=first))).changed == ()
        assert not (await heard(opened(hub, SUPERVISOR))).anew

    @pytest.mark.parametrize(
        "after",
        ["", "-", "other-0", "{epoch}-99", "{epoch}--1", "{epoch}-x", "{epoch}-²", "9" * 9_000],
        ids=range(8),
    )
    async def test_after_a_position_that_nobody_knows_is_any(self, hub: Hub, after: str) -> None:
        epoch = hub.position.partition("-")[0]
        stream = opened(hub, SUPERVISOR, after=after.format(epoch=epoch))
        assert (await heard(stream)).anew

    async def test_that_happened_while_nobody_listened_is_told(
        self, desk: DeskBench, hub: Hub
    ) -> None:
        position = hub.position
        for one in [*hub._streams]:
            hub.leave(one)
        await tell(desk, registered())
        await hub.look()  # nobody listens, and so it does not look
        assert hub.position == position
        stream = opened(hub, SUPERVISOR, after=position)
        await hub.look()
        assert (await heard(stream)).changed == (case_of(),)

    async def test_among_too_many_is_any(
        self, desk: DeskBench, hub: Hub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(live, "MOST_CHANGES", 2)
        stream, before = opened(hub, SUPERVISOR), hub.position
        await tell(desk, *(registered(report=str(n)) for n in range(3)))
        await hub.look()
        assert (await heard(stream)).anew
        assert (await heard(opened(hub, SUPERVISOR, after=before))).anew
        await tell(desk, registered(report="9"))
        await hub.look()
        assert (await heard(stream)).changed == (case_of("9"),)

    async def test_that_is_kept_no_longer_is_any(
        self, desk: DeskBench, hub: Hub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.desk.store.changes.CHANGES_KEPT", 1)
        stream = opened(hub, SUPERVISOR)
        await tell(desk, registered(), registered(report="2"))
        await forget_what_moved(desk.database, clock=lambda: desk.now)
        await hub.look()
        assert (await heard(stream)).anew

    async def test_does_not_pile_up_before_a_slow_reader(
        self, desk: DeskBench, hub: Hub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(live, "MOST_WAITING", 2)
        stream = opened(hub, SUPERVISOR)
        await tell(desk, *(registered(report=str(n)) for n in range(3)))
        await hub.look()
        assert stream._waiting == {}
        assert await heard(stream) == Told(hub.position, anew=True)


class TestStreams:
    async def test_are_few_of_one_session(self, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(live, "MOST_OF_A_SESSION", 1)
        stream = opened(hub, HANDLER, session="mine")
        with pytest.raises(Refused) as refused:
            opened(hub, HANDLER, session="mine")
        assert refused.value.answer().status_code == 429
        hub.leave(stream)
        opened(hub, HANDLER, session="mine")

    @pytest.mark.parametrize(
        ("bound", "status"), [("MOST_OF_AN_ADDRESS", 429), ("MOST_STREAMS", 503)]
    )
    async def test_are_bounded(
        self, hub: Hub, monkeypatch: pytest.MonkeyPatch, bound: str, status: int
    ) -> None:
        monkeypatch.setattr(live, bound, 1)  # which the fixture has
        with pytest.raises(Refused) as refused:
            opened(hub, HANDLER, session="another")
        assert refused.value.answer().status_code == status

    async def test_are_opened_at_a_pace(self, hub: Hub) -> None:
        for _ in range(OPENED_AT_ONCE):
            hub.leave(opened(hub, HANDLER, session="quick"))
        with pytest.raises(Refused, match="Too many requests"):
            opened(hub, HANDLER, session="quick")

    @pytest.mark.parametrize("version", ["2.3", "2.4"])
    async def test_of_a_browser_that_is_gone_at_once_is_forgotten(
        self, desk: DeskBench, hub: Hub, version: str
    ) -> None:
        site = Site(public_url="", strangers=Strangers(Pace(1.0, 1_000)))
        router = live_router(hub, site, desk.database, clock=hub.clock)
        http = app_of(router, is_guarded=False)
        proven(http, HANDLER)
        before = hub.listening
        with suppress(ClientDisconnect, OSError):
            await http(
                {
                    "type": "http",
                    "asgi": {"version": "3.0", "spec_version": version},
                    "method": "GET",
                    "path": "/live",
                    "query_string": b"",
                    "headers": [(b"cookie", f"{SESSION}=x".encode())],
                    "client": ("127.0.0.1", 5_000),
                    "server": ("localhost", 80),
                    "scheme": "http",
                },
                Gone(),
                gone_too,
            )
        assert hub.listening == before


class Gone:
    """What a browser sends that has gone by the time its request is read."""

    def __init__(self) -> None:
        self._left = [{"type": "http.request", "body": b"", "more_body": False}]

    async def __call__(self) -> Message:
        return self._left.pop() if self._left else {"type": "http.disconnect"}


async def gone_too(_: Message) -> None:
    """Take no answer."""
    raise OSError


@pytest.fixture
async def there(town: DeskBench) -> AsyncIterator[ServedDesk]:
    """Return a town's desk behind a port."""
    async with served(town.database) as found:
        await found.hub.look()
        yield found


async def let_in(there: ServedDesk, *, id_: str = "li", department: str = PARTY) -> str:
    """Return the token of a handler's session."""
    return await there.desk.let_in(id_, ActingRole.HANDLER, departments=[department])


def talking(there: ServedDesk, token: str) -> httpx.AsyncClient:
    """Return a browser with a session."""
    headers = {"Cookie": f"{SESSION}={token}", "Sec-Fetch-Site": "same-origin"}
    return httpx.AsyncClient(base_url=there.url, headers=headers, trust_env=False)


class TestStream:
    async def test_tells_what_somebody_may_see(self, town: DeskBench, there: ServedDesk) -> None:
        ours, theirs = await let_in(there), await let_in(there, id_="zhao", department="police")
        async with (
            listening(there.url, ours, last=there.hub.position) as mine,
            listening(there.url, theirs, last=there.hub.position) as other,
        ):
            await tell(town, registered(report="a", at=AFTERNOON))
            await tell(town, assigned(PARTY, report="a", at=AFTERNOON))
            await tell(town, registered(report="b", at=AFTERNOON))
            await tell(town, assigned("police", report="b", at=AFTERNOON))
            for one, report in ((mine, "a"), (other, "b")):
                event = await one.next()
                assert event is not None
                assert (event.kind, event.data) == ("changed", [str(case_of(report))])

    async def test_tells_what_was_missed(self, town: DeskBench, there: ServedDesk) -> None:
        token = await let_in(there)
        async with listening(there.url, token) as first:
            event = await first.next()
            assert event is not None
            assert event.kind == "anew"  # it says of no position that it was there
        await tell(town, assigned("police", report="8", round_=2, at=AFTERNOON))
        async with listening(there.url, token, last=event.id) as again:
            missed = await again.next()
        assert missed is not None
        assert (missed.kind, missed.data) == ("changed", [str(case_of("8"))])

    async def test_ends_when_somebody_signs_out(self, there: ServedDesk) -> None:
        token = await let_in(there)
        async with listening(there.url, token, last=there.hub.position) as mine:
            await sign_out(token, identity=there.desk.identity)
            event = await mine.next()
            assert event is not None
            assert event.kind == "ended"
            assert await mine.next() is None
        assert there.hub.listening == 0

    async def test_ends_with_other_roles(self, there: ServedDesk) -> None:
        token = await let_in(there)
        async with listening(there.url, token, last=there.hub.position) as mine:
            await there.desk.add("li", ActingRole.HANDLER, departments=["police"])
            event = await mine.next()
            assert event is not None
            assert event.kind == "ended"

    async def test_keeps_no_session_alive(self, there: ServedDesk) -> None:
        token = await let_in(there)
        async with (
            listening(there.url, token, last=there.hub.position) as mine,
            talking(there, token) as page,
        ):
            there.desk.clock.pass_by(IDLE - timedelta(minutes=1))
            by_itself = {BY_ITSELF: "1", "Accept": "text/html"}
            assert (await page.get("/cases", headers=by_itself)).status_code == 200
            there.desk.clock.pass_by(timedelta(minutes=1))
            event = await mine.next()
            assert event is not None
            assert event.kind == "ended"

    async def test_ends_at_once_when_the_service_stops(self, there: ServedDesk) -> None:
        token = await let_in(there)
        async with listening(there.url, token, last=there.hub.position) as mine:
            stopping = asyncio.create_task(there.stop())
            assert await mine.next() is None  # whole, and not cut off
            await stopping

    async def test_is_for_whoever_is_signed_in(self, there: ServedDesk) -> None:
        async with httpx.AsyncClient(base_url=there.url, trust_env=False) as client:
            assert (await client.get("/live")).status_code == 401
            answer = await client.get("/live", headers={"Authorization": f"Bearer {TOKEN}"})
            assert answer.status_code in {401, 403}
            administrator = await there.desk.let_in("root", ActingRole.ADMINISTRATOR)
            answer = await client.get("/live", headers={"Cookie": f"{SESSION}={administrator}"})
            assert answer.status_code == 403


class TestLook:
    PATH = f"/cases/{case_of('8')}"

    async def test_is_told_to_the_others_until_it_ends(self, there: ServedDesk) -> None:
        mine, theirs = await let_in(there), await let_in(there, id_="zhao")
        async with (
            talking(there, mine) as me,
            talking(there, theirs) as other,
            listening(there.url, mine, last=there.hub.position) as heard_,
        ):
            look = partial(other.post, f"{self.PATH}/looking")
            assert (await look(data={"here": "1"})).status_code == 204
            event = await heard_.next()
            assert event is not None
            assert (event.kind, event.data) == ("looked", [str(case_of("8"))])
            assert "zhao by name 也在查看此案" in await self.shown(me)
            assert "也在查看此案" not in await self.shown(other)
            there.desk.clock.pass_by(timedelta(seconds=59))
            await look(data={"here": "1"})
            there.desk.clock.pass_by(timedelta(seconds=59))
            assert "也在查看此案" in await self.shown(me)
            await look(data={"left": "1"})
            assert "也在查看此案" not in await self.shown(me)
            await look(data={"here": "1"})
            there.desk.clock.pass_by(timedelta(seconds=60))
            assert "也在查看此案" not in await self.shown(me)

    async def test_of_who_may_not_see_the_case_is_none(self, there: ServedDesk) -> None:
        token = await let_in(there, department="court")
        async with talking(there, token) as client:
            answer = await client.post(f"{self.PATH}/looking", data={"here": "1"})
            assert answer.status_code == 404
            nobody = await client.post(f"/cases/{UUID(int=0)}/looking", data={"here": "1"})
            assert nobody.status_code == 404

    @staticmethod
    async def shown(client: httpx.AsyncClient) -> str:
        answer = await client.get(TestLook.PATH, headers={"Accept": "text/html"})
        assert answer.status_code == 200
        return answer.text


class TestFirstView:
    async def test_is_light(self, there: ServedDesk) -> None:
        async with talking(there, await let_in(there)) as client:
            parts = [(await client.get("/cases?open=true", headers={"Accept": "text/html"}))]
            loaded = re.findall(r'(?:src|href)="(/static/[^"]*)"', parts[0].text)
            assert {*loaded} == {asset.path for asset in ASSETS} - {LEAVING.path}
            parts += [await client.get(path) for path in loaded]
        assert sum(len(gzip.compress(one.content)) for one in parts) < 60_000
