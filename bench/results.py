"""What a measurement found: a table for the terminal, and Markdown rows for bench/RESULTS.md."""

# ruff: noqa: TID251 - a benchmark stands in real time

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from services.machine.embedded.jar_lock import locked_jars

FOLDER = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How large a measurement is: `quick` proves that it runs, its numbers say nothing."""

    postgres: bool = True
    quick: bool = False

    def of(self, standard: int, *, quick: int) -> int:
        """Return the standard size, or the quick one."""
        return quick if self.quick else standard


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One number: what was measured, what was found, what was aimed at, and what it took."""

    what: str
    found: str
    aim: str = ""
    more: str = ""


HEADINGS = ("measured", "found", "aim", "more")


def show(
    job: str,
    rows: Sequence[Row],
    *,
    machine: str,
    command: str,
    headings: Sequence[str] = HEADINGS,
) -> Path:
    """Print the rows and write them as Markdown, with what the job pins; returns the file."""
    machine = ", ".join((machine, *pinned(job)))
    table = Table(title=f"{job}: {machine}")
    for name in headings:
        table.add_column(name)
    for row in rows:
        table.add_row(row.what, row.found, row.aim, row.more)
    Console().print(table)
    FOLDER.mkdir(exist_ok=True)
    file = FOLDER / f"{job}.md"
    file.write_text(
        markdown(rows, machine=machine, command=command, headings=headings), encoding="utf-8"
    )
    return file


def pinned(job: str) -> list[str]:
    """Return the versions of what a job compares with, where each has an environment of its own.

    >>> [name.split()[0] for name in pinned("peers")]
    ['dbos', 'procrastinate', 'flowable-engine']
    """
    peers = FOLDER.parent / job
    packages = [
        f"{name} {version}"
        for pins in sorted(peers.glob("*/requirements.txt"))
        for name, _, version in (line.partition("==") for line in pins.read_text().splitlines())
        if name == pins.parent.name
    ]
    jars = [
        f"{jar.artifact} {jar.version}"
        for lock in sorted(peers.glob("*/jars.lock.toml"))
        for jar in locked_jars(lock)
        if jar.artifact == f"{lock.parent.name}-engine"
    ]
    return packages + jars


def markdown(
    rows: Sequence[Row], *, machine: str, command: str, headings: Sequence[str] = HEADINGS
) -> str:
    """Return rows as a Markdown table under what they were measured with."""
    lines = [
        f"`{command}`, {datetime.now(UTC):%Y-%m-%d}: {machine}",
        "",
        f"| {' | '.join(headings)} |",
        "|---|---|---|---|",
        *(f"| {row.what} | {row.found} | {row.aim} | {row.more} |" for row in rows),
    ]
    return "\n".join(lines) + "\n"
