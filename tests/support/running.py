"""`tongxin run` as a process of its own, which a test may stop, kill, and start again."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import psutil

from services.machine.children import Children
from services.machine.first_key import FirstKey
from services.machine.house import House
from services.machine.own_broker import brokers_of
from tests.support.asking import asking
from tests.support.command import until
from tests.support.keys import TOKEN, keep_first_token
from tests.support.ports import first_port, server_ports
from tests.support.town import PLAN, Town, town_in

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
        brokers = brokers_of(self.folder, {}, asked=kafka[1])
        assert brokers is not None
        return House(
            brokers=brokers,
            ports={name: int(port) for name, port in ports},
            logs=self.folder / "logs",
            children=cast("Children", None),
            environment={},
            own_broker=None,
            key=FirstKey(TOKEN, is_new=False),
            postgres=None,
        )

    def family(self) -> list[psutil.Process]:
        """Return every process below it: fork server, services, broker."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def named(self, name: str) -> list[psutil.Process]:
        """Return those below it whose program has this name."""
        return [process for process in self.family() if process.name() == name]

    async def says(self, line: str) -> None:
        """Return when it has said so on its screen."""

        async def is_there() -> bool:
            return line in self.told.read_text()

        await until(is_there, told=line)

    def ends(self, number: signal.Signals) -> int:
        """Send it a signal and return its exit status."""
        self.process.send_signal(number)
        return self.process.wait(_STOP_SECONDS)


@contextmanager
def running_in(
    folder: Path,
    name: str,
    *further: str,
    variables: Mapping[str, str] | None = None,
    has_key: bool = True,
) -> Iterator[Running]:
    """Run it; without `has_key` it makes the first key itself, or has made it."""
    told = folder / f"{name}.out"
    if has_key:
        keep_first_token(folder)
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
async def town_of(running: Running) -> AsyncIterator[tuple[House, Town]]:
    house = await asyncio.to_thread(running.house)
    async with town_in(house, running.shift) as town:
        yield house, town


async def listed(house: House) -> set[str]:
    """Return every case the desk lists."""
    found: set[str] = set()
    query = {"limit": "200"}
    async with asking(timeout=5) as http:
        while True:
            page = (await http.get(f"{house.url('desk')}/cases", params=query)).json()
            found |= {case["case_id"] for case in page["cases"]}
            if page["next"] is None:
                return found
            query["after"] = page["next"]


async def cases_listed(house: House, count: int) -> None:
    """Return when the desk lists so many cases."""

    async def enough() -> bool:
        return len(await listed(house)) >= count

    await until(enough, told=f"{count} cases")


def still_there(family: list[psutil.Process]) -> list[psutil.Process]:
    """Return which processes are still there after a while."""
    return psutil.wait_procs(family, timeout=_GONE_SECONDS)[1]
