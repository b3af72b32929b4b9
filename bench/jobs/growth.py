"""What one more case costs when a hundred thousand are stored, and when two million are."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median

from bench import costs, stand
from bench.jobs.filling import database_of, fill
from bench.open_loop import Asked, Outcome, run
from bench.results import Row, Scale
from schemas.lifecycle import CaseEvent
from schemas.topics import SERVICES
from services.machine.house import House

_BASE = 400
_SIZES = (100_000, 2_000_000)
_MEASURED = 4_000
_WARM_UP = 1_000
_TIMES = 5
"""Turns. What else the machine does can only add to a cost: the least is shown."""
_MIB = 1024 * 1024
_POSITION = "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn"
_BLOCKS = "SELECT sum(blks_hit + blks_read)::bigint FROM pg_stat_database"
_STATISTICS_SECONDS = 1.5
"""A session that is idle tells its counts within a second."""


def growth(scale: Scale) -> list[Row]:
    """Measure CPU and write-ahead log of 1,000 cases from report to closure at both sizes.

    Both houses stand there at once and take turns, so that a machine that gets slower or faster
    meanwhile does so for both; what is compared are the two tries of each turn.
    """
    with ExitStack() as stack:
        houses = [stack.enter_context(_filled(scale, size)) for size in _SIZES]
        tried: list[tuple[House, list[Found]]] = [(running, []) for running in houses]
        for turn in range(scale.of(_TIMES, quick=1)):
            for running, tries in tried if turn % 2 else reversed(tried):
                tries.append(_measured(running, scale.of(_MEASURED, quick=300), seed=20 + turn))
        _, small = tried[0]
        return [_row(running, tries, small) for running, tries in tried]


@contextmanager
def _filled(scale: Scale, size: int) -> Iterator[House]:
    """Run a house with so many cases, which has closed some more since."""
    with stand.house(postgres=True) as running:
        stand.start_departments(running)
        _close(running, _BASE, seed=1)
        fill(running, first=1, last=scale.of(size, quick=size // 500) // _BASE)
        _close(running, scale.of(_WARM_UP, quick=200), seed=10)
        yield running


@dataclass(frozen=True, slots=True)
class Found:
    """CPU seconds by part and MiB of write-ahead log for 1,000 cases, and blocks for one."""

    cpu: Mapping[str, float]
    wal: float
    blocks: float

    @property
    def all_cpu(self) -> float:
        """CPU seconds of services and database together."""
        return sum(self.cpu.values())


def _close(running: House, count: int, *, seed: int) -> Outcome:
    asked = Asked(
        kafka=running.kafka,
        count=count,
        rate=0,
        seed=seed,
        wanted=CaseEvent.CLOSED.value,
        patience=60.0,
    )
    return run(asked, groups=lambda: stand.groups(running))


def _measured(running: House, count: int, *, seed: int) -> Found:
    database = database_of(running, "notifier")
    before, touched = database.value(_POSITION), database.value(_BLOCKS)
    outcome = _close(running, count, seed=seed)
    written = database.value(_POSITION) - before
    time.sleep(_STATISTICS_SECONDS)
    touched = database.value(_BLOCKS) - touched
    thousands = max(1, outcome.found["ended"]) / 1_000
    cpu = {name: outcome.used[name].cpu / thousands for name in (*SERVICES, "postgres")}
    return Found(cpu, written / _MIB / thousands, touched / 1_000 / thousands)


def _row(running: House, tries: Sequence[Found], small: Sequence[Found]) -> Row:
    stored = database_of(running, "notifier").value("SELECT count(*) FROM follow_up")
    share = median(one.all_cpu / of.all_cpu for one, of in zip(tries, small, strict=True)) - 1
    found = min(tries, key=lambda one: one.all_cpu)
    memory = costs.measured(stand.groups(running))["postgres"].memory / costs.MIB
    return Row(
        what=f"1,000 cases more, {stored:,} stored",
        found=f"{found.all_cpu:.2f} CPU s ({share:+.0%}), {found.wal:.1f} MiB of WAL",
        aim="within 10 %",
        more=", ".join(f"{name} {cpu:.2f} s" for name, cpu in found.cpu.items())
        + f"; {found.blocks:.0f} blocks touched a case; PostgreSQL holds {memory:.0f} MiB; "
        + "CPU s of each turn: "
        + ", ".join(f"{one.all_cpu:.2f}" for one in tries),
    )
