"""`tongxin run` stopped and killed: it drains, leaves nobody behind, and goes on where it was."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import httpx
import psutil
import pytest

from schemas.topics import CASES, SERVICES
from schemas.vocabulary import case_id_for
from services.commands.house import House
from services.kit.clock import Clock, shifted_clock
from services.kit.processes import Children
from tests.support.command import everything, header, until
from tests.support.town import PLAN, Town, first_port, town_in

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]

_START_SECONDS = 60.0
_STOP_SECONDS = 20.0
_GONE_SECONDS = 20.0


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
        ports = {s: re.search(rf"{s} +http://127\.0\.0\.1:(\d+)/", text) for s in SERVICES}
        return House(
            kafka=kafka[1],
            ports={s: int(found[1]) for s, found in ports.items() if found is not None},
            logs=self.folder / "logs",
            children=cast("Children", None),
            environment={},
            broker=None,
            postgres=None,
        )

    def family(self) -> list[psutil.Process]:
        """Return every process below it: fork server, services, broker."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def ends(self, number: signal.Signals) -> int:
        """Send it a signal and return its exit status."""
        self.process.send_signal(number)
        return self.process.wait(_STOP_SECONDS)


@contextmanager
def _run(folder: Path, name: str, *further: str) -> Iterator[Running]:
    told = folder / f"{name}.out"
    environment = os.environ | {"TONGXIN_CLOCK": f"shift:{folder / 'shift'}", "COLUMNS": "200"}
    command = (*(sys.executable, "-m", "services", "run"), "--data", str(folder))
    options = ("--port", str(first_port()), "--kafka-port", "0", "--plan", str(PLAN))
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
    async with httpx.AsyncClient() as http:
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
        async with httpx.AsyncClient(timeout=20) as http:
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


class TestKilledBroker:
    async def test_is_started_again_while_the_others_serve(self, folder: Path) -> None:
        with _run(folder, "only", "--kafka-nodes", "3") as running:
            async with _town(running) as (house, town):
                reporters = await _flow(running, house, until_cases=40)
                brokers = [p for p in running.family() if p.name() == "java"]
                assert len(brokers) == 3
                brokers[0].kill()
                assert _gone(brokers[:1]) == []
                await _cases(house, len(await _listed(house)) + 40)
                reporters.task.cancel()
                assert running.told.read_text().count("A broker ended and was started again") == 1
                await _all_there(town, reporters, set())
                assert len([p for p in running.family() if p.name() == "java"]) == 3


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
