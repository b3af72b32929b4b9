"""The house a row is tried on: real servers, service processes, and the proxies between them."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import httpx
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from schemas.plan import load_plan
from schemas.roles import ActingRole
from schemas.scopes import Scope
from schemas.topics import SERVICES, all_topics
from schemas.vocabulary import DESK
from services.desk.domain.keys import Asked
from services.desk.use_cases.keys import create, keep_first
from services.kit.clock import system_clock
from services.kit.process.settings import LOOPBACK
from services.kit.sql.database import open_database
from services.machine.children import warm_context
from services.machine.embedded import KafkaNode, PostgresServer
from services.machine.first_key import FirstKey, wait_until_heard_of
from services.machine.house import process_names
from services.machine.ports import own_ports
from services.machine.serving import PRELOADED
from tests.faults.child import serve_under_fault
from tests.faults.crew import Crew
from tests.faults.pace import HouseClock
from tests.faults.place import Place, taken
from tests.faults.proxy import Proxy
from tests.faults.recorder import Recorder
from tests.faults.servers import PARTITIONS, Servers
from tests.support.asking import asking
from tests.support.keys import SECRET, TOKEN
from tests.support.patience import Patience
from tests.support.ports import first_port
from tests.support.town import PLAN

_SILENT_SECONDS: Final = 240.0
_MOST_ENDS: Final = 20
_REVIVE_SECONDS: Final = 0.25
_ASK_SECONDS: Final = 3.0
_MEASURE_SECONDS: Final = 30.0
DRAIN_SECONDS: Final = 60.0
"""How long a process that was told to stop may take on a busy machine; then it is killed."""

Engine = Literal["sqlite", "postgres"]


class NotReady(Exception):
    """A process did not take work in time; the message ends with its last log lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a row needs: engine, brokers, processes of each service, proxies, pace of the clock.

    `static` members keep their lanes over a restart. `build` is the module of a known-bad build,
    empty for the product as it is.
    """

    engine: Engine = "postgres"
    nodes: int = 1
    processes: int = 1
    proxied: bool = False
    factor: float = 600.0
    static: bool = True
    build: str = ""


@dataclass(slots=True, kw_only=True)
class Stand:
    """A running house that faults can be put to."""

    folder: Path
    setting: Setting
    recorder: Recorder
    chance: random.Random
    place: Place
    crew: Crew
    ports: dict[str, int]
    clock: HouseClock
    environment: dict[str, str] = field(default_factory=dict)
    reviving: bool = True
    tokens: dict[str, str] = field(default_factory=dict)
    """Of a key for each role in which somebody commands over HTTP."""

    @property
    def kafka(self) -> str:
        """Where the recorder's own clients connect, past every proxy."""
        return self.place.servers.bootstrap

    @property
    def brokers(self) -> list[KafkaNode]:
        """Every broker."""
        return self.place.servers.brokers

    @property
    def postgres(self) -> PostgresServer:
        """The database server; it has nothing to do in a row that runs on SQLite."""
        return self.place.servers.postgres

    @property
    def topics(self) -> list[str]:
        """The name of every topic of the plan."""
        plan = load_plan(PLAN)
        found = all_topics(sorted(plan.departments), plan.feedback_parties())
        return [topic.name for topic in found]

    def database_proxy(self, service: str) -> Proxy:
        """Return the proxy between a service and its database."""
        return self.place.database_proxies[service]

    def broker_proxy(self, service: str) -> Proxy:
        """Return the proxy between a service and the broker."""
        return self.place.broker_proxies[service]

    def processes_of(self, service: str) -> list[str]:
        """Return the names of a service's processes."""
        return [name for name in self.ports if name.partition("-")[0] == service]

    def start_process(self, name: str) -> None:
        """Start one process of a service, a static member of its groups under its name."""
        service, _, number = name.partition("-")
        upper = service.upper()
        own = {
            f"TONGXIN_{upper}_HTTP_PORT": str(self.ports[name]),
            f"TONGXIN_{upper}_KAFKA": self.place.kafka_of(service),
            f"TONGXIN_{upper}_DATABASE_URL": self.place.database_of(service),
        }
        if self.setting.static:
            own[f"TONGXIN_{upper}_INSTANCE"] = f"{service}-{number or 0}"
        environment = {**self.environment, **own}
        self.crew.start(name, serve_under_fault, service, environment, self._log(name))

    async def is_ready(self, name: str) -> bool:
        """Tell whether this very process takes work."""
        try:
            answer = await self._get(name, "/health/ready", within=_ASK_SECONDS)
        except httpx.TransportError:
            return False
        return answer.is_success and answer.json()["pid"] == self.crew.pid(name)

    async def metric(self, name: str, family: str) -> Metric:
        """Return what a process measures under a name; raises `httpx.HTTPError`."""
        answer = await self._get(name, "/metrics", within=_MEASURE_SECONDS)
        told = text_string_to_metric_families(answer.text)  # type: ignore[no-untyped-call] # untyped there
        families: Iterator[Metric] = told
        return next(found for found in families if found.name == family)

    async def _get(self, name: str, path: str, *, within: float) -> httpx.Response:
        async with asking(timeout=within) as client:
            return await client.get(f"http://{LOOPBACK}:{self.ports[name]}{path}")

    async def wait_ready(self, *names: str) -> None:
        """Return when these processes, or all that are wanted, take work.

        Raises `NotReady` when one does not and has long written nothing into its log, or ends again
        and again.
        """
        for name in names or self.ports:
            patience, ended = Patience(_SILENT_SECONDS), len(self.crew.exits(name))
            while not await self.is_ready(name):
                is_ending = len(self.crew.exits(name)) - ended > _MOST_ENDS
                if is_ending or not patience.holds(self._log_size(name)):
                    raise NotReady(f"{name} is not ready:\n{self.tail(name)}")
                await asyncio.sleep(0.05)

    async def wait_until_heard_of_keys(self) -> None:
        """Return when every process has heard of the keys that are brought."""
        urls = [f"http://{LOOPBACK}:{port}" for port in self.ports.values()]
        for token in self.tokens.values():
            await asyncio.to_thread(wait_until_heard_of, FirstKey(token, is_new=False), urls)

    def _log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    def _log_size(self, name: str) -> int:
        log = self._log(name)
        return log.stat().st_size if log.exists() else 0

    def tail(self, name: str, *, lines: int = 12) -> str:
        """Return the last lines of a process's log."""
        log = self._log(name)
        text = log.read_text(errors="replace") if log.exists() else "(no log)"
        return "\n".join(line[:600] for line in text.splitlines()[-lines:])

    async def revive(self) -> None:
        """Be the supervisor: start what ended again, until cancelled."""
        while True:
            await asyncio.sleep(_REVIVE_SECONDS)
            if self.reviving:
                self.crew.revive()


