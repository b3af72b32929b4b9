"""Deadlines: a million pending, and a hundred thousand due at once."""

import time

from bench import costs, stand
from bench.jobs.filling import Database, database_of, multiply, settle
from bench.jobs.idle import used_in
from bench.open_loop import Asked, run
from bench.results import Row, Scale
from schemas.lifecycle import CaseEvent
from services.machine.house import House
from services.notifier.handlers import STAGE

_PENDING = 1_000_000
_DUE = 100_000
_CASES = 300
_STARTED = 2
_PATIENCE = 120.0
_TABLES = ("follow_up", "case_part", "timer")
_TOLD = "SELECT count(*) FROM follow_up WHERE reminded_at IS NOT NULL"
_DUE_NOW = f"FROM timer WHERE stage = '{STAGE}' AND due_at <= now()"
_WAITING = f"SELECT count(*) {_DUE_NOW}"
_ANY_WAITS = f"SELECT EXISTS (SELECT {_DUE_NOW})"
"""Asked ten times a second: it must not cost what is measured."""


def timers(scale: Scale) -> list[Row]:
    """Measure idle CPU without and with a million deadlines, then let many come due at once."""
    with stand.house(postgres=True, processes=stand.PROCESSES) as running:
        seconds = scale.of(20, quick=2)
        _start_cases(running)
        empty = used_in(running, seconds=seconds)
        database = database_of(running, "notifier")
        pending, took = _fill(database, scale.of(_PENDING, quick=3_000))
        time.sleep(scale.of(5, quick=1))
        full = used_in(running, seconds=seconds)
        due = scale.of(_DUE, quick=300)
        drained = _let_come_due(database, due)
        told, left = database.value(_TOLD), database.value(_WAITING)
    return [
        Row(
            what=f"idle with {pending:,} deadlines pending, {stand.PROCESSES} processes a service",
            found=", ".join(_compared(name, empty, full, seconds) for name in full),
            aim="3 % CPU a service",
            more=f"filled in {took:.0f} s",
        ),
        Row(
            what=f"{due:,} deadlines due at once, {stand.PROCESSES} processes a service: "
            "reminders told",
            found=f"{drained:.1f} s ({(due - left) / drained:,.0f}/s)"
            + (f", {left:,} still waiting" if left else ""),
            aim="10 s for 100,000",
            more=f"{told:,} cases say that they were reminded",
        ),
    ]


def _start_cases(running: House) -> None:
    """Bring some cases to handling, where a case has three deadlines."""
    stand.start_departments(running, answers=_STARTED)
    asked = Asked(kafka=running.kafka, count=_CASES, rate=0, seed=1, wanted=CaseEvent.STARTED.value)
    run(asked)


def _fill(database: Database, pending: int) -> tuple[int, float]:
    began = time.monotonic()
    there = max(1, database.value("SELECT count(*) FROM timer"))
    for table in _TABLES:
        multiply(database, table, first=1, last=pending // there)
    settle(database)
    return database.value("SELECT count(*) FROM timer"), time.monotonic() - began


def _let_come_due(database: Database, due: int) -> float:
    """Let the reminders of so many cases come due now; returns the seconds until none waits."""
    chosen = f"SELECT subject FROM timer WHERE kind = 'remind' LIMIT {due}"  # noqa: S608 - a number
    database.run(
        f"CREATE TABLE chosen AS {chosen}",
        "UPDATE follow_up SET handling_used_seconds = 0.85 * handling_limit_seconds, "
        "due_by = handling_since + make_interval(secs => 0.15 * handling_limit_seconds) "
        "WHERE case_id IN (SELECT subject FROM chosen)",
        "VACUUM (ANALYZE) follow_up",
        "UPDATE timer SET due_at = now() "
        "WHERE kind = 'remind' AND subject IN (SELECT subject FROM chosen)",
    )
    began = time.monotonic()
    while database.value(_ANY_WAITS):
        if time.monotonic() - began > _PATIENCE:
            break
        time.sleep(0.1)
    return time.monotonic() - began


def _compared(name: str, empty: costs.Costs, full: costs.Costs, seconds: float) -> str:
    before, after = (c[name].cpu / seconds * 100 for c in (empty, full))
    return f"{name} {before:.1f} -> {after:.1f} %"
