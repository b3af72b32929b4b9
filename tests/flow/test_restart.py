"""`tongxin run` stopped and killed: it drains, leaves nobody behind, and goes on where it was.

Also with parts of it killed, and with servers that are not its own.
"""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import httpx
import psutil
import pytest
from sqlalchemy import select
from sqlalchemy.engine import make_url

from schemas.topics import CASES, SERVICES, is_ours
from schemas.vocabulary import case_id_for
from services.commands.databases import owner_variable
from services.commands.house import House, process_names
from services.kit.clock import Clock, shifted_clock
from services.kit.cluster import administered
from services.kit.database import open_database
from services.kit.drift import topics_found
from services.kit.embedded import KafkaNode, ensure_jars
from services.kit.processes import Children
from services.kit.settings import database_variable
from services.kit.tables import table_of
from services.notifier.store.tables import FollowUp
from tests.support.command import everything, header, ledger_of, until
from tests.support.databases import APP, Place
from tests.support.ports import first_port, server_ports
from tests.support.town import PLAN, Town, town_in

pytestmark = pytest.mark.kafka

_START_SECONDS = 240.0
_STOP_SECONDS = 120.0
_GONE_SECONDS = 120.0


@dataclass
class Running:
    """A `tongxin run` in a process of its own, on a folder whose clock the test moves."""

    folder: Path
    process: subprocess.Popen[bytes]
    told: Path

    @property
    def shift(self) -> Path:
        return self.folder / "shift"

    def house(self) -> House:
        """Return where it answers, when it says that it runs."""
        deadline = time.monotonic() + _START_SECONDS
        while "data" not in (text := self.told.read_text()).partition("Tongxin runs")[2]:
            assert self.process.poll() is None, text
            assert time.monotonic() < deadline, text
            time.sleep(0.05)
        kafka = re.search(r"broker +(\S+)", text)
        assert kafka is not None, text
        ports = re.findall(r"(?m)^ +(\S+) +http://127\.0\.0\.1:(\d+)/docs", text)
        return House(
            kafka=kafka[1],
            ports={name: int(port) for name, port in ports},
            logs=self.folder / "logs",
            children=cast("Children", None),
            environment={},
            broker=None,
            postgres=None,
        )

    def family(self) -> list[psutil.Process]:
        """Return every process below it: fork server, services, broker."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def named(self, name: str) -> list[psutil.Process]:
        """Return those below it whose program has this name."""
        return [process for process in self.family() if process.name() == name]

    def ends(self, number: signal.Signals) -> int:
        """Send it a signal and return its exit status."""
        self.process.send_signal(number)
        return self.process.wait(_STOP_SECONDS)


@contextmanager
def _run(
    folder: Path, name: str, *further: str, variables: Mapping[str, str] | None = None
) -> Iterator[Running]:
    told = folder / f"{name}.out"
    clock = {"TONGXIN_CLOCK": f"shift:{folder / 'shift'}"}
    environment = {**os.environ, **clock, "COLUMNS": "200", **(variables or {})}
    command = (*(sys.executable, "-m", "services", "run"), "--data", str(folder))
    (kafka_port,) = server_ports(1)
    options = ("--port", str(first_port()), "--kafka-port", str(kafka_port), "--plan", str(PLAN))
    with told.open("wb") as out:
        process = subprocess.Popen(
            (*command, *options, *further),
            stdout=out,
            stderr=out,
            env=environment,
            start_new_session=True,
        )
    running = Running(folder, process, told)
    try:
        yield running
    finally:
        if process.poll() is None:
            running.ends(signal.SIGINT)


@asynccontextmanager
async def _town(running: Running) -> AsyncIterator[tuple[House, Town]]:
    house = await asyncio.to_thread(running.house)
    async with town_in(house, running.shift) as town:
        yield house, town


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shift").write_text("0")
    return tmp_path


async def _ids(kafka: str) -> list[str]:
    """Return the ids of all events on `cases.v1`, one for each record."""
    return [header(record, "ce_id") for record in await everything(kafka, CASES)]


async def _listed(house: House) -> set[str]:
    """Return every case the notifier lists."""
    found: set[str] = set()
    query = {"limit": "200"}
    async with httpx.AsyncClient(trust_env=False) as http:
        while True:
            page = (await http.get(f"{house.url('notifier')}/cases", params=query)).json()
            found |= {case["case_id"] for case in page["cases"]}
            if page["next"] is None:
                return found
            query["after"] = page["next"]


@dataclass
class Reporters:
    """Send reports over HTTP until nobody answers; what was answered with 202 is `accepted`."""

    house: House
    clock: Clock
    task: asyncio.Task[None] = field(init=False)
    tried: set[str] = field(default_factory=set)
    accepted: set[str] = field(default_factory=set)

    async def report(self) -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=20) as http:
            with suppress(httpx.TransportError):
                while True:
                    await self._say(http, str(len(self.tried)))

    async def _say(self, http: httpx.AsyncClient, id_: str) -> None:
        body = {
            "source": "steady",
            "id": id_,
            "channel": "grid_member",
            "reported_at": self.clock().isoformat(),
            "place": {"address": f"No. {id_}"},
            "category": "E0112",
        }
        case = str(case_id_for("steady", id_))
        self.tried.add(case)
        answer = await http.post(f"{self.house.url('intake')}/reports", json=body)
        if answer.is_success:
            self.accepted.add(case)


async def _flow(running: Running, house: House, *, until_cases: int) -> Reporters:
    """Let reports flow; returns when there are so many cases, the reports still flowing."""
    reporters = Reporters(house, shifted_clock(running.shift))
    reporters.task = asyncio.create_task(reporters.report())
    await _cases(house, until_cases)
    return reporters


async def _cases(house: House, count: int) -> None:
    """Return when the notifier lists so many cases."""

    async def enough() -> bool:
        return len(await _listed(house)) >= count

    await until(enough, told=f"{count} cases")


def _gone(family: list[psutil.Process]) -> list[psutil.Process]:
    """Return which processes are still there after a while."""
    return psutil.wait_procs(family, timeout=_GONE_SECONDS)[1]


class TestCtrlC:
    async def test_drains_and_the_next_start_goes_on_with_every_case(self, folder: Path) -> None:
        with _run(folder, "first") as running:
            async with _town(running) as (house, town):
                waiting = await town.report(category="E0128", place={"address": "police"})
                await town.order("police", waiting)
            reporters = await _flow(running, house, until_cases=60)
            family, before = running.family(), set(await _ids(house.kafka))
            status = await asyncio.to_thread(running.ends, signal.SIGINT)
            await reporters.task
            assert status == 0, running.told.read_text()
            assert "all data is kept" in running.told.read_text()
            assert _gone(family) == []
        for service in SERVICES:
            log = (folder / "logs" / f"{service}.log").read_text()
            assert '"message": "stopped"' in log, f"{service} was killed"
        with _run(folder, "second") as running:
            async with _town(running) as (house, town):
                await _all_there(town, reporters, {waiting})
                ids = await _ids(house.kafka)
                assert before <= set(ids)
                assert len(ids) == len(set(ids))
                await self._goes_on(town, waiting)

    async def _goes_on(self, town: Town, waiting: str) -> None:
        """See that the clocks of a case from before the stop still run."""
        town.pass_time(minutes=16)
        await town.event(waiting, "assignment.expired")
        again = await town.event(waiting, "case.assigned", times=2)
        assert again["resumes"]
        await town.order("police", waiting, times=2)
        await town.work("police", waiting, "accepted", "started")
        await town.event(waiting, "handling.started")


class TestKilledSupervisor:
    async def test_takes_services_and_broker_with_it_and_can_start_again(
        self, folder: Path
    ) -> None:
        with _run(folder, "first") as running:
            house = await asyncio.to_thread(running.house)
            reporters = await _flow(running, house, until_cases=40)
            family = running.family()
            assert len(family) >= 1 + len(SERVICES) + 1
            await asyncio.to_thread(running.ends, signal.SIGKILL)
            await reporters.task
            assert _gone(family) == []
        with _run(folder, "second") as running:
            async with _town(running) as (_, town):
                await _all_there(town, reporters, set())


@pytest.mark.slow
class TestHouseAsInProduction:
    """What README says of three brokers, PostgreSQL, and two processes of each service."""

    async def test_starts_again_what_is_killed_while_the_others_serve(self, folder: Path) -> None:
        options = ("--kafka-nodes", "3", "--postgres", "--processes", "2")
        with _run(folder, "only", *options) as running:
            async with _town(running) as (house, town):
                assert list(house.ports) == process_names(2)
                assert running.named("postgres") != []
                assert await _safety(house) == {(3, "2")}
                reporters = await _flow(running, house, until_cases=40)
                await self._kill_a_broker(running)
                await _cases(house, len(await _listed(house)) + 40)
                await self._kill_a_process(running, house, "router-1")
                await _cases(house, len(await _listed(house)) + 40)
                reporters.task.cancel()
                await _all_there(town, reporters, set())
                # What was published and not marked is told again; then it is a repeat.
                assert (await ledger_of(house.kafka)).violations == []
                assert len(running.named("java")) == 3
        assert running.told.read_text().count("was started again") == 2

    async def _kill_a_broker(self, running: Running) -> None:
        brokers = running.named("java")
        assert len(brokers) == 3
        brokers[0].kill()
        assert _gone(brokers[:1]) == []
        await self._told(running, "A broker ended and was started again")

    async def _kill_a_process(self, running: Running, house: House, name: str) -> None:
        """Kill a process of a service and see that another one takes work at its address."""
        killed = await _ready(house, name)
        assert killed in {process.pid for process in running.family()}
        os.kill(killed, signal.SIGKILL)
        await self._told(running, f"{name} ended and was started again")

        async def another() -> bool:
            return await _ready(house, name) not in {0, killed}

        await until(another, told=f"another {name}")

    async def _told(self, running: Running, line: str) -> None:
        async def is_there() -> bool:
            return line in running.told.read_text()

        await until(is_there, told=line)


async def _ready(house: House, name: str) -> int:
    """Return the id of the process that takes work at an address; 0 for none."""
    async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
        with suppress(httpx.TransportError):
            answer = await http.get(f"{house.url(name)}/health/ready")
            return int(answer.json()["pid"]) if answer.is_success else 0
    return 0


async def _safety(house: House) -> set[tuple[int, str]]:
    """Return how many replicas topics have, and how many must have a record before it counts."""
    async with administered(house.kafka) as admin:
        found = await topics_found(admin, is_ours)
    assert CASES in found
    return {(topic.replication, topic.settings["min.insync.replicas"]) for topic in found.values()}


class TestServersThatAreThere:
    """A broker and a PostgreSQL that are somebody else's, as `run` is told where they are."""

    async def test_are_used_and_left_as_they_are(
        self, folder: Path, broker: KafkaNode, postgres_place: Place
    ) -> None:
        variables = await _databases(postgres_place)
        with _run(folder, "only", "--kafka", broker.bootstrap, variables=variables) as running:
            async with _town(running) as (house, town):
                assert house.kafka == broker.bootstrap
                case = await town.report(category="E0112", place={"address": "No. 1"})
                await town.order("urban-management", case)
                await _cases(house, 1)
                assert running.named("java") == running.named("postgres") == []
            assert running.ends(signal.SIGINT) == 0
        assert _stores(folder) == []
        assert await _registered(variables[database_variable("notifier")]) == {case}
        assert (await ledger_of(broker.bootstrap)).cases.keys() == {case}


