"""A plan that changes while the services run."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from schemas.plan import InvalidPlan, Plan, parse_plan
from services.kit.watched_file import WatchedFile
from tests.unit.schemas.plan_texts import SMALL, changed

BROKEN = changed(('lead = "fire"', 'lead = "fires"'))
NEW = changed(("households = 400", "households = 401"))


class Watched:
    """A watched plan and what it said."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "plan.toml"
        self.write(SMALL)
        self.changes: list[Plan] = []
        self.refusals: list[Exception] = []
        self.file = WatchedFile(
            self.path,
            lambda data: parse_plan(data, name="plan.toml"),
            on_change=self.changes.append,
            on_refused=self.refusals.append,
        )

    def write(self, text: str) -> None:
        self.path.write_text(text, encoding="utf-8")

    def households(self) -> int:
        return self.file.value.grids[0].households


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


class TestWatchedPlan:
    def test_follows_a_good_version(self, watched: Watched) -> None:
        watched.write(NEW)
        assert watched.file.poll()
        assert watched.households() == 401
        assert watched.changes == [watched.file.value]
        assert not watched.file.poll()

    def test_says_nothing_when_nothing_changed(self, watched: Watched) -> None:
        watched.path.touch()
        assert not watched.file.poll()
        assert (watched.changes, watched.refusals) == ([], [])

    def test_keeps_the_old_one_when_the_new_is_broken_and_says_so_once(
        self, watched: Watched
    ) -> None:
        watched.write(BROKEN)
        assert [watched.file.poll() for _ in range(3)] == [False] * 3
        assert watched.households() == 400
        (refusal,) = watched.refusals
        assert isinstance(refusal, InvalidPlan)
        assert "unknown department 'fires' (did you mean 'fire'?)" in str(refusal)

    def test_says_it_again_for_another_broken_version(self, watched: Watched) -> None:
        for text in (BROKEN, BROKEN + "\n# still\n"):
            watched.write(text)
            watched.file.poll()
        assert len(watched.refusals) == 2

    def test_takes_the_repaired_version(self, watched: Watched) -> None:
        for text in (BROKEN, NEW):
            watched.write(text)
            watched.file.poll()
        assert watched.households() == 401

    def test_has_nothing_new_when_the_old_text_comes_back(self, watched: Watched) -> None:
        for text in (BROKEN, SMALL):
            watched.write(text)
            assert not watched.file.poll()
        assert watched.changes == []

    def test_keeps_the_old_one_while_the_file_is_away(self, watched: Watched) -> None:
        watched.path.unlink()
        assert [watched.file.poll() for _ in range(2)] == [False] * 2
        assert [type(one) for one in watched.refusals] == [FileNotFoundError]
        watched.write(NEW)
        assert watched.file.poll()

    def test_must_be_good_the_first_time(self, tmp_path: Path) -> None:
        path = tmp_path / "plan.toml"
        path.write_text(BROKEN, encoding="utf-8")
        with pytest.raises(InvalidPlan):
            WatchedFile(
                path,
                lambda data: parse_plan(data, name="plan.toml"),
                on_change=print,
                on_refused=print,
            )

    async def test_is_looked_at_until_cancelled(self, watched: Watched) -> None:
        watching = asyncio.create_task(watched.file.watch(timedelta(milliseconds=5)))
        watched.write(NEW)
        async with asyncio.timeout(5):
            while watched.households() != 401:  # noqa: ASYNC110 - the watch has no event to await
                await asyncio.sleep(0.005)
        watching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await watching
