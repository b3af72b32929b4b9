"""The fault suite itself: a build with a known fault is caught, by an anomaly that fits it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.bad_builds.catalogue import BUILDS, STALE, BadBuild
from tests.faults.run import Outcome
from tests.faults.servers import Yard
from tests.support.faulted import short_run, told

pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def yard() -> Iterator[Yard]:
    """Keep the servers of one row for the next."""
    with Yard() as yard:
        yield yard


async def _run(build: BadBuild, yard: Yard, folder: Path) -> Outcome:
    return await short_run(build.row, "postgres", yard=yard, keep=folder, build=build.module)


class TestBadBuild:
    @pytest.mark.parametrize("name", BUILDS)
    async def test_is_caught(self, name: str, yard: Yard, tmp_path: Path) -> None:
        build = BUILDS[name]
        outcome = await _run(build, yard, tmp_path)
        caught = set(outcome.verdict.counts)
        assert caught & build.expected, told(outcome.verdict) or "called valid"

    async def test_is_caught_for_its_fault_alone(self, yard: Yard, tmp_path: Path) -> None:
        """Owners that never let go are harmless as long as the fence holds."""
        outcome = await _run(STALE, yard, tmp_path)
        assert outcome.verdict.safe, told(outcome.verdict)
