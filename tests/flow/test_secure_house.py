"""A house whose broker asks who is calling: the whole story, each party as its own user."""

import re
import time
from base64 import b32decode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from schemas.topics import INCIDENT_REPORTS, assignments
from schemas.vocabulary import case_id_for
from services.desk.domain.totp import STEP_SECONDS, code_at
from services.desk.http.entrance import ACCOUNT, CONFIRM, FACTOR
from services.kit.kafka.brokers import Brokers, Login, Security
from services.kit.kafka.publisher import Publisher
from services.machine.house import House
from tests.support.command import tongxin, until
from tests.support.desk import GOOD
from tests.support.locked import foreign_options, read, why_refused
from tests.support.town import PLAN, Town, shifted_house, town_in

pytestmark = pytest.mark.kafka
DEPARTMENT = "urban-management"
ADMINISTRATION = (
    *("/people", "/new-person", "/keys", "/new-key", "/open-sessions", "/audit"),
    *("/plan-in-use", "/processes", "/deliveries", "/dead-letters"),
)


@pytest.fixture(scope="module")
def secure() -> Iterator[tuple[House, Path]]:
    with shifted_house(secure=True) as running:
        yield running


@pytest.fixture
async def town(secure: tuple[House, Path]) -> AsyncIterator[Town]:
    async with town_in(*secure) as observed:
        yield observed


def password_file(town: Town, user: str) -> Path:
    own = town.house.own_broker
    assert own is not None
    assert own.passwords is not None
    return own.passwords.file(user)


@asynccontextmanager
async def speaking_as(town: Town, user: str) -> AsyncIterator[None]:
    """Let what the town says in this block be said by a user."""
    login = Login(user=user, password_file=password_file(town, user))
    brokers = Brokers(bootstrap=town.house.kafka, security=Security.SASL_PLAINTEXT, login=login)
    everybodys, town.publisher = town.publisher, Publisher(brokers, client_id="test")
    await town.publisher.start()
    try:
        yield
    finally:
        await town.publisher.stop()
        town.publisher = everybodys


@asynccontextmanager
async def signed_in(
    town: Town, id_: str, name: str, *asked: str
) -> AsyncIterator[httpx.AsyncClient]:
    """Let somebody in by the link that is printed for them; returns their browser."""
    data, desk = ("--data", str(town.house.logs.parent)), town.house.url("desk")
    added = await tongxin("people", "add", id_, "--name", name, *asked, *data)
    assert added.code == 0, added.text
    link = httpx.URL((await tongxin("people", "link", id_, *data)).text.strip())
    headers = {"Origin": desk, "Accept": "text/html", "Accept-Language": "zh"}
    async with httpx.AsyncClient(base_url=desk, headers=headers, trust_env=False) as browser:
        entered = await browser.post(link.path, data={"password": GOOD, "again": GOOD})
        assert entered.status_code == httpx.codes.SEE_OTHER, entered.text
        yield browser


async def shown(browser: httpx.AsyncClient, path: str) -> str:
    """Return a page, which must be one."""
    answer = await browser.get(path)
    assert answer.status_code == httpx.codes.OK, (path, answer.status_code, answer.text)
    return answer.text


async def replay_and_dismiss(town: Town, browser: httpx.AsyncClient) -> None:
    """Let a report that cannot be read be replayed at the desk, and dismissed as it comes back."""
    path, known = "/dead-letters", set[str]()

    async def another() -> list[str]:
        listed = re.findall(
            r'class="who"><code lang="en">([^<]*)</code>', await shown(browser, path)
        )
        return [name for name in listed if name not in known]

    await town.publish(INCIDENT_REPORTS, key="k", value=b"{")
    for wish in ("replay", "dismiss"):
        [name] = await until(another, told="the report among the dead letters")
        known.add(name)
        done = await browser.post(path, data={"do": wish, "name": name})
        assert done.headers.get("Location") == f"{path}?done=letter_{wish}_done", done.text
    assert "没有死信" in await shown(browser, path)
    assert "要求移除死信" in await shown(browser, "/audit")


class TestStory:
    async def test_is_whole_with_a_user_for_each_party(self, town: Town) -> None:
        async with speaking_as(town, "source-grid-app"):
            case = await town.report(source="grid-app", category="E0192")
        order = await town.order(DEPARTMENT, case)
        user = f"dept-{DEPARTMENT}"
        theirs = foreign_options(
            town.house.kafka, user, password_file(town, user).read_text(encoding="utf-8")
        )
        (first, *_) = read(theirs, assignments(DEPARTMENT), group=f"{user}.orders")
        assert isinstance(first, bytes)
        assert str(order["assignment_id"]).encode() in first
        async with speaking_as(town, user):
            await town.work(DEPARTMENT, case, "accepted", "started", "done")
        await town.event(case, "case.closed")
        assert read(theirs, INCIDENT_REPORTS, group=f"{user}.orders") == [
            "TOPIC_AUTHORIZATION_FAILED"
        ]


