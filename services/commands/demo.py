"""`tongxin demo`: a small city's day in under a minute, proved by an observer at its end."""

import asyncio
import signal
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from aiokafka import AIOKafkaConsumer
from rich.console import Console, Group
from rich.live import Live

from schemas.plan import Plan, load_plan
from schemas.topics import CASES, FEEDBACK_REFUSALS, INCIDENT_REPORTS, NOTICES, dead_letters
from schemas.vocabulary import Tier
from services.commands.house import House, HousePlan, NotReady, opened
from services.commands.options import DEFAULT_PLAN, stop_with
from services.demo import departments, reporters, screen, supervision
from services.demo.city import DAY, City
from services.demo.ledger import Ledger
from services.demo.stagehand import Pace, Scene, ear
from services.kit.clock import clock_text, system_clock
from services.kit.embedded import JarsUnavailable, NodeFailed
from services.kit.revisions import WrongTables

_PRELOAD = tuple(f"services.demo.{name}" for name in ("reporters", "departments", "supervision"))
_OBSERVED = (CASES, INCIDENT_REPORTS, NOTICES, FEEDBACK_REFUSALS, dead_letters("intake"))
_PREPARATION_SECONDS = 7.0
_QUIET_SECONDS = 3.0
_EVENING = timedelta(hours=6)
_FRAMES_PER_SECOND = 4


def demo(
    factor: Annotated[float, typer.Option(help="How many times as fast as real time.")] = 2300,
    seed: Annotated[int, typer.Option(help="Another seed is another day.")] = 7,
    plan: Annotated[Path, typer.Option(help="The routing plan.")] = Path(DEFAULT_PLAN),
    data: Annotated[Path | None, typer.Option(help="Keep the data in this folder.")] = None,
    *,
    stay: Annotated[bool, typer.Option(help="Keep the house up after the day.")] = False,
) -> None:
    """Show a small city's day: reports in, cases opened, assigned, answered, closed, summed up."""
    console = Console()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="tongxin-demo-") as scratch:
        try:
            held = _play(
                console, data or Path(scratch), plan=plan, factor=factor, seed=seed, stay=stay
            )
        except KeyboardInterrupt:
            stop_with("Stopped before the end of the day.", code=130)
        except (NotReady, JarsUnavailable, NodeFailed, WrongTables) as error:
            stop_with(str(error))
    if not held:
        stop_with("The sums do not hold: this is a bug; run again with --data to keep the logs.")


def _play(
    console: Console, data: Path, *, plan: Path, factor: float, seed: int, stay: bool
) -> bool:
    """Run the day and return whether its sums hold."""
    loaded = load_plan(plan)
    began = time.monotonic()
    morning = (
        system_clock()
        .astimezone(loaded.timezone)
        .replace(hour=0, minute=0, second=0, microsecond=0)
    )
    # The clock starts a little before midnight, so that the house is up when the day begins.
    clock = clock_text(
        factor=factor,
        origin=morning.astimezone(UTC) - timedelta(seconds=_PREPARATION_SECONDS * factor),
        started=system_clock(),
    )
    asked = HousePlan(data=data, plan=plan, environment={"TONGXIN_CLOCK": clock}, preload=_PRELOAD)
    console.print("Starting broker and services ...")
    with opened(asked, console=console) as house:
        house.wait_ready()
        console.print(f"Ready after {time.monotonic() - began:.1f} s. Logs in {house.logs}")
        _tell_where(console, house)
        scene = Scene(kafka=house.kafka, plan=str(plan.resolve()), clock=clock, seed=seed)
        _raise_curtain(house, scene, loaded, start=morning)
        day = City(loaded, start=morning, seed=seed).day()
        ledger = asyncio.run(
            _watch(console, scene, loaded, records=len(day), end=morning + DAY + _EVENING)
        )
        screen.final(ledger, console)
        console.print(f"Took {time.monotonic() - began:.0f} s in all, set-up included.")
        if stay:
            _stay(console, house)
        else:
            console.print("Now your own: `make run`; with --stay this house would be up still.")
    return ledger.holds() and ledger.records == len(day)


def _raise_curtain(house: House, scene: Scene, plan: Plan, *, start: datetime) -> None:
    """Start the actors, each a program of its own: three groups of departments, and two voices."""
    for tier in Tier:
        codes = [code for code, d in plan.departments.items() if d.tier is tier]
        log = house.logs / f"departments-{tier}.log"
        house.children.start(f"departments-{tier}", departments.main, scene, codes, log)
    house.children.start("supervision", supervision.main, scene, [], house.logs / "supervision.log")
    house.children.start("reporters", reporters.main, scene, start, house.logs / "reporters.log")


async def _watch(
    console: Console, scene: Scene, plan: Plan, *, records: int, end: datetime
) -> Ledger:
    """Count everything until the day is over, or all is closed and nothing moved for a while."""
    ledger, pace = Ledger(), Pace(scene.clock)
    consumer = await ear(scene.kafka, _OBSERVED)
    moved = time.monotonic()
    try:
        with Live(console=console, refresh_per_second=_FRAMES_PER_SECOND, transient=True) as show:
            while True:
                if await _take_all(consumer, ledger):
                    moved = time.monotonic()
                show.update(_frame(console, ledger, plan, at=pace.now()))
                quiet = time.monotonic() - moved > _QUIET_SECONDS
                over = pace.now() > end or not ledger.open_cases()
                if ledger.records >= records and over and (quiet or pace.now() > end):
                    break
        while await _take_all(consumer, ledger):
            pass
    finally:
        await consumer.stop()
    return ledger


def _frame(console: Console, ledger: Ledger, plan: Plan, *, at: datetime) -> Group:
    short = console.height < screen.ROOM_FOR_DEPARTMENTS
    return screen.live(ledger, plan, at=at.astimezone(plan.timezone), short=short)


async def _take_all(consumer: AIOKafkaConsumer, ledger: Ledger) -> int:
    polled = await consumer.getmany(timeout_ms=1000 // _FRAMES_PER_SECOND)
    taken = 0
    # Reports first, so that a screen never shows more cases than reports.
    for partition in sorted(polled, key=lambda tp: tp.topic != INCIDENT_REPORTS):
        for record in polled[partition]:
            ledger.take(partition.topic, record.value, tuple(record.headers))
            taken += 1
    return taken


def _stay(console: Console, house: House) -> None:
    """Leave the house up, with the clock running on, until Ctrl-C."""
    console.print("The house stays up until Ctrl-C:")
    _tell_where(console, house)
    with suppress(KeyboardInterrupt):
        while True:
            time.sleep(1)
    console.print("Stopped.")


def _tell_where(console: Console, house: House) -> None:
    told: Iterable[tuple[str, str]] = (
        ("metrics", "  ".join(f"{house.url(s)}/metrics" for s in house.ports)),
        ("API", f"{house.url('notifier')}/docs  {house.url('intake')}/docs"),
        ("topics", f"{house.url('router')}/asyncapi.json"),
    )
    for name, where in told:
        console.print(f"  {name:9} {where}", highlight=False, soft_wrap=True)
