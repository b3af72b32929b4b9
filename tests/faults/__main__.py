"""`python -m tests.faults`: break a real house row by row, and print what went wrong."""

import asyncio
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from tests.faults.checker.report import show
from tests.faults.history import load
from tests.faults.matrix import ALL_ROWS, in_turn
from tests.faults.rows.row import Form, Row
from tests.faults.run import Outcome, run_row
from tests.faults.servers import Yard
from tests.faults.stand import Engine
from tests.faults.table import markdown, show_table

_ENGINES: Final = ("sqlite", "postgres")


def main(
    *,
    long: Annotated[bool, typer.Option("--long", help="Many more reports and faults.")] = False,
    seed: Annotated[int, typer.Option(help="The same seed breaks the same things.")] = 0,
    rows: Annotated[str, typer.Option(help="Such as R-01,R-08; default: all.")] = "",
    engine: Annotated[str, typer.Option(help="sqlite or postgres; default: both.")] = "",
    keep: Annotated[Path | None, typer.Option(help="Keep histories and logs here.")] = None,
    markdown_file: Annotated[
        Path | None, typer.Option("--markdown", help="Write the table here as well.")
    ] = None,
) -> None:
    """Run rows of the fault matrix; exit code 1 when a history is not valid."""
    seed = seed or int(time.time())
    console = Console()
    outcomes: list[Outcome] = []
    failed = False
    with _folder(keep) as folder, Yard() as yard:
        for row, on in _chosen(rows, engine):
            console.print(f"[bold]{row.id}[/] on {on}: {row.title}", highlight=False)
            place = folder / f"{row.id}-{on}"
            try:
                outcome = asyncio.run(
                    run_row(row, on, yard=yard, folder=place, seed=seed, form=Form(long=long))
                )
            except Exception:  # noqa: BLE001 - the other rows are to run as well
                console.print_exception(max_frames=4)
                failed = True
                yard.close()
                continue
            show(outcome.verdict, load(outcome.history).meta, console=console)
            console.print(f"seconds: {outcome.phases}\n", highlight=False)
            outcomes.append(outcome)
            failed |= not outcome.verdict.valid
    show_table(outcomes, console=console)
    if markdown_file is not None:
        markdown_file.write_text(markdown(outcomes), encoding="utf-8")
    console.print(
        f"Again: {_again(long=long, seed=seed, rows=rows, engine=engine)}", soft_wrap=True
    )
    raise typer.Exit(1 if failed else 0)


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
