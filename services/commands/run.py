"""`tongxin run`: the whole house until Ctrl-C, its data kept in a folder."""

import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console

from schemas.plan import InvalidPlan
from services.commands.bounds import WATCH_SECONDS
from services.commands.first_sign_in import tell_first_link
from services.commands.options import DEFAULT_DATA, DEFAULT_PLAN, found_plan, stop_with, usable_plan
from services.commands.plan_news import PlanWatch
from services.kit.printable import printable_lines
from services.machine.embedded import NodeFailed
from services.machine.embedded.ports import PortTaken
from services.machine.house import CANNOT_RUN, House, HousePlan, opened
from services.machine.own_broker import NotLocked, OwnBroker, was_locked
from services.machine.ports import LAST_PORT
from services.machine.secrets_kept import FIRST_FILE


class _Told(Exception):
    """Somebody asked to stop."""


Data = Annotated[
    Path,
    typer.Option(
        envvar="TONGXIN_DATA", file_okay=False, help="Folder for broker, databases and logs."
    ),
]
PlanFile = Annotated[Path, typer.Option(callback=found_plan, help="The routing plan.")]
Broker = Annotated[
    str, typer.Option(envvar="TONGXIN_KAFKA", help="host:port of a broker; empty: embedded.")
]
Port = Annotated[
    int, typer.Option(min=1, max=LAST_PORT, help="First HTTP port; intake, router, notifier, desk.")
]
KafkaPort = Annotated[
    int, typer.Option(min=0, max=LAST_PORT, help="Port of the (first) embedded broker; 0: any.")
]
KafkaNodes = Annotated[
    int, typer.Option(help="Embedded brokers; 3 keep every record three times.", min=1)
]
Postgres = Annotated[
    bool, typer.Option("--postgres", help="Databases in an embedded PostgreSQL, not SQLite.")
]
Secure = Annotated[
    bool,
    typer.Option("--secure", help="The embedded broker asks who is calling: a user for each."),
]
Processes = Annotated[int, typer.Option(help="Processes of each service.", min=1)]


def run(  # noqa: PLR0913 - one parameter per option
    data: Data = Path(DEFAULT_DATA),
    plan: PlanFile = Path(DEFAULT_PLAN),
    kafka: Broker = "",
    port: Port = 8001,
    kafka_port: KafkaPort = 9092,
    kafka_nodes: KafkaNodes = 1,
    *,
    postgres: Postgres = False,
    secure: Secure = False,
    processes: Processes = 1,
) -> None:
    """Run broker and services on this machine until Ctrl-C; data stays in the folder."""
    console = Console(stderr=True)
    usable_plan(plan)
    _check_broker(kafka, secure=secure)
    asked = HousePlan(
        data=data,
        plan=plan,
        kafka=kafka,
        kafka_port=kafka_port,
        kafka_nodes=kafka_nodes,
        postgres=postgres,
        secure=secure,
        processes=processes,
        first_port=port,
    )
    signal.signal(signal.SIGTERM, _on_signal)
    signal.signal(signal.SIGINT, _on_signal)
    try:
        started = time.monotonic()
        with opened(asked, console=console) as house:
            house.wait_ready(tell=partial(_say, console))
            took = time.monotonic() - started
            _tell(console, house, seconds=took, data=data, first_port=port)
            _watch(console, house, plan=plan)
    except _Told:
        console.print("Stopped; all data is kept. Start again with the same command.")
    except CANNOT_RUN as error:
        stop_with(f"{error}{_advice(error)}")


def _check_broker(kafka: str, *, secure: bool) -> None:
    """End the command where somebody else's broker would be locked."""
    if secure and kafka:
        stop_with("--secure locks the embedded broker, your own `tongxin topics apply --acls`.")


def _advice(error: Exception) -> str:
    """Return which option helps, where the failure itself cannot know it."""
    if isinstance(error, NodeFailed) and isinstance(error.__cause__, PortTaken):
        return " (--kafka-port)"
    return ""


def _on_signal(_number: int, _frame: FrameType | None) -> None:
    # A second Ctrl-C during the drain must not cut it short.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise _Told


def _tell(console: Console, house: House, *, seconds: float, data: Path, first_port: int) -> None:
    console.print(f"[bold green]Tongxin runs[/] after {seconds:.1f} s. Ctrl-C drains and stops.")
    console.print(f"  broker     {house.kafka}")
    for told in _told_of_lock(house.own_broker, data):
        console.print(f"             {told}", highlight=False, markup=False, soft_wrap=True)
    if house.postgres is not None:
        console.print(f"  PostgreSQL 127.0.0.1:{house.postgres.port}")
    for expected, (service, port) in enumerate(house.ports.items(), start=first_port):
        if port != expected:
            told = f"port {expected} is in use, {service} answers on {port}"
            console.print(f"  [yellow]{told}[/]", highlight=False)
    for service in house.ports:
        url = house.url(service)
        console.print(
            f"  {service:10} {url}/docs  {url}/asyncapi.json  {url}/metrics", soft_wrap=True
        )
    tell_first_link(console, house)
    if house.key.is_new:
        told = f"{house.key.token}   made now, opens everything; kept in {data / FIRST_FILE}"
        console.print(f"  key        {told}", highlight=False, markup=False, soft_wrap=True)
    console.print(f"  data       {data}   logs {house.logs}")


def _told_of_lock(broker: OwnBroker | None, data: Path) -> Iterator[str]:
    """Say where the users' passwords are, and that a broker that was locked is open now."""
    if broker is None:
        return
    if broker.passwords is not None:
        yield f"asks who is calling; a file for each user: {broker.passwords.folder}"
    elif was_locked(data):
        yield "takes whoever comes, and asked who is calling before: lock it again with --secure"


def _watch(console: Console, house: House, *, plan: Path) -> None:
    plans = PlanWatch(house.logs, house.ports)
    while True:
        time.sleep(WATCH_SECONDS)
        for news in plans.news():
            colour = "green" if news.refused is None else "red"
            told = printable_lines(news.told)
            console.print(told, style=colour, markup=False, highlight=False, soft_wrap=True)
            if news.refused is None and (why := _locked_anew(house, plan)):
                _say(console, why)
        for line in house.revive():
            _say(console, line)


def _locked_anew(house: House, plan: Path) -> str:
    """Let a locked broker have the users of a new plan; returns why not, empty when it has them."""
    try:
        if house.own_broker is not None:
            house.own_broker.lock(plan)
    except (NotLocked, InvalidPlan, OSError) as error:
        return f"{error} Save the plan again, or give `tongxin topics apply --acls`."
    return ""


def _say(console: Console, text: str) -> None:
    told = printable_lines(text)
    console.print(told, style="yellow", highlight=False, markup=False, soft_wrap=True)
