"""`python -m tests.faults`: break a real house row by row, and print what went wrong."""

import asyncio
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from tests.faults.checker.report import show
from tests.faults.history import load
from tests.faults.hogs import hogs
from tests.faults.matrix import ALL_ROWS, in_turn
from tests.faults.rows.row import Form, Row
from tests.faults.run import Outcome, run_row
from tests.faults.servers import Yard
from tests.faults.stand import Engine
from tests.faults.table import markdown, show_runs, show_table

_ENGINES: Final = ("sqlite", "postgres")


@dataclass(slots=True)
class Session:
    """What was asked for, and what came of it so far; `broken` are rows that did not end."""

    seed: int
    form: Form
    console: Console
    outcomes: list[Outcome] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether a row broke off or a promise was broken."""
        return bool(self.broken) or not all(one.verdict.valid for one in self.outcomes)

    def run(self, row: Row, on: Engine, *, yard: Yard, folder: Path) -> None:
        """Run a row and print its verdict."""
        self.console.print(f"[bold]{row.id}[/] on {on}: {row.title}", highlight=False)
        try:
            outcome = asyncio.run(
                run_row(row, on, yard=yard, folder=folder, seed=self.seed, form=self.form)
            )
        except Exception:  # noqa: BLE001 - the other rows are to run as well
            self.console.print_exception(max_frames=4)
            self.broken.append(f"{row.id} on {on}")
            yard.close()
            return
        show(outcome.verdict, load(outcome.history).meta, console=self.console)
        self.console.print(f"seconds: {outcome.phases}\n", highlight=False)
        self.outcomes.append(outcome)


def main(  # noqa: PLR0913 - each is an option
    *,
    long: Annotated[bool, typer.Option("--long", help="Many more reports and faults.")] = False,
    seed: Annotated[int, typer.Option(help="The same seed breaks the same things.")] = 0,
    rows: Annotated[str, typer.Option(help="Such as R-01,R-08; default: all.")] = "",
    engine: Annotated[str, typer.Option(help="sqlite or postgres; default: both.")] = "",
    keep: Annotated[Path | None, typer.Option(help="Keep histories and logs here.")] = None,
    markdown_file: Annotated[
        Path | None, typer.Option("--markdown", help="Write the table here as well.")
    ] = None,
    times: Annotated[int, typer.Option(min=1, help="So often, each with another seed.")] = 1,
    hog: Annotated[bool, typer.Option("--hog", help="Keep each core busy meanwhile.")] = False,
) -> None:
    """Run rows of the fault matrix; exit code 1 when a history is not valid."""
    first, console = seed or int(time.time()), Console()
    sessions: list[Session] = []
    with _folder(keep) as folder, Yard() as yard, hogs(wanted=hog):
        for number in range(times):
            session = Session(first + number, Form(long=long), console)
            sessions.append(session)
            where = folder / f"{number + 1:02}" if times > 1 else folder
            for row, on in _chosen(rows, engine):
                session.run(row, on, yard=yard, folder=where / f"{row.id}-{on}")
            show_table(session.outcomes, console=console)
    if markdown_file is not None:
        every = [outcome for session in sessions for outcome in session.outcomes]
        markdown_file.write_text(markdown(every), encoding="utf-8")
    if times > 1:
        show_runs([(s.seed, s.outcomes, s.broken) for s in sessions], console=console)
    again = _again(long=long, seed=first, rows=rows, engine=engine)
    console.print(f"Again: {again}", soft_wrap=True)
    raise typer.Exit(1 if any(session.failed for session in sessions) else 0)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="tongxin-faults-") as scratch:
        yield Path(scratch)


def _chosen(rows: str, engine: str) -> Iterator[tuple[Row, Engine]]:
    wanted: Sequence[str] = rows.split(",") if rows else [*ALL_ROWS]
    if unknown := [id_ for id_ in wanted if id_ not in ALL_ROWS]:
        raise typer.BadParameter(f"no such row: {', '.join(unknown)}; there are {[*ALL_ROWS]}")
    if engine and engine not in _ENGINES:
        raise typer.BadParameter(f"{engine} is not one of {_ENGINES}")
    for row in sorted((ALL_ROWS[id_] for id_ in wanted), key=in_turn):
        for on in row.engines:
            if engine in {"", on}:
                yield row, on


def _again(*, long: bool, seed: int, rows: str, engine: str) -> str:
    options = ["--long"] * long + [f"--seed {seed}"]
    options += [f"--rows {rows}"] * bool(rows) + [f"--engine {engine}"] * bool(engine)
    return " ".join(["python -m tests.faults", *options])


if __name__ == "__main__":
    typer.run(main)