def _stores(folder: Path) -> list[str]:
    """Return what there is in a house's folder of a broker's or a database's data."""
    found = (*folder.glob("kafka*"), *folder.glob("postgres"), *folder.glob("*.sqlite"))
    return [path.name for path in found]


@pytest.fixture
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaNode]:
    """Return a broker with nothing on it; the run's shared one has other tests' topics."""
    with KafkaNode(tmp_path_factory.mktemp("broker"), jars=ensure_jars()) as node:
        yield node


async def _databases(place: Place) -> dict[str, str]:
    """Return the variables that name an empty database for each service, and its owner."""
    found = {}
    for service in SERVICES:
        owner = make_url(await place.empty(name=service))
        app = owner.set(username=APP)
        found[owner_variable(service)] = owner.render_as_string(hide_password=False)
        found[database_variable(service)] = app.render_as_string(hide_password=False)
    return found


async def _registered(url: str) -> set[str]:
    """Return the cases in a notifier's database."""
    database = open_database(url)
    async with database.read() as conn:
        found = {str(id_) for id_ in await conn.scalars(select(table_of(FollowUp).c.case_id))}
    await database.close()
    return found


async def _all_there(town: Town, reporters: Reporters, further: set[str]) -> None:
    """See that every report that was accepted is a case, once, assigned, and can be worked on."""
    last = await town.report(category="E0112", place={"address": "the last"})
    wanted = reporters.accepted | further | {last}

    async def found() -> set[str]:
        listed = await _listed(town.house)
        return listed if listed >= wanted else set()

    listed = await until(found, told="every case from before the stop")
    # What was not answered may have come in or not.
    assert listed <= wanted | reporters.tried
    for case in wanted:
        await town.event(case, "case.assigned")
        assert town.kinds(case)[:2] == ["case.registered", "case.assigned"]
    one = max(reporters.accepted)
    await town.order("urban-management", one)
    await town.work("urban-management", one, "accepted", "started", "done")
    await town.event(one, "case.closed")
