"""A verdict as a reader takes it in: valid or not, how many of which, and where to look."""

from rich.console import Console
from rich.table import Table

from tests.faults.checker.anomalies import Kind
from tests.faults.checker.verdict import Verdict
from tests.faults.history import Meta

_EXAMPLES = 5


def show(verdict: Verdict, meta: Meta, *, console: Console, examples: int = _EXAMPLES) -> None:
    """Print a verdict."""
    sizes = ", ".join(f"{count} {name}" for name, count in verdict.sizes.items())
    console.print(f"{meta.row} seed {meta.seed} on {meta.engine}: {sizes}", highlight=False)
    console.print(f":valid? {_word(verdict.valid)}", highlight=False)
    console.print(f":safety {_word(verdict.safe)} :liveness {_word(verdict.live)}", highlight=False)
    if verdict.valid:
        return
    table = Table("anomaly", "count", "whose", "what", "where", title="Anomalies")
    for kind, count in verdict.counts.most_common():
        _add(table, verdict, kind=kind, count=count, examples=examples)
    console.print(table, highlight=False)


def _add(table: Table, verdict: Verdict, *, kind: Kind, count: int, examples: int) -> None:
    for number, one in enumerate(verdict.examples(kind, at_most=examples)):
        head = ("", "") if number else (str(kind), str(count))
        table.add_row(*head, one.subject, one.detail, "\n".join(one.where))
    table.add_section()


def _word(holds: bool) -> str:  # noqa: FBT001 - the one thing it is about
    return "true" if holds else "false"
