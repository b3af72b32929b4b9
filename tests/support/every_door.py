"""The services behind their real doors, without a broker, and who comes to them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import requests
from fastapi import FastAPI
from schemathesis import Case
from starlette.types import Message as Told
from starlette.types import Scope as Connection

from schemas.roles import ActingRole
from schemas.topics import PEOPLE, SERVICES
from services.access.following import Following
from services.access.tokens import hmac_of, new_token
from services.desk.use_cases import accounts
from services.kit.clock import system_clock
from services.kit.process.runtime import Runtime
from services.kit.records import Message
from services.kit.sql.database import Database
from services.machine.services import REGISTRY
from services.notifier.store import deliveries
from services.notifier.store.deliveries import Outgoing
from tests.support.databases import Place
from tests.support.desk import BROWSER, GOOD, Clock, Desk, identity_on
from tests.support.followed import FollowedBench
from tests.support.intake import FakePublisher
from tests.support.keys import SECRET, bearing, key
from tests.support.letters import LettersInMemory, put_aside
from tests.support.notifier import assigned, case_of, registered
from tests.support.shown import DeskBench

OWN_PARTY: Final = "fire"
"""The department whose key comes to the doors."""
HIDDEN: Final = "behind the third gate"
"""What stands in a case of another department, and nowhere else."""
KNOWN: Final = {"case_id": str(case_of("1")), "delivery_id": str(UUID(int=1))}
"""The paths of that case, and of a notice of it on its way to a webhook."""
_HERE: Final = "http://localhost"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a door said, and what was published meanwhile."""

    response: httpx.Response
    published: list[Message]


@dataclass(slots=True)
class Service:
    """One service's app on a database; what it publishes is kept."""

    name: str
    http: FastAPI
    log: FakePublisher
    _numbers: Any = field(default_factory=count)

    @property
    def runtime(self) -> Runtime:
        """What the app is built on."""
        found: Runtime = self.http.state.runtime
        return found

    def let_in(self, **changes: Any) -> dict[str, str]:
        """Return the header of a new key; a key for each caller, so that none is too quick."""
        token, number = new_token(), next(self._numbers)
        told = {"id": f"key{number:06}", "token_hmac": hmac_of(token, SECRET.encode())}
        recorded = key(**(told | changes))
        for part in self.runtime.beside:
            if isinstance(part, Following) and part._topic == PEOPLE:
                part._take_record(recorded.key.encode(), recorded.model_dump_json().encode())
        return bearing(token)

    async def asked(self, case: Case[Any], headers: Mapping[str, str]) -> Answer:
        """Send what was made up, as a server hands it on; each request from its own address."""
        request = requests.Request(**case.as_transport_kwargs(base_url=_HERE)).prepare()
        body = request.body or b""
        raw = body.encode() if isinstance(body, str) else body
        brought = {**request.headers, **headers, "Host": "localhost"}
        parts = urlsplit(request.url or "")
        told: list[Told] = []
        sent: list[Told] = [{"type": "http.request", "body": raw, "more_body": False}]

        async def receive() -> Told:
            return sent.pop() if sent else {"type": "http.disconnect"}

        async def send(message: Told) -> None:
            told.append(message)

        number = next(self._numbers)
        connection: Connection = {
            "type": "http",
            "http_version": "1.1",
            "scheme": "http",
            "method": request.method,
            "path": httpx.URL(parts.path).path,
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "headers": [(n.lower().encode("latin-1"), _bytes(v)) for n, v in brought.items()],
            "client": (f"2001:db8:{number >> 16:x}:{number & 0xFFFF:x}::1", 5_000),
            "server": ("localhost", 80),
        }
        before = len(self.log.messages)
        await self.http(connection, receive, send)
        return Answer(_response(request, told), self.log.messages[before:])


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1", "replace")


def _response(request: requests.PreparedRequest, told: list[Told]) -> httpx.Response:
    response = httpx.Response(
        told[0]["status"],
        headers=told[0]["headers"],
        content=b"".join(one.get("body", b"") for one in told[1:]),
        request=httpx.Request(request.method or "", request.url or ""),
    )
    response.elapsed = timedelta()  # nobody waited
    return response


@asynccontextmanager
async def every_service(place: Place, folder: Path) -> AsyncIterator[dict[str, Service]]:
    """Open all services; notifier and desk have a case of another department and one of ours."""
    services = {name: await _service(name, place, folder) for name in SERVICES}
    databases = {name: one.runtime.database for name, one in services.items()}
    await _filled(databases)
    try:
        yield services
    finally:
        for database in databases.values():
            await database.close()


async def _service(name: str, place: Place, folder: Path) -> Service:
    found = REGISTRY[name]
    told: dict[str, Any] = {
        "database_url": await place.url_of(found.history),
        "access_secret": SECRET,
        "privacy_key_file": folder / "privacy.key",
        "files": folder / "files",
    }
    http: FastAPI = import_module(f"services.{name}.app").build_app(found.settings(**told))
    service = Service(name, http, FakePublisher())
    topic, letters = service.runtime.letter_topic, LettersInMemory(name)
    letters.add(put_aside(by=name, value=HIDDEN.encode()))
    # The routes hold the publisher itself, and the topic of letters.
    topic.newest = letters.newest  # type: ignore[method-assign] # a topic in memory
    topic.find = letters.find  # type: ignore[method-assign] # the same
    service.runtime.publisher.publish = service.log.publish  # type: ignore[method-assign] # a log in memory
    return service


async def session_on(database: Database, id_: str) -> dict[str, str]:
    """Return the headers of a browser in which a handler of `OWN_PARTY` has signed in anew."""
    clock = Clock(system_clock())
    desk = Desk(identity_on(database, clock=clock, secrets=SECRET), clock)
    await desk.add(id_, ActingRole.HANDLER, departments=(OWN_PARTY,))
    link = await desk.link(id_)
    token = await accounts.first_password(link, GOOD, BROWSER, identity=desk.identity)
    return {"Cookie": f"tongxin={token}", "Origin": _HERE}


async def _filled(databases: Mapping[str, Database]) -> None:
    bench = FollowedBench(databases["notifier"], desk=DeskBench(databases["desk"]))
    for report, lead, words in (("1", "urban-management", HIDDEN), ("2", OWN_PARTY, "a tree")):
        fact = registered(report=report, description=words)
        await bench.read(bench.news(fact), bench.news(assigned(lead, report=report)))
    notice = Outgoing(
        id=UUID(KNOWN["delivery_id"]),
        url=f"https://hooks.example.org/{HIDDEN}",
        body=HIDDEN.encode(),
        created_at=bench.now,
    )
    async with databases["notifier"].write() as conn:
        await deliveries.add(conn, [notice])
