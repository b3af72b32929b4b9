"""`tongxin run` stopped and killed: it drains, leaves nobody behind, and goes on where it was.

Also with parts of it killed, and with servers that are not its own.
"""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import httpx
import psutil
import pytest
from sqlalchemy import select
from sqlalchemy.engine import make_url

from schemas.topics import CASES, SERVICES, is_ours
from schemas.vocabulary import case_id_for
from services.kit.clock import Clock, shifted_clock, system_clock
from services.kit.kafka.drift import topics_found
from services.kit.kafka.topics import administered
from services.kit.process.settings import database_variable
from services.kit.sql.database import open_database, sqlite_url
from services.kit.sql.declaring import table_of
from services.kit.stage.tables import BrokerIdentity
from services.machine.databases import file_of, owner_variable
from services.machine.embedded import KafkaNode, ensure_jars
from services.machine.house import House, process_names
from services.notifier.store.tables import FollowUp
from tests.support.asking import asking
from tests.support.command import everything, header, ledger_of, until
from tests.support.databases import APP, Place, opened
from tests.support.keys import TOKEN
from tests.support.running import Running, cases_listed, listed, running_in, still_there, town_of
from tests.support.town import Town

pytestmark = pytest.mark.kafka


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return _with_clock(tmp_path)


@pytest.fixture
def other_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _with_clock(tmp_path_factory.mktemp("other"))


def _with_clock(folder: Path) -> Path:
    (folder / "shift").write_text("0")
    return folder


async def _ids(kafka: str) -> list[str]:
    """Return the ids of all events on `cases.v1`, one for each record."""
    return [header(record, "ce_id") for record in await everything(kafka, CASES)]


@dataclass
class Reporters:
    """Send reports over HTTP until nobody answers; what was answered with 202 is `accepted`."""

    house: House
    clock: Clock
    task: asyncio.Task[None] = field(init=False)
    tried: set[str] = field(default_factory=set)
    accepted: set[str] = field(default_factory=set)

    async def report(self) -> None:
        async with asking() as http:
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
    await cases_listed(house, until_cases)
    return reporters


class TestCtrlC:
    async def test_drains_and_the_next_start_goes_on_with_every_case(self, folder: Path) -> None:
        with running_in(folder, "first") as running:
            async with town_of(running) as (house, town):
                waiting = await town.report(category="E0128", place={"address": "police"})
                await town.order("police", waiting)
            reporters = await _flow(running, house, until_cases=60)
            family, before = running.family(), set(await _ids(house.kafka))
            status = await asyncio.to_thread(running.ends, signal.SIGINT)
            await reporters.task
            assert status == 0, running.told.read_text()
            assert "all data is kept" in running.told.read_text()
            assert still_there(family) == []
            assert (folder / "access.key").stat().st_mode & 0o777 == 0o600
        for service in SERVICES:
            log = (folder / "logs" / f"{service}.log").read_text()
            assert '"message": "stopped"' in log, f"{service} was killed"
        assert _complaints(folder) == []
        with running_in(folder, "second") as running:
            async with town_of(running) as (house, town):
                await _all_there(town, reporters, {waiting})
                ids = await _ids(house.kafka)
                assert before <= set(ids)
                assert len(ids) == len(set(ids))
                await self._goes_on(town, waiting)
            assert TOKEN not in running.told.read_text()

    async def _goes_on(self, town: Town, waiting: str) -> None:
        """See that the clocks of a case from before the stop still run."""
        town.pass_time(minutes=16)
        await town.event(waiting, "assignment.expired")
        again = await town.event(waiting, "case.assigned", times=2)
        assert again["resumes"]
        await town.order("police", waiting, times=2)
        await town.work("police", waiting, "accepted", "started")
        await town.event(waiting, "handling.started")


def _complaints(folder: Path) -> list[str]:
    """Return the lines of a house's logs that tell of faults."""
    lines = [
        line for log in (folder / "logs").glob("*.log") for line in log.read_text().splitlines()
    ]
    levels = ('"level": "error"', '"level": "critical"')
    return [line for line in lines if line[:1] != "{" or any(level in line for level in levels)]


class TestKilledSupervisor:
    async def test_takes_services_and_broker_with_it_and_can_start_again(
        self, folder: Path
    ) -> None:
        with running_in(folder, "first") as running:
            house = await asyncio.to_thread(running.house)
            reporters = await _flow(running, house, until_cases=40)
            family = running.family()
            assert len(family) >= 1 + len(SERVICES) + 1
            await asyncio.to_thread(running.ends, signal.SIGKILL)
            await reporters.task
            assert still_there(family) == []
        with running_in(folder, "second") as running:
            async with town_of(running) as (_, town):
                await _all_there(town, reporters, set())


class TestKilledServers:
    """The only broker and the PostgreSQL of a house, which nothing stands in for."""

    async def test_are_started_again_and_the_house_goes_on(self, folder: Path) -> None:
        with running_in(folder, "only", "--postgres") as running:
            house = await asyncio.to_thread(running.house)
            cases = {await _reported(house, "before")}
            for name, called in (("java", "The broker"), ("postgres", "PostgreSQL")):
                (server,) = _eldest(running.named(name))
                server.kill()
                await running.says(f"{called} ended and was started again")
                cases.add(await _reported(house, name))
                await _worked_on(house, cases)
            book = await ledger_of(house.kafka)
            assert book.violations == []
            assert book.cases.keys() == cases