async def until(condition: Callable[[], object], *, within: float, told: Callable[[], str]) -> None:
    """Wait until an asynchronous condition holds; raises `NotReady` with what is told."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    while True:
        found = condition()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return
        if loop.time() > deadline:
            raise NotReady(told())
        await asyncio.sleep(0.05)


@asynccontextmanager
async def opened_stand(
    setting: Setting, *, servers: Servers, folder: Path, seed: int
) -> AsyncIterator[Stand]:
    """Bring the services up on cleared servers, and down at the block's end."""
    context = warm_context(
        (*PRELOADED, "tests.faults.child", "tests.faults.load.actors", "tests.faults.observer")
    )
    async with AsyncExitStack() as stack:
        names = process_names(setting.processes)
        place = await stack.enter_async_context(
            taken(
                servers,
                folder=folder,
                on_postgres=setting.engine == "postgres",
                proxied=setting.proxied,
            )
        )
        stand = Stand(
            folder=folder,
            setting=setting,
            recorder=Recorder(folder / "history"),
            chance=random.Random(seed),
            place=place,
            crew=Crew(context),
            ports=dict(zip(names, own_ports(first_port(), len(names)), strict=True)),
            clock=HouseClock(folder / "clock", factor=setting.factor),
        )
        stand.environment = _environment(stand)
        stand.tokens = await _let_in(place.urls[DESK])
        stack.callback(stand.recorder.close)
        stack.callback(stand.crew.stop, within=DRAIN_SECONDS)
        for name in names:
            stand.start_process(name)
        reviving = asyncio.create_task(stand.revive())
        stack.callback(reviving.cancel)
        await stand.wait_ready()
        await stand.wait_until_heard_of_keys()
        yield stand


async def _let_in(desk: str) -> dict[str, str]:
    """Make a key for each role in which somebody commands; the shift lead's opens everything."""
    secret, now = SECRET.encode(), system_clock()
    database = open_database(desk, name="keys")
    try:
        async with database.write() as conn:
            await keep_first(conn, TOKEN, secret=secret, now=now)
            handler = Asked(
                name="handler",
                scopes=frozenset({Scope.COMMANDS_WRITE}),
                roles=frozenset({ActingRole.HANDLER}),
                everywhere=True,
            )
            token = await create(conn, handler, secret=secret, now=now)
    finally:
        await database.close()
    return {ActingRole.SHIFT_LEAD: TOKEN, ActingRole.HANDLER: token}


def _environment(stand: Stand) -> dict[str, str]:
    return {
        "TONGXIN_PLAN": str(PLAN.resolve()),
        "TONGXIN_CLOCK": stand.clock.text,
        "TONGXIN_PARTITIONS": str(PARTITIONS),
        "TONGXIN_REPLICATION": str(stand.setting.nodes),
        "FAULTS_BUILD": stand.setting.build,
        "TONGXIN_ACCESS_SECRET": SECRET,
        "TONGXIN_PRIVACY_KEY_FILE": str(stand.folder / "privacy.key"),
    }


SERVICE_NAMES: Final = SERVICES
