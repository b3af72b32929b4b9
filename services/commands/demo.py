"""`tongxin demo`: a small city's day in about a minute, proved by an observer at its end."""

import asyncio
import shutil
import signal
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.live import Live

from schemas.plan import Plan
from schemas.vocabulary import Tier
from services.commands.bounds import ANSWER_SECONDS
from services.commands.first_sign_in import tell_first_link, tell_links_of_a_city
from services.commands.options import DEFAULT_PLAN, found_plan, stop_with, usable_plan
from services.demo import cast, screen
from services.demo.bounds import (
    BEFORE_MIDNIGHT,
    DAY,
    DAYBREAK,
    EVENING,
    REPORT_EVERY_SECONDS,
)
from services.demo.city import City, first_midnight, lacking
from services.demo.ledger import Ledger
from services.demo.observer import LOOKS_PER_SECOND, Day, Seen, observe
from services.demo.resident import page_of_somebody, show_residents
from services.demo.scenes import SHOWN
from services.demo.stagehand import Scene
from services.demo.tempo import Tempo
from services.kit.clock import system_clock
from services.kit.private_folder import private_folder
from services.kit.sealing.keys import KeyFile
from services.machine.house import CANNOT_RUN, House, HousePlan, opened
from services.machine.secrets_kept import PRIVACY_KEY_FILE

_ACTORS = ("reporters", "departments", "supervision", "in_charge")
_PRELOAD = tuple(f"services.demo.{name}" for name in _ACTORS)
_BROKEN, _TOO_SLOW, _STOPPED = 1, 3, 130
_PlanFile = Annotated[Path, typer.Option(callback=found_plan, help="The routing plan.")]
_Factor = Annotated[
    float, typer.Option(min=1, max=100_000, help="How many times as fast as real time.")
]
_People = Annotated[
    str,
    typer.Option(help="The department that people take over then; else the first staffed one."),
]
_Data = Annotated[
    Path | None, typer.Option(file_okay=False, help="Keep the data in this new or empty folder.")
]


class SumsBroken(Exception):
    """The day does not add up; the message says which sums, with their numbers."""


