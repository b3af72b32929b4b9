"""A plan that changes while the services run."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from prometheus_client import Counter
from typing_extensions import override

from schemas.plan import InvalidPlan, Plan, half_of, parse_plan
from services.kit.process.followed_file import FollowedFile, MaybeHalf
from tests.unit.schemas.plan_texts import SMALL, changed

BROKEN = changed(('lead = "fire"', 'lead = "fires"'))
NEW = changed(("households = 400", "households = 401"))


T = TypeVar("T")


class Followed(FollowedFile[T]):
    """A followed file that is looked at step by step, and remembers what it said."""

    def __init__(
        self,
        path: Path,
        parse: Callable[[bytes], T],
        *,
        half: Callable[[bytes, bytes], str | None] = lambda _old, _new: None,
    ) -> None:
        reloads = Counter("reloads", "By outcome", ["outcome"], registry=None)
        self.changes: list[T] = []
        self.refusals: list[Exception] = []
        super().__init__(path, parse, reloads=reloads, half=half)

    @property
    def value(self) -> T:
        return self._newest

    def poll(self) -> bool:
        """Look once; tell whether there is a new value."""
        before = self._newest
        self._look()
        if self._newest is before:
            return False
        self.changes.append(self._newest)
        return True

    @override
    def _refuse(self, why: Exception) -> None:
        self.refusals.append(why)
        super()._refuse(why)


class Watched:
    """A followed plan."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "plan.toml"
        self.write(SMALL)
        self.file = Followed(
            self.path, lambda data: parse_plan(data, name="plan.toml"), half=half_of
        )

    @property
    def changes(self) -> list[Plan]:
        return self.file.changes

    @property
    def refusals(self) -> list[Exception]:
        return self.file.refusals

    def write(self, text: str) -> None:
        self.path.write_text(text, encoding="utf-8")

    def rename_into_place(self, text: str) -> None:
        draft = self.path.with_suffix(".new")
        draft.write_text(text, encoding="utf-8")
        draft.replace(self.path)

    def settled(self) -> bool:
        """Look until the file stood still; tell whether one of the looks brought a new plan."""
        return any([self.file.poll(), self.file.poll()])

    def households(self) -> int:
        return self.file.value.grids[0].households


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


WITHOUT_RULE = SMALL[: SMALL.index("\n[[rules]]") + 1]


class TestWatchedPlan:
    def test_follows_a_good_version(self, watched: Watched) -> None:
        watched.write(NEW)
        assert watched.settled()
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
            watched.settled()
        assert len(watched.refusals) == 2

    def test_takes_the_repaired_version(self, watched: Watched) -> None:
        for text in (BROKEN, NEW):
            watched.write(text)
            watched.settled()
        assert watched.households() == 401

    def test_has_nothing_new_when_the_old_text_comes_back(self, watched: Watched) -> None:
        for text in (BROKEN, SMALL):
            watched.write(text)
            assert not watched.settled()
        assert watched.changes == []

    def test_keeps_the_old_one_while_the_file_is_away(self, watched: Watched) -> None:
        watched.path.unlink()
        assert [watched.file.poll() for _ in range(2)] == [False] * 2
        assert [type(one) for one in watched.refusals] == [FileNotFoundError]
        watched.write(NEW)
        assert watched.settled()

    def test_must_be_good_the_first_time(self, tmp_path: Path) -> None:
        path = tmp_path / "plan.toml"
        path.write_text(BROKEN, encoding="utf-8")
        with pytest.raises(InvalidPlan):
            Followed(path, lambda data: parse_plan(data, name="plan.toml"))


class TestPlanThatIsBeingWritten:
    def test_is_judged_when_it_stands_still(self, watched: Watched) -> None:
        watched.write(NEW[:100])
        assert not watched.file.poll()
        watched.write(NEW)
        assert [watched.file.poll(), watched.file.poll()] == [False, True]
        assert watched.refusals == []

    @pytest.mark.parametrize("cut", range(0, len(NEW), 37))
    def test_is_never_taken_by_half(self, watched: Watched, cut: int) -> None:
        watched.write(NEW[:cut])
        assert not watched.settled()
        assert watched.households() == 400
        assert len(watched.refusals) == 1
        watched.write(NEW)
        assert watched.settled()

    def test_is_not_taken_when_the_cut_is_between_two_tables(self, watched: Watched) -> None:
        watched.write(WITHOUT_RULE)
        assert not watched.settled()
        (refusal,) = watched.refusals
        assert isinstance(refusal, MaybeHalf)
        assert "lacks rules: so looks half a file" in str(refusal)
        assert "rename that into place with mv" in str(refusal)

    def test_is_not_taken_when_its_last_number_may_go_on(self, watched: Watched) -> None:
        watched.write(SMALL + "[merging]\nradius_m = 5")
        assert not watched.settled()
        assert "no line break" in str(watched.refusals[0])

    def test_may_lose_what_it_likes_when_it_is_renamed_into_place(self, watched: Watched) -> None:
        watched.rename_into_place(WITHOUT_RULE)
        assert watched.settled()
        assert watched.file.value.rules == ()

    def test_is_taken_when_what_was_refused_is_renamed_into_place(self, watched: Watched) -> None:
        watched.write(WITHOUT_RULE)
        watched.settled()
        watched.rename_into_place(WITHOUT_RULE)
        assert watched.settled()

    def test_may_be_a_link_that_is_swapped(self, watched: Watched, tmp_path: Path) -> None:
        for number, text in enumerate((SMALL, WITHOUT_RULE)):
            (tmp_path / str(number)).mkdir()
            (tmp_path / str(number) / "plan.toml").write_text(text)
            link = tmp_path / "link"
            link.symlink_to(tmp_path / str(number) / "plan.toml")
            link.replace(watched.path)
            watched.settled()
        assert watched.file.value.rules == ()
        assert watched.refusals == []


class TestWhatIsNoFile:
    def test_is_refused_once_and_the_old_one_stays(self, watched: Watched) -> None:
        watched.path.unlink()
        watched.path.mkdir()
        assert not any(watched.file.poll() for _ in range(4))
        assert [type(one) for one in watched.refusals] == [IsADirectoryError]

    def test_may_be_a_pipe_that_nobody_writes(self, watched: Watched) -> None:
        watched.path.unlink()
        os.mkfifo(watched.path)
        assert not watched.settled()
        assert "Invalid argument" in str(watched.refusals[0])
        watched.path.unlink()
        watched.write(NEW)
        assert watched.settled()


class TestParserThatBreaks:
    def test_costs_that_version_and_not_the_process(self, tmp_path: Path) -> None:
        def parse(data: bytes) -> int:
            return 1 // len(data)

        (tmp_path / "x").write_bytes(b"a")
        file = Followed(tmp_path / "x", parse)
        (tmp_path / "x").write_bytes(b"")
        assert not any([file.poll(), file.poll()])
        assert [type(one) for one in file.refusals] == [ZeroDivisionError]
        assert file.value == 1
