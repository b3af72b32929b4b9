"""A new version of a watched plan, good or bad, without a restart."""

from functools import partial
from pathlib import Path

import pytest
from prometheus_client import Counter

from schemas.plan import InvalidPlan, Plan, parse_plan
from services.kit.process.followed_file import FollowedFile
from tests.support.router import PLAN_FILE, changed_plan

NEW_TITLE = {'title_en = "Qingshanhu district"': 'title_en = "Another district"'}
NEW_DEPARTMENT = {
    "[departments.police]\n": (
        '[departments.parks]\ntier = "3"\ntitle_en = "Parks"\ntitle_zh = "园林"\n\n'
        "[departments.police]\n"
    )
}


class Watched:
    """A live plan over a file of its own, remembering for which plans topics were made."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "plan.toml"
        self.file.write_bytes(PLAN_FILE.read_bytes())
        self.made: list[Plan] = []
        self.broker_is_away = False
        self.counter = Counter("reloads", "By outcome", ["outcome"], registry=None)
        self.plan = FollowedFile(
            self.file,
            partial(parse_plan, name="plan.toml"),
            reloads=self.counter,
            prepare=self._make_topics,
        )

    async def follow(self) -> None:
        """Look twice: a version is taken when it stands still."""
        await self.plan.follow()
        await self.plan.follow()

    async def _make_topics(self, old: Plan, new: Plan) -> None:
        if self.broker_is_away:
            raise ConnectionError
        if new.departments.keys() - old.departments.keys():
            self.made.append(new)

    def reloads(self, outcome: str) -> float:
        [family] = self.counter.collect()
        return sum(
            sample.value
            for sample in family.samples
            if sample.name == "reloads_total" and sample.labels == {"outcome": outcome}
        )


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


class TestNewVersion:
    async def test_is_used_from_then_on(self, watched: Watched) -> None:
        watched.file.write_bytes(changed_plan(NEW_TITLE))
        await watched.follow()
        assert (watched.plan().title_en, watched.made) == ("Another district", [])
        assert watched.reloads("loaded") == 1

    async def test_with_a_new_department_has_its_topics_made_first(self, watched: Watched) -> None:
        watched.file.write_bytes(changed_plan(NEW_DEPARTMENT))
        await watched.follow()
        assert watched.made == [watched.plan()]
        assert "parks" in watched.plan().departments

    async def test_waits_for_its_topics(self, watched: Watched) -> None:
        watched.broker_is_away = True
        watched.file.write_bytes(changed_plan(NEW_DEPARTMENT))
        with pytest.raises(ConnectionError):
            await watched.follow()
        assert "parks" not in watched.plan().departments
        watched.broker_is_away = False
        await watched.follow()
        assert "parks" in watched.plan().departments

    async def test_that_is_broken_is_refused_once_and_the_last_one_stays(
        self, watched: Watched
    ) -> None:
        good = watched.plan()
        watched.file.write_text("nonsense")
        await watched.follow()
        await watched.follow()
        assert watched.plan() is good
        assert watched.reloads("refused") == 1

    async def test_that_is_broken_at_the_start_is_an_error(
        self, watched: Watched, tmp_path: Path
    ) -> None:
        (tmp_path / "bad.toml").write_text("nonsense")
        with pytest.raises(InvalidPlan):
            FollowedFile(
                tmp_path / "bad.toml",
                partial(parse_plan, name="bad.toml"),
                reloads=watched.counter,
            )
