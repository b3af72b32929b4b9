"""Where the CPU time of each service goes, by a sampling profiler that watches from outside."""

import re
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import stand
from bench.open_loop import Asked, run
from bench.results import Row, Scale
from schemas.lifecycle import CaseEvent
from schemas.topics import SERVICES
from services.machine.house import House

_COUNT = 12_000
_SAMPLES_A_SECOND = 200
_SHOWN = 8
_WAITING = "_end_with_parent "
"""A thread that waits, which the profiler takes for a busy one."""
_OUTSIDE = "event loop and libraries"
_OURS = re.compile(r"\((?:services/(\w+)/(\w+)[/.]|(schemas)/)")
_FRAME = re.compile(r"(.+) \((?:.*/)?([\w<>]+/[\w<>]+\.py|[^/]+?)(?::\d+)?\)$")
_STARTING = {("machine", "serving"), ("kit", "process"), *((s, "app") for s in SERVICES)}


def profile(scale: Scale) -> list[Row]:
    """Sample each service while a full queue is worked off, to assignments and to closures."""
    return [
        row
        for wanted in (CaseEvent.ASSIGNED, CaseEvent.CLOSED)
        for row in _profiled(scale, wanted=wanted)
    ]


def _profiled(scale: Scale, *, wanted: CaseEvent) -> list[Row]:
    with (
        stand.house(postgres=scale.postgres) as running,
        tempfile.TemporaryDirectory(prefix="tongxin-profile-") as folder,
    ):
        if wanted is CaseEvent.CLOSED:
            stand.start_departments(running)
        count = scale.of(_COUNT, quick=300)
        asked = Asked(kafka=running.kafka, count=count, rate=0, seed=1, wanted=wanted.value)
        with _watched(running, Path(folder)):
            run(asked)
        return [
            _row(f"{service}, to {wanted.value}", (Path(folder) / service).read_text())
            for service in SERVICES
        ]


@contextmanager
def _watched(running: House, folder: Path) -> Iterator[None]:
    """Sample every service for as long as the block runs; the stacks are then in its file."""
    program, pids = Path(sys.executable).with_name("py-spy"), running.children.pids()
    asked = ("record", "--format", "raw", "--rate", str(_SAMPLES_A_SECOND))
    spies = [
        subprocess.Popen(  # noqa: S603 - our own program
            [program, *asked, "--output", folder / service, "--pid", str(pids[service])],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for service in SERVICES
    ]
    try:
        yield
    finally:
        for spy in spies:
            spy.send_signal(signal.SIGINT)
        codes = [spy.wait() for spy in spies]
    if any(codes):
        raise PermissionError("py-spy may not read our processes: allow ptrace, or run as root")


def _row(what: str, stacks: str) -> Row:
    rooms, functions = Counter[str](), Counter[str]()
    for line in stacks.splitlines():
        frames, _, times = line.rpartition(" ")
        if _WAITING in frames:
            continue
        stack = frames.split(";")
        rooms[room_of(stack)] += int(times)
        functions[_function(stack[-1])] += int(times)
    return Row(
        what=what,
        found=_shares(rooms),
        more=f"functions: {_shares(functions)}; {rooms.total():,} samples",
    )


def room_of(stack: Iterable[str]) -> str:
    """Return the room of the innermost frame that is ours, which has what it calls to answer for.

    >>> room_of(["run (services/notifier/app.py:81)", "park (services/notifier/store/parked.py:9)"])
    'store'
    >>> room_of(["insert_rows (services/kit/sql/bulk.py:50)", "fetch (asyncpg/stmt.py:176)"])
    'kit/sql'
    >>> room_of(["run (services/notifier/app.py:81)", "Runner.run (asyncio/runners.py:118)"])
    'event loop and libraries'
    """
    for frame in reversed(list(stack)):
        if ours := _OURS.search(frame):
            service, room, schemas = ours.groups()
            if (service, room) in _STARTING:
                break
            return schemas or (f"kit/{room}" if service == "kit" else room)
    return _OUTSIDE


def _function(frame: str) -> str:
    named = _FRAME.match(frame)
    return " ".join(named.groups()) if named else frame


def _shares(counted: Counter[str]) -> str:
    whole = counted.total() or 1
    return ", ".join(f"{name} {n / whole:.0%}" for name, n in counted.most_common(_SHOWN))
