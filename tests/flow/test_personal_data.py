"""How a reporter can be reached is on no topic but the one it came on, in no log and no file."""

import json
import re
import shlex
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar, Final

import httpx
import pytest
from typing_extensions import override

from schemas.topics import INCIDENT_REPORTS, SERVICES, dead_letters
from services.demo.stagehand import ear
from services.kit.kafka.topics import administered
from services.kit.process.settings import database_variable
from services.kit.stage.letter_topic import listed
from services.machine.house import House
from services.machine.secrets_kept import PRIVACY_KEY_FILE
from tests.support.asking import asking
from tests.support.command import Raw, Said, tongxin, until, written
from tests.support.databases import ENGINES
from tests.support.town import Town, shifted_house

pytestmark = pytest.mark.kafka

CONTACT: Final = {
    "name": "金丝雀女士 Vogelsang",
    "phone": "139-5550-1234",
    "email": "Kanarie@vogelsang.example",
}
WORDS: Final = ("金丝雀女士", "Vogelsang", "139-5550-1234", "13955501234", "anarie@vogelsang")
CANARIES: Final = {
    form
    for word in WORDS
    for form in (
        word.encode(),
        word.lower().encode(),
        json.dumps(word).strip('"').encode(),
        repr(word.encode())[2:-1].encode(),
    )
}
PLACE: Final = {"point": {"lat": 28.6895, "lon": 115.9655}}


