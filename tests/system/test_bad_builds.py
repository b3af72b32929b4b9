"""The fault suite itself: a build with a known fault is caught, by an anomaly that fits it."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.bad_builds.catalogue import BUILDS, STALE, BadBuild
from tests.faults.run import Outcome
from tests.faults.servers import Yard
from tests.support.faulted import SEED, short_run, told

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.postgres,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    # The recorder's own clients are cut off on purpose; what they leave open is no finding.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

RUNS = 6


@pytest.fixture(scope="module")
def yard() -> Iterator[Yard]:
    """Keep the servers of one row for the next."""
    with Yard() as yard:
        yield yard
    gc.collect()  # what cut clients left open is not for the next module's tests


async def _run(build: BadBuild, yard: Yard, folder: Path, *, seed: int = SEED) -> Outcome:
    return await short_run(
        build.row, "postgres", yard=yard, keep=folder / str(seed), build=build.module, seed=seed
    )


class TestBadBuild:
    @pytest.mark.parametrize("name", BUILDS)
    async def test_is_caught(self, name: str, yard: Yard, tmp_path: Path) -> None:
        """Chance decides what the faults hit: one of a few runs must show it."""
        build, seen = BUILDS[name], ""
        for seed in range(SEED, SEED + RUNS):
            outcome = await _run(build, yard, tmp_path, seed=seed)
            if outcome.verdict.counts.keys() & build.expected:
                return
            seen += f"\nseed {seed}: {told(outcome.verdict) or 'called valid'}"
        pytest.fail(f"not caught: {seen}")

    async def test_is_caught_for_its_fault_alone(self, yard: Yard, tmp_path: Path) -> None:
        """Owners that never let go are harmless as long as the fence holds."""
        outcome = await _run(STALE, yard, tmp_path)
        assert outcome.verdict.safe, told(outcome.verdict)
