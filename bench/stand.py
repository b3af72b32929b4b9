"""The stand of a measurement: a fresh house with the 200-row plan, and what its parts cost."""

import os
import platform
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import psutil
from rich.console import Console

from bench import answerer, yardstick
from bench.job import PLAN
from schemas.topics import SERVICES
from services.machine.embedded import KafkaNode
from services.machine.embedded.jar_lock import KAFKA_VERSION
from services.machine.embedded.postgres import programs
from services.machine.house import House, HousePlan, opened

FIRST_PORT = 18_201 + os.getpid() % 1_000 * 4
"""Another one for each process, so that two houses starting at once do not race for a port."""


PROCESSES = 2
"""Of each service where the notifier alone has most of the work: one a core of two."""
_LAST_LINES = 5
_CPU_INFO = Path("/proc/cpuinfo")
_GIB = 1024**3


class PartEnded(Exception):
    """A part of the house ended under a measurement, whose numbers would say nothing."""

    def __init__(self, name: str, code: int, log: Path) -> None:
        """Tell how it ended and the last lines of its log, which is gone with the house."""
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        told = "\n".join(lines[-_LAST_LINES:])
        super().__init__(f"{name} ended with code {code}; its log's last lines:\n{told}")


@contextmanager
def house(
    *,
    postgres: bool,
    plan: Path = PLAN,
    processes: int = 1,
    secure: bool = False,
    environment: Mapping[str, str] | None = None,
) -> Iterator[House]:
    """Run a fresh house, so many processes a service, until the end; its data is gone then.

    The broker of a `secure` one asks who connects.
    """
    with tempfile.TemporaryDirectory(prefix="tongxin-bench-") as scratch:
        asked = HousePlan(
            data=Path(scratch),
            plan=plan,
            postgres=postgres,
            processes=processes,
            secure=secure,
            first_port=FIRST_PORT,
            environment={"TONGXIN_LOG_LEVEL": "warning", **(environment or {})},
            preload=("bench.answerer",),
        )
        with opened(asked, console=Console(stderr=True)) as running:
            running.wait_ready()
            yield running


@contextmanager
def paused(running: House, service: str) -> Iterator[None]:
    """Let every process of a service stand still until the block's end, as if it ran elsewhere."""
    stopped = [psutil.Process(pid) for pid in groups(running)[service]]
    for process in stopped:
        process.suspend()
    try:
        yield
    finally:
        for process in stopped:
            process.resume()


def start_departments(running: House, *, answers: int | None = None) -> None:
    """Let every department answer at once, with all of its answers or the first so many only."""
    more = () if answers is None else (answers,)
    log = running.logs / "departments.log"
    running.children.start("departments", answerer.main, running.kafka, log, *more)


def groups(running: House) -> dict[str, list[int]]:
    """Return the process ids of each part of a house by the part's name. Raises `PartEnded`."""
    for name, code in running.children.ended().items():
        raise PartEnded(name, code, running.logs / f"{name}.log")
    pids = running.children.pids()
    found = {
        service: [pid for name, pid in pids.items() if name.split("-")[0] == service]
        for service in SERVICES
    }
    of_services = {pid for several in found.values() for pid in several}
    found |= {name: [pid] for name, pid in pids.items() if pid not in of_services}
    if isinstance(running.broker, KafkaNode) and running.broker.pid is not None:
        found["kafka"] = [running.broker.pid]
    if running.postgres is not None and running.postgres.pid is not None:
        found["postgres"] = [running.postgres.pid]
    return found


def machine(*, postgres: bool) -> str:
    """Return what a number was measured on, for people."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("aiokafka", "faststream"))
    database = _postgres() if postgres else f"SQLite {sqlite3.sqlite_version}"
    memory = psutil.virtual_memory().total / _GIB
    return (
        f"{os.cpu_count()} cores of {_processor()} (yardstick {yardstick.measured()}), "
        f"{memory:.0f} GiB of memory, "
        f"Linux {platform.release().split('-')[0]}, Python {platform.python_version()}, "
        f"Apache Kafka {KAFKA_VERSION} (embedded, one node), {database}, {packages}"
    )


def _processor() -> str:
    """Return the processor's name as Linux gives it, elsewhere as Python does."""
    lines = _CPU_INFO.read_text().splitlines() if _CPU_INFO.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()


def _postgres() -> str:
    """Return the version of the embedded server's programs, as they tell it themselves."""
    told = subprocess.run(  # noqa: S603 - the server that was just measured
        [programs() / "postgres", "--version"], capture_output=True, text=True, check=True
    )
    return f"PostgreSQL {told.stdout.split()[-1]} (fsync on)"