class _Hook(BaseHTTPRequestHandler):
    """Takes whatever is told to reporters, and keeps every byte of it."""

    got: ClassVar[list[bytes]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append(f"{self.path}\n{self.headers}".encode() + body)
        self.send_response(204)
        self.end_headers()

    @override
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module", params=ENGINES)
def house(request: pytest.FixtureRequest) -> Iterator[tuple[House, Path]]:
    """Return a running house that tells reporters by a webhook."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Hook) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        _Hook.got.clear()
        hook = {"TONGXIN_NOTIFIER_REPORTER_WEBHOOK": f"http://127.0.0.1:{server.server_port}/"}
        with shifted_house(engine=request.param, variables=hook) as running:
            yield running
        server.shutdown()


def found_in(text: bytes) -> set[bytes]:
    return {word for word in CANARIES if word in text}


async def topics_of(kafka: str) -> list[str]:
    async with administered(kafka) as admin:
        return [name for name in await admin.list_topics() if not name.startswith("__")]


async def records_of(kafka: str) -> AsyncIterator[tuple[str, bytes]]:
    """Yield every byte that can be read of any topic, with the topic's name."""
    consumer = await ear(kafka, await topics_of(kafka))
    try:
        parts = consumer.assignment()
        ends = await consumer.end_offsets(parts)
        while any([await consumer.position(p) < ends[p] for p in parts]):
            for tp, records in (await consumer.getmany(timeout_ms=500)).items():
                for one in records:
                    headers = b"".join(name.encode() + body for name, body in one.headers)
                    yield tp.topic, (one.key or b"") + (one.value or b"") + headers
    finally:
        await consumer.stop()


def files_of(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield each file of a house's folder but those of its broker, whose topics were read."""
    for file in sorted(folder.rglob("*")):
        if file.is_file() and not file.relative_to(folder).parts[0].startswith("kafka"):
            yield str(file.relative_to(folder)), file.read_bytes()


async def reported(town: Town) -> list[str]:
    """Have the canary come in by every way there is; returns the cases that it led to."""
    first = await town.report("canary", category="E0112", place=PLACE, contact=CONTACT)
    await town.event(first, "case.registered")
    await town.report("canary", category="E0112", place=PLACE, contact=CONTACT, channel="phone")
    await town.event(first, "case.merged")
    outside = {"point": {"lat": 31.23, "lon": 121.47}}
    refused = await town.report("canary", category="E0112", place=outside, contact=CONTACT)
    await town.event(refused, "case.rejected")
    await posted_over_http(town)
    await town.event(first, "case.merged", times=2)
    return [first, refused]


async def posted_over_http(town: Town) -> None:
    """Report over HTTP once as it should be, and once with what nobody takes."""
    body: dict[str, Any] = {
        "source": "canary",
        "id": "posted",
        "channel": "app",
        "reported_at": town.now().isoformat(),
        "place": PLACE,
        "category": "E0112",
        "contact": CONTACT,
    }
    async with asking(timeout=60) as http:
        door = f"{town.house.url('intake')}/reports"
        good = await http.post(door, json=body)
        wrong = body | {"id": "wrong", "contact": CONTACT | {"phone": CONTACT["phone"] * 9}}
        bad = await http.post(door, json=wrong)
    assert good.status_code == httpx.codes.ACCEPTED, good.text
    assert bad.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert found_in(bad.content) == set()


async def put_aside(town: Town) -> list[str]:
    """Have the canary stand in records that nobody can read; returns where these stand."""
    phone, mail = CONTACT["phone"].encode(), CONTACT["email"].encode()
    body = {"source": "canary", "id": "bad", "contact": {CONTACT["phone"]: 1} | CONTACT}
    raws = [
        Raw(INCIDENT_REPORTS, b'{"contact": {"phone": "' + phone + b'"', phone),
        Raw(INCIDENT_REPORTS, json.dumps(body, ensure_ascii=False).encode(), b"k"),
        Raw(INCIDENT_REPORTS, b"{}", None, (("ce_type", b"of " + mail), ("x-from", phone))),
    ]
    positions = await written(town.house.kafka, raws)
    topic = dead_letters("intake")

    async def all_put_aside() -> bool:
        letters = await listed(town.house.kafka, topic=topic, keys=town.keys)
        return set(positions) <= {one.position for one in letters if not one.is_sealed}

    await until(all_put_aside, told="the canary's dead letters")
    return positions


class TestCanary:
    async def test_is_nowhere_but_on_the_topic_that_it_came_on(self, town: Town) -> None:
        cases = await reported(town)
        await put_aside(town)
        await town.until(lambda: town.notices(cases[0], "registered"), told="a notice")
        lead = (await town.event(cases[0], "case.assigned"))["lead"]["department"]
        await town.order(lead, cases[0])
        await town.work(lead, cases[0], "accepted", "started", "done")
        await town.event(cases[0], "case.closed")

        async def is_told_of_the_end() -> bool:
            return any(b'"closed"' in text and cases[0].encode() in text for text in _Hook.got)

        await until(is_told_of_the_end, told="the webhook of the end")
        listing = await tongxin("dead-letters", "list", "--kafka", town.house.kafka)

        by_topic: dict[str, set[bytes]] = {}
        async for topic, text in records_of(town.house.kafka):
            by_topic.setdefault(topic, set()).update(found_in(text))
        files = {name: found_in(text) for name, text in files_of(town.house.logs.parent)}
        async with asking(timeout=60) as http:
            urls = [f"{town.house.url(service)}/metrics" for service in SERVICES]
            metrics = [found_in((await http.get(url)).content) for url in urls]

        assert by_topic.pop(INCIDENT_REPORTS) >= {WORDS[0].encode(), WORDS[2].encode()}
        assert {topic for topic, words in by_topic.items() if words} == set()
        assert {
            dead_letters("intake"),
            "cases.v1",
            "notices.v1",
            "case-files.v1",
        } <= by_topic.keys()
        assert {name for name, words in files.items() if words} == set()
        assert any(name.startswith("logs/intake") for name in files)
        assert metrics == [set()] * len(SERVICES)
        assert found_in(listing.text.encode()) == set()
        assert found_in(b"".join(_Hook.got)) == set()


PAGE: Final = Path("docs/a-person-asks-for-their-data.md").read_text(encoding="utf-8")
_URLS: Final = {database_variable(service) for service in SERVICES}
NUMBER: Final = "+86 138-0013-8000"
COMMANDS: Final = re.findall(r"^ *\$ tongxin (person .*)$", PAGE, re.MULTILINE)


class Asked:
    """Gives the commands of the page in a town's house, one after the other."""

    def __init__(self, town: Town, **words: str) -> None:
        self._environment = {
            "TONGXIN_DATA": str(town.house.logs.parent),
            "TONGXIN_KAFKA": town.house.kafka,
            **{k: v for k, v in town.house.environment.items() if k in {PRIVACY_KEY_FILE, *_URLS}},
        }
        self._words = words

    async def given(self, command: str) -> Said:
        words = shlex.split(command)
        for shown, real in self._words.items():
            words = [real if word == shown else word for word in words]
        return await tongxin(*words, environment=self._environment)


async def reported_and_put_aside(town: Town, phone: str) -> tuple[str, str]:
    """Have somebody report, and stand in a record that nobody can read; returns case and place."""
    place = {"point": {"lat": 28.6905, "lon": 115.9705}}
    case = await town.report(
        "asking", "2026-0001", category="E0112", place=place, contact={"phone": phone}
    )
    await town.event(case, "case.assigned")
    (position,) = await written(
        town.house.kafka, [Raw(INCIDENT_REPORTS, f'{{"tel": "{phone}"'.encode())]
    )

    async def is_put_aside() -> bool:
        return position in await letters_in(town)

    await until(is_put_aside, told="the dead letter")
    return case, position


async def letters_in(town: Town) -> set[str]:
    topic = dead_letters("intake")
    found = await listed(town.house.kafka, topic=topic, keys=town.keys)
    return {one.position for one in found}


class TestPersonWhoAsks:
    async def test_gets_what_is_held_and_is_erased_as_the_page_shows(self, town: Town) -> None:
        phone = "13955559876"
        case, position = await reported_and_put_aside(town, phone)
        page = Asked(town, **{NUMBER: phone, "hotline/2026-0001": "asking/2026-0001"})
        export, erase, again, *_ = COMMANDS

        told = json.loads((await page.given(export)).text)
        proof = await page.given(erase)
        left = json.loads((await page.given(again)).text)

        assert [one["contact"] for one in told["reports"]] == [{"phone": phone}]
        assert told["reports"][0]["said"]["description"] == "flow test"
        assert [one["name"].startswith(position) for one in told["dead_letters"]] == [True]
        assert proof.code == 0, proof.text
        assert phone not in proof.text
        named = {"source": "asking", "id": "2026-0001", "case_id": case}
        assert json.loads(proof.text)["reports"] == [named]
        assert position not in await letters_in(town)
        assert left["reports"][0]["contact"] is None
        assert left["reports"][0]["erasures"][0]["reason"] == "asked by letter of 2 March"
        assert (await page.given(export)).code == 1
        await town.work("urban-management", case, "accepted", "started", "done")
        await town.event(case, "case.closed")
