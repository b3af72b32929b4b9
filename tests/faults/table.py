"""The anomaly table: a line for each row that ran."""

from collections.abc import Iterable, Sequence
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table

from tests.faults.run import Outcome

_HEADS: Final = (
    "row",
    "fault",
    "engine",
    "faults",
    "incidents",
    "cases",
    "events seen",
    "anomalies",
    "valid?",
    "s",
)

_LONG: Final = "fault"
"""Too long for a terminal: told when the row begins."""


def table_rows(outcomes: Iterable[Outcome]) -> list[tuple[str, ...]]:
    """Return the cells of each outcome."""
    return [
        (
            outcome.row.id,
            outcome.row.title,
            outcome.engine,
            str(outcome.faults),
            str(outcome.incidents),
            str(outcome.verdict.sizes["cases"]),
            str(outcome.verdict.sizes["observed"]),
            ", ".join(f"{kind} {n}" for kind, n in outcome.verdict.counts.most_common()) or "none",
            "true" if outcome.verdict.valid else "false",
            f"{outcome.seconds:.0f}",
        )
        for outcome in outcomes
    ]


def show_table(outcomes: Sequence[Outcome], *, console: Console) -> None:
    """Print the table."""
    table = Table(box=box.SIMPLE_HEAD, title="Anomalies")
    for head in _HEADS:
        if head != _LONG:
            table.add_column(head, overflow="fold")
    for cells in table_rows(outcomes):
        table.add_row(*(cell for head, cell in zip(_HEADS, cells, strict=True) if head != _LONG))
    console.print(table, highlight=False)


def show_runs(
    runs: Sequence[tuple[int, Sequence[Outcome], Sequence[str]]], *, console: Console
) -> None:
    """Print a line for each run: its seed, what it ran, what was not valid, what broke off."""
    table = Table(box=box.SIMPLE_HEAD, title="Runs")
    for head in ("seed", "rows", "valid", "not valid", "broke off", "s"):
        table.add_column(head, overflow="fold")
    for seed, outcomes, broken in runs:
        wrong = [f"{o.row.id} on {o.engine}" for o in outcomes if not o.verdict.valid]
        table.add_row(
            str(seed),
            str(len(outcomes) + len(broken)),
            str(len(outcomes) - len(wrong)),
            ", ".join(wrong) or "none",
            ", ".join(broken) or "none",
            f"{sum(o.seconds for o in outcomes):.0f}",
        )
    console.print(table, highlight=False)


def markdown(outcomes: Sequence[Outcome]) -> str:
    """Return the table as Markdown."""
    lines = [_HEADS, ("---",) * len(_HEADS), *table_rows(outcomes)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
