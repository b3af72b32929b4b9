"""A row of the fault suite as a test runs it."""

import shutil
import tempfile
from pathlib import Path

import pytest

from tests.faults.checker.verdict import Verdict
from tests.faults.rows.row import Form, Row
from tests.faults.run import Outcome, run_row
from tests.faults.servers import Yard
from tests.faults.stand import Engine

SEED = 20_260_501
MARKS = (
    pytest.mark.kafka,
    pytest.mark.slow,
    pytest.mark.timeout(1_800),
    # The recorder's own clients are cut off on purpose; what they leave open is no finding.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
)
"""What every test needs that runs a row."""


async def short_run(row: Row, engine: Engine, *, yard: Yard, keep: Path) -> Outcome:
    """Run the short form of a row; the history is kept in `keep`, servers' data are not."""
    with tempfile.TemporaryDirectory(prefix="tongxin-faults-") as scratch:
        place = Path(scratch)
        try:
            outcome = await run_row(row, engine, yard=yard, folder=place, seed=SEED, form=Form())
        except BaseException:
            yard.close()  # whatever it left broken is not for the next row
            raise
        shutil.copytree(outcome.history, keep / "history")
        shutil.copytree(Path(scratch) / "logs", keep / "logs")
    return outcome


async def assert_promises_are_kept(row: Row, engine: Engine, *, yard: Yard, keep: Path) -> None:
    """Run the short form of a row, see that it broke something, and that nothing came of it."""
    outcome = await short_run(row, engine, yard=yard, keep=keep)
    assert outcome.faults > 0
    sizes = outcome.verdict.sizes
    assert sizes["cases"] > 0
    if not row.truncated:
        assert sizes["observed"] >= sizes["final"], "the observer missed records"
    assert outcome.verdict.valid, told(outcome.verdict)


def told(verdict: Verdict) -> str:
    """Return the anomalies of a verdict, a few of each kind."""
    lines = [f"{kind} x{count}" for kind, count in verdict.counts.most_common()]
    for kind in verdict.counts:
        lines += [f"{one.kind} {one.subject}: {one.detail}" for one in verdict.examples(kind)]
    return "\n".join(lines)