class TooSlow(Exception):
    """Time was up while things still moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    plan: Plan
    plan_file: Path
    data: Path
    factor: float
    seed: int
    stay: bool
    people: str


def demo(
    factor: _Factor = 2300,
    seed: Annotated[int, typer.Option(help="Another seed is another day.")] = 7,
    plan: _PlanFile = Path(DEFAULT_PLAN),
    data: _Data = None,
    *,
    stay: Annotated[bool, typer.Option(help="Keep the house up after the day.")] = False,
    people: _People = "",
) -> None:
    """Show a small city's day: reports in, cases opened, assigned, answered, closed, summed up.

    On a busy machine the day takes longer: its clock waits for the house. Exit status: 0 when the
    day adds up, 1 when it does not or could not begin, 3 when the machine was too slow for it.
    """
    console, loaded = Console(), _playable_plan(plan)
    taken_over = _taken_over(people, loaded)
    with _folder(data) as folder:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        kept = f"All data is kept in {folder}, logs in {folder / 'logs'}."
        try:
            _play(
                console,
                _Asked(
                    plan=loaded,
                    plan_file=plan.resolve(),
                    data=folder,
                    factor=factor,
                    seed=seed,
                    stay=stay,
                    people=taken_over if stay else "",
                ),
            )
        except KeyboardInterrupt:
            stop_with("Stopped before the end of the day.", code=_STOPPED)
        except TooSlow as slow:
            stop_with(f"{slow}\n{kept}", code=_TOO_SLOW)
        except (SumsBroken, *CANNOT_RUN) as error:
            stop_with(f"{error}\n{kept}", code=_BROKEN)
    if not stay:
        console.print("Now your own: `make run`; with --stay this house would be up still.")


def _playable_plan(file: Path) -> Plan:
    """Return the plan, or end the command for one that lacks what the day needs."""
    plan = usable_plan(file)
    if lacks := lacking(plan):
        told = f"The demo's day needs what this plan lacks: {', '.join(lacks)}."
        stop_with(told, code=_BROKEN)
    return plan


def _taken_over(asked: str, plan: Plan) -> str:
    """Return the department that people take over, or end the command for one that is not there."""
    if asked and asked not in plan.departments:
        told = f"The plan has no department {asked!r} (--people): {', '.join(plan.departments)}."
        stop_with(told, code=_BROKEN)
    staffed = (code for code, d in plan.departments.items() if d.tier is Tier.RESIDENT)
    return asked or next(staffed, next(iter(plan.departments)))


@contextmanager
def _folder(asked: Path | None) -> Iterator[Path]:
    """Yield the folder asked for, or one that goes when the block ends well or by Ctrl-C.

    A folder that holds something ends the command: the actors would answer a house's own cases.
    """
    if asked is not None:
        if asked.exists() and any(asked.iterdir()):
            told = f"{asked} is not empty; the demo needs a new or empty folder (--data)."
            stop_with(told, code=_BROKEN)
        yield asked.resolve()
        return
    scratch = Path(tempfile.mkdtemp(prefix="tongxin-demo-"))
    try:
        yield scratch
    except typer.Exit as stopped:
        if stopped.exit_code == _STOPPED:
            shutil.rmtree(scratch, ignore_errors=True)
        raise
    shutil.rmtree(scratch, ignore_errors=True)


def _play(console: Console, asked: _Asked) -> None:
    """Run the day; raises `SumsBroken` or `TooSlow` when it does not end as it should."""
    began = time.monotonic()
    morning = first_midnight(asked.plan, today=system_clock())
    plan_file = _own_plan(asked)
    # The clock waits a little before midnight until the house is up, however long that takes.
    origin = morning.astimezone(UTC) - BEFORE_MIDNIGHT
    tempo = Tempo(asked.data / "clock", factor=asked.factor, origin=origin)
    house_plan = HousePlan(
        data=asked.data,
        plan=plan_file,
        environment={"TONGXIN_CLOCK": tempo.text},
        preload=_PRELOAD,
    )
    console.print("Starting broker and services ...")
    with opened(house_plan, console=console) as house:
        house.wait_ready()
        console.print(f"Ready after {time.monotonic() - began:.1f} s. Logs in {house.logs}")
        _tell_where(console, house)
        scene = Scene(kafka=house.brokers, plan=str(plan_file), clock=tempo.text, seed=asked.seed)
        cast.enter(house, scene, asked.plan, start=morning, people=asked.people)
        records = len(City(asked.plan, start=morning, seed=asked.seed).day())
        day = Day(records=records, end=morning + DAY + EVENING)
        seen = _watch(console, house, scene, asked.plan, day=day, tempo=tempo)
        screen.final(seen.ledger, console)
        _tell_scenes(console, house, asked.plan)
        console.print(f"Took {time.monotonic() - began:.0f} s in all, set-up included.")
        if asked.stay:
            console.print("The night passes ...")
            cast.hand_over(house, scene, tempo, at=morning + DAYBREAK, people=asked.people)
            _stay(console, house, asked, plan_file=plan_file)
    judge(seen, day)


def _own_plan(asked: _Asked) -> Path:
    """Return a copy of the plan, in the folder of the house, that may be changed."""
    private_folder(asked.data)
    return shutil.copyfile(asked.plan_file, asked.data / "plan.toml")


def judge(seen: Seen, day: Day) -> None:
    """Tell a machine that was too slow from sums that are wrong."""
    ledger = seen.ledger
    broken = ledger.broken() if seen.settled else ledger.violations
    if seen.settled and ledger.records < day.records:
        broken = [f"only {ledger.records} of {day.records} records were sent", *broken]
    if broken:
        raise SumsBroken("The sums do not hold, this is a bug: " + "; ".join(broken) + ".")
    if not seen.settled:
        told = f"{len(ledger.open_cases())} cases still open"
        if ledger.missing():
            told += f", {ledger.missing()} reports not accounted for"
        raise TooSlow(
            f"This machine was too slow: time was up with {told}. That is no bug; "
            "run again when it is less busy."
        )


def _watch(
    console: Console, house: House, scene: Scene, plan: Plan, *, day: Day, tempo: Tempo
) -> Seen:
    """Show the day while it is observed, and start again what ends meanwhile."""
    with Live(console=console, refresh_per_second=LOOKS_PER_SECOND, transient=True) as show:

        def look(ledger: Ledger, at: datetime, factor: float) -> None:
            short = console.height < screen.ROOM_FOR_DEPARTMENTS
            local = at.astimezone(plan.timezone)
            show.update(screen.live(ledger, plan, at=local, factor=factor, short=short))
            house.revive()

        keys = KeyFile.read(Path(house.environment[PRIVACY_KEY_FILE]))
        return asyncio.run(observe(scene, day, tempo=tempo, on_look=look, keys=keys))


def _tell_scenes(console: Console, house: House, plan: Plan) -> None:
    """Print what the notifier tells of each scene; one that it does not know yet is left out."""
    with httpx.Client(trust_env=False, timeout=ANSWER_SECONDS, headers=house.key.header) as http:
        for piece in SHOWN:
            answer = http.get(f"{house.url('notifier')}/cases/{piece.case_id}")
            if answer.is_success:
                screen.scene(piece, answer.json()["story"], console, zone=plan.timezone)


def _stay(console: Console, house: House, asked: _Asked, *, plan_file: Path) -> None:
    """Leave the house up, with people in it, until Ctrl-C."""
    show_residents(plan_file, desk=house.url("desk"))
    console.print("The house stays up until Ctrl-C:")
    _tell_where(console, house)
    tell_first_link(console, house)
    tell_links_of_a_city(console, house, department=asked.people)
    _tell_resident(console, house, asked.people)
    title = asked.plan.department(asked.people)
    console.print(
        f"  {title.title_zh} {title.title_en} is yours now: its program rests, the others go on.\n"
        f"  Something is reported every {REPORT_EVERY_SECONDS:.0f} seconds.",
        highlight=False,
        soft_wrap=True,
    )
    with suppress(KeyboardInterrupt):
        while True:
            signal.pause()
    console.print("Stopped.")


def _tell_resident(console: Console, house: House, department: str) -> None:
    found = page_of_somebody(
        desk=house.url("desk"),
        intake=house.url("intake"),
        department=department,
        headers=house.key.header,
    )
    if found is not None:
        title, link = found
        told = f"  {'resident':10} {link}   reported this: {title}"
        console.print(told, highlight=False, markup=False, soft_wrap=True)


def _tell_where(console: Console, house: House) -> None:
    told: Iterable[tuple[str, str]] = (
        ("metrics", "  ".join(f"{house.url(s)}/metrics" for s in house.ports)),
        ("API", f"{house.url('notifier')}/docs  {house.url('intake')}/docs"),
        ("topics", f"{house.url('router')}/asyncapi.json"),
    )
    for name, where in told:
        console.print(f"  {name:9} {where}", highlight=False, soft_wrap=True)
    console.print(f"  {'key':9} {house.key.token}", highlight=False, soft_wrap=True)
