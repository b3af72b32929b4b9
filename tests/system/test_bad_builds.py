"""The fault suite itself: a build with a known fault is caught, by an anomaly that fits it.

What was recorded is judged in `tests/unit/faults/test_recorded_builds.py`, and `make faults`
provokes all of them anew. Here is provoked what nobody has recorded yet.
"""

from pathlib import Path

import pytest

from tests.faults.bad_builds.catalogue import BUILDS
from tests.faults.bad_builds.provoking import RUNS, SEED, recorded
from tests.faults.servers import Yard
from tests.support.faulted import MARKS, short_run, told

pytestmark = [*MARKS, pytest.mark.postgres]


class TestBadBuild:
    @pytest.mark.parametrize("name", sorted(BUILDS.keys() - recorded().keys()))
    async def test_is_caught(self, name: str, yard: Yard, tmp_path: Path) -> None:
        """Chance decides what the faults hit: one of a few runs must show it."""
        build, seen = BUILDS[name], ""
        for seed in range(SEED, SEED + RUNS):
            keep = tmp_path / str(seed)
            outcome = await short_run(
                build.row, "postgres", yard=yard, keep=keep, build=build.module, seed=seed
            )
            if outcome.verdict.counts.keys() & build.expected:
                return
            seen += f"\nseed {seed}: {told(outcome.verdict) or 'called valid'}"
        pytest.fail(f"not caught: {seen}")
