"""What several commands share: defaults, where the broker is, and how to fail plainly."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from pydantic import ValidationError
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from schemas.plan import InvalidPlan, Plan, load_plan
from schemas.topics import Topic, all_topics, installation_topic
from services.kit.kafka.brokers import Brokers
from services.kit.printable import printable, printable_lines
from services.machine.data_folder import ADDRESS_FILE
from services.machine.own_broker import brokers_of
from services.machine.secrets_kept import FIRST_FILE, FIRST_TOKEN
from services.machine.serving import settings_told

DEFAULT_DATA = ".tongxin"
DEFAULT_PLAN = "deploy/plans/qingshanhu.toml"
_PROJECT = Path(__file__).parents[2]


def stop_with(message: str, *, code: int = 1) -> NoReturn:
    """Print what is wrong and what to do, and end the command."""
    told = printable_lines(message)
    Console(stderr=True).print(told, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(code)


def print_rows(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows whole: a table on a terminal, names never cut; a line with tabs each in a pipe."""
    console = Console()
    if not console.is_terminal:
        for row in rows:
            print("\t".join(map(printable, row)))
        return
    table = Table(box=box.SIMPLE_HEAD)
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(*(escape(printable(cell)) for cell in row))
    console.print(table)


def found_plan(file: Path) -> Path:
    """Return a plan's file; the one that is meant unless told also when this is another folder."""
    is_elsewhere = file == Path(DEFAULT_PLAN) and not file.exists()
    return _PROJECT / file if is_elsewhere else file


PlanFile = Annotated[
    Path,
    typer.Option("--plan", envvar="TONGXIN_PLAN", callback=found_plan, help="The routing plan."),
]


def usable_plan(file: Path) -> Plan:
    """Return the plan of a file; ends the command with what is wrong if it cannot be used.

    Webhooks to this machine are allowed: `serve` refuses them itself where they are not meant.
    """
    try:
        return load_plan(file, loopback=True)
    except OSError as unreadable:
        stop_with(f"{file}: {unreadable.strerror or unreadable}; name one with --plan", code=2)
    except InvalidPlan as invalid:
        stop_with(str(invalid), code=2)


def declared_topics(plan: Path) -> tuple[Topic, ...]:
    """Return every topic under a plan; ends the command with what is wrong if it cannot be used."""
    loaded = usable_plan(plan)
    of_plan = all_topics(sorted(loaded.departments), loaded.feedback_parties())
    return (installation_topic(), *of_plan)


def known_broker(asked: str, *, data: Path | None = None) -> Brokers | None:
    """Return the broker asked for, the environment's, or the running house's; None for none.

    `data` is the house's folder: TONGXIN_DATA, or `.tongxin` here, unless given.
    """
    try:
        return brokers_of(data_folder(data), os.environ, asked=asked)
    except ValidationError as wrong:
        stop_with("; ".join(settings_told(wrong)), code=2)


def brokers_to_ask(asked: str, *, data: Path | None = None) -> Brokers:
    """Return the broker to talk to, as `known_broker`; ends the command with advice for none."""
    found = known_broker(asked, data=data)
    if found is None:
        stop_with(
            f"No broker: start one with `tongxin run` (its address is read from "
            f"{data_folder(data) / ADDRESS_FILE}), or set TONGXIN_KAFKA=host:port."
        )
    return found


def data_folder(named: Path | None) -> Path:
    """Return the folder of a house: the one named, else TONGXIN_DATA, else `.tongxin` here."""
    return named or Path(os.environ.get("TONGXIN_DATA", DEFAULT_DATA))


def known_token() -> str:
    """Return the key to ask with: TONGXIN_KEY, or the first one of the house in TONGXIN_DATA."""
    file = Path(os.environ.get("TONGXIN_DATA", DEFAULT_DATA)) / FIRST_FILE
    try:
        return os.environ.get(FIRST_TOKEN, "") or file.read_text(encoding="utf-8").strip()
    except OSError:
        stop_with(
            f"No key: set {FIRST_TOKEN} to one that `tongxin keys create` made; {file} has none."
        )