def _eldest(family: list[psutil.Process]) -> list[psutil.Process]:
    """Return those whose parent is none of them: a PostgreSQL has a process for each client."""
    pids = {process.pid for process in family}
    return [process for process in family if process.ppid() not in pids]


async def _reported(house: House, id_: str) -> str:
    """Report until it is accepted, and return the case's id."""
    body = {
        "source": "steady",
        "id": id_,
        "channel": "grid_member",
        "reported_at": system_clock().isoformat(),
        "place": {"address": f"No. {id_}"},
        "category": "E0112",
    }

    async def accepted() -> bool:
        async with asking() as http:
            with suppress(httpx.TransportError):
                answer = await http.post(f"{house.url('intake')}/reports", json=body)
                assert answer.is_success or answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
                return answer.is_success
        return False

    await until(accepted, told=f"a report of {id_} that is accepted")
    return str(case_id_for("steady", id_))


async def _worked_on(house: House, cases: set[str]) -> None:
    """Return when all services have done their part for these cases."""

    async def assigned() -> bool:
        async with asking() as http:
            with suppress(httpx.TransportError):
                answer = await http.get(f"{house.url('desk')}/cases")
                found = answer.json()["cases"] if answer.is_success else []
                return {one["case_id"] for one in found if one["state"] == "assigned"} >= cases
        return False

    await until(assigned, told=f"{len(cases)} cases that are assigned")


@pytest.mark.slow
class TestHouseAsInProduction:
    """What README says of three brokers, PostgreSQL, and two processes of each service."""

    async def test_starts_again_what_is_killed_while_the_others_serve(self, folder: Path) -> None:
        options = ("--kafka-nodes", "3", "--postgres", "--processes", "2")
        with running_in(folder, "only", *options) as running:
            async with town_of(running) as (house, town):
                assert list(house.ports) == process_names(2)
                assert running.named("postgres") != []
                assert await _safety(house) == {(3, "2")}
                reporters = await _flow(running, house, until_cases=40)
                await self._kill_a_broker(running)
                await cases_listed(house, len(await listed(house)) + 40)
                await self._kill_a_process(running, house, "router-1")
                await cases_listed(house, len(await listed(house)) + 40)
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
        assert still_there(brokers[:1]) == []
        await running.says("A broker ended and was started again")

    async def _kill_a_process(self, running: Running, house: House, name: str) -> None:
        """Kill a process of a service and see that another one takes work at its address."""
        killed = await _ready(house, name)
        assert killed in {process.pid for process in running.family()}
        os.kill(killed, signal.SIGKILL)
        await running.says(f"{name} ended and was started again")

        async def another() -> bool:
            return await _ready(house, name) not in {0, killed}

        await until(another, told=f"another {name}")


async def _ready(house: House, name: str) -> int:
    """Return the id of the process that takes work at an address; 0 for none."""
    async with asking(timeout=5) as http:
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
        self, folder: Path, other_folder: Path, broker: KafkaNode, postgres_place: Place
    ) -> None:
        variables = await _databases(postgres_place)
        with running_in(
            folder, "only", "--kafka", broker.bootstrap, variables=variables
        ) as running:
            async with town_of(running) as (house, town):
                assert house.kafka == broker.bootstrap
                await self._second_house_is_refused(other_folder, broker)
                case = await town.report(category="E0112", place={"address": "No. 1"})
                await town.order("urban-management", case)
                await cases_listed(house, 1)
                assert running.named("java") == running.named("postgres") == []
            assert running.ends(signal.SIGINT) == 0
        assert _stores(folder) == []
        assert await _registered(variables[database_variable("notifier")]) == {case}
        assert (await ledger_of(broker.bootstrap)).cases.keys() == {case}

    async def _second_house_is_refused(self, folder: Path, broker: KafkaNode) -> None:
        """Start a house with databases of its own beside one whose groups have read nothing yet."""
        with running_in(folder, "second", "--kafka", broker.bootstrap) as second:
            assert await asyncio.to_thread(second.process.wait) == 1
        assert "The topics on this broker are those of another house" in second.told.read_text()
        for service in SERVICES:  # it may be given a broker of its own now
            assert await _cluster_of(file_of(folder, service)) is None


async def _cluster_of(file: Path) -> str | None:
    """Return the broker that a service's database belongs to; None for none yet."""
    async with opened(sqlite_url(file)) as database, database.read() as conn:
        found: str | None = await conn.scalar(select(table_of(BrokerIdentity).c.cluster_id))
        return found


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
        now = await listed(town.house)
        return now if now >= wanted else set()

    # What was not answered may have come in or not.
    there = await until(found, told="every case from before the stop")
    assert there <= wanted | reporters.tried
    for case in wanted:
        await town.event(case, "case.assigned")
        assert town.kinds(case)[:2] == ["case.registered", "case.assigned"]
    one = max(reporters.accepted)
    await town.order("urban-management", one)
    await town.work("urban-management", one, "accepted", "started", "done")
    await town.event(one, "case.closed")