class TestDesk:
    async def test_takes_a_report_that_becomes_the_case_it_said(self, town: Town) -> None:
        form = {"description": "路口的路灯不亮", "place.grid": "36011100300103"}
        async with signed_in(town, "zhou.yu", "周宇", "--role", "acceptor") as browser:
            looked = (await browser.post("/report", data={**form, "act": "look"})).text
            carried = dict(re.findall(r'name="(once|shown)" value="([^"]*)"', looked))
            saved = await browser.post("/report", data={**form, **carried, "act": "save"})
            assert saved.status_code == httpx.codes.SEE_OTHER, saved.text
            way = saved.headers["Location"]

            async def promised() -> str:
                told = re.search("我们将在 (.*) 前办结", (await browser.get(way)).text)
                return "" if told is None else told[1]

            assert await until(promised, told="the promise on the page that reads back")
            await shown(browser, "/overview")
        number = way.removeprefix("/report/")
        event = await town.event(str(case_id_for("desk", number)), "case.registered")
        assert event["reporter"]["source_id"] == number
        assert carried["shown"] == f"{event['category']} {event['urgency']}"

    async def test_lets_a_handler_accept_and_shows_what_came_of_it(self, town: Town) -> None:
        case = await town.report(category="E0192", place={"point": {"lat": 28.676, "lon": 115.96}})
        order = await town.order(DEPARTMENT, case)
        path = f"/cases/{case}"
        office = ("--role", "handler", "--department", DEPARTMENT)
        async with signed_in(town, "wang.fang", "王芳", *office) as browser:

            async def listed() -> bool:
                return path in await shown(browser, "/cases")

            assert await until(listed, told="the case in the list of who handles it")
            text = await shown(browser, path)
            forms = re.findall(r"<form.*?</form>", text, re.DOTALL)
            [form] = [one for one in forms if 'value="accepted"' in one]
            given = dict(re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', form))
            sent = await browser.post(f"{path}/answers", data=given)
            assert sent.status_code == httpx.codes.SEE_OTHER, sent.text
            event = await town.event(case, "assignment.accepted")
            assert event["acting"]["person"] == "wang.fang"
            assert event["assignment_id"] == order["assignment_id"]

            async def changed() -> bool:
                return "wang.fang" in await shown(browser, path)

            assert await until(changed, told="who accepted, in the story on the page")
            for kept in ("/overview", "/people", "/keys"):
                assert (await browser.get(kept)).status_code == httpx.codes.FORBIDDEN

    async def test_shows_an_administrator_who_may_what(self, town: Town) -> None:
        async with signed_in(town, "he.jun", "何军", "--role", "administrator") as browser:
            assert (await browser.get("/people")).status_code == httpx.codes.FORBIDDEN
            begun = await browser.post(FACTOR, data={"old": GOOD})
            assert begun.status_code == httpx.codes.SEE_OTHER, begun.text
            account = await shown(browser, ACCOUNT)
            [told] = re.findall(r'class="secret".*?<code>([A-Z2-7 ]+)</code>', account)
            secret = b32decode(told.replace(" ", ""))
            code = code_at(secret, int(time.time()) // STEP_SECONDS)
            confirmed = await browser.post(CONFIRM, data={"code": code})
            assert confirmed.status_code == httpx.codes.SEE_OTHER, confirmed.text
            for path in ADMINISTRATION:
                assert "没有应答" not in await shown(browser, path)
            await replay_and_dismiss(town, browser)


class TestCommands:
    async def test_find_who_they_are_in_the_folder(
        self, town: Town, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TONGXIN_DATA", str(town.house.logs.parent))
        letters = await tongxin("dead-letters", "list")
        assert (letters.code, letters.text.strip()) == (0, "No dead letters.")
        topics = await tongxin(
            *("topics", "apply", "--acls", "--check", "--plan", str(PLAN)),
            *("--partitions", "4", "--replication", "1"),
        )
        assert topics.code == 0, topics.text


class TestNewPassword:
    async def test_of_a_service_takes_hold_while_it_works_and_nothing_is_lost(
        self, town: Town, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TONGXIN_DATA", str(town.house.logs.parent))
        before = password_file(town, "router").read_text(encoding="utf-8")

        cases: list[str] = []

        async def report(count: int) -> None:
            for _ in range(count):  # each at a place of its own, or they would be one case
                spot = {"lat": 28.68 + len(cases) * 0.002, "lon": 115.96}
                cases.append(await town.report(category="E0192", place={"point": spot}))

        await report(5)
        said = await tongxin(
            *("topics", "apply", "--acls", "--new-password", "router", "--plan", str(PLAN)),
            *("--partitions", "4", "--replication", "1"),
        )
        assert said.code == 0, said.text
        assert password_file(town, "router").read_text(encoding="utf-8") != before
        await report(5)  # over the connections of before
        for case in cases:
            await town.order(DEPARTMENT, case)
        town.house.children.stop("router")
        assert town.house.children.restart_ended("router") == ["router"]
        await report(5)  # over new ones
        for case in cases:
            await town.order(DEPARTMENT, case)
        old = foreign_options(town.house.kafka, "router", before)
        assert why_refused(old) == "_AUTHENTICATION"


class TestPasswords:
    async def test_stand_in_no_log(self, town: Town) -> None:
        folder = password_file(town, "intake").parent
        passwords = [file.read_bytes() for file in folder.iterdir()]
        logs = [*town.house.logs.iterdir(), folder.parent / "kafka.log"]
        assert len(passwords) > len(town.house.ports)
        for log in logs:
            said = log.read_bytes()
            assert not [password for password in passwords if password in said], log

    async def test_are_for_the_owner_alone(self, town: Town) -> None:
        folder = password_file(town, "intake").parent
        assert folder.stat().st_mode & 0o077 == 0
        for file in (*folder.iterdir(), folder.parent / "server.properties"):
            assert file.stat().st_mode & 0o177 == 0, file
