"""Running known-bad builds on a real house, and keeping what they were caught by."""

import asyncio
import tempfile
from pathlib import Path
from typing import Final

from tests.faults.bad_builds.catalogue import BadBuild
from tests.faults.checker.verdict import check
from tests.faults.excerpt import packed, shown
from tests.faults.history import load
from tests.faults.rows.row import Form
from tests.faults.run import Outcome, run_row
from tests.faults.servers import Yard

RECORDED: Final = Path("tests/data/bad-builds")
"""Where a part of what each bad build did is kept."""
SEED: Final = 20_260_501
RUNS: Final = 6
"""Chance decides what the faults hit: one of a few runs must show it."""


def recorded() -> dict[str, Path]:
    """Return the recorded histories by the name of their build."""
    return {file.name.partition(".")[0]: file for file in sorted(RECORDED.glob("*.tar.xz"))}


def judged(build: BadBuild, yard: Yard, *, record: bool) -> tuple[str, bool]:
    """Return what a build was caught by, and whether that is as it should be."""
    if not build.expected:
        with tempfile.TemporaryDirectory(prefix="tongxin-bad-builds-") as scratch:
            verdict = _run(build, yard, Path(scratch), seed=SEED).verdict
        return ", ".join(verdict.counts) or "nothing, as it should be", verdict.safe
    for seed in range(SEED, SEED + RUNS):
        with tempfile.TemporaryDirectory(prefix="tongxin-bad-builds-") as scratch:
            outcome = _run(build, yard, Path(scratch), seed=seed)
            found = outcome.verdict.counts.keys() & build.expected
            if found and record:
                _record(build, outcome)
        if found:
            return f"caught by {', '.join(sorted(found))}", True
    return "NOT CAUGHT", False


def _run(build: BadBuild, yard: Yard, folder: Path, *, seed: int) -> Outcome:
    try:
        return asyncio.run(
            run_row(
                build.row,
                "postgres",
                yard=yard,
                folder=folder,
                seed=seed,
                form=Form(),
                build=build.module,
            )
        )
    except BaseException:
        yard.close()  # whatever it left broken is not for the next one
        raise


def _record(build: BadBuild, outcome: Outcome) -> None:
    """Keep a small part of what happened, in which the build is caught as well."""
    expected = [a for a in outcome.verdict.anomalies if a.kind in build.expected]
    small = shown(load(outcome.history), expected)
    if not check(small).counts.keys() & build.expected:
        msg = f"a small part of the history does not show what is wrong with {build.name}"
        raise AssertionError(msg)
    RECORDED.mkdir(parents=True, exist_ok=True)
    (RECORDED / f"{build.name}.tar.xz").write_bytes(packed(small))
