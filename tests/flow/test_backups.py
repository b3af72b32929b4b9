"""A backup made while a house works, and put back beside a broker that went on."""

import asyncio
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx
import pytest

from services.demo.ledger import Ledger
from services.machine.data_folder import occupied
from services.machine.house import House
from tests.support.asking import asking
from tests.support.command import Said, ledger_of, tongxin, until
from tests.support.town import Town, shifted_house, town_in

pytestmark = pytest.mark.kafka

EARLY, LATE = 4, 5


@dataclass
class Story:
    """A house whose databases were put back, and what was known before and after."""

    folder: Path
    copy: Path
    early: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    said: dict[str, Said] = field(default_factory=dict)
    before: Ledger = field(default_factory=Ledger)
    after: Ledger = field(default_factory=Ledger)
    metrics: str = ""


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)
def story(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Story]:
    """Work, copy, work on, put the copy back, and start again."""
    base = tmp_path_factory.mktemp("backups")
    found = Story(base / "house", base / "copy")
    found.folder.mkdir()
    with shifted_house(data=found.folder, engine=request.param) as (house, shift):
        asyncio.run(_work(found, house, shift))
    data = ("--data", str(found.folder))
    found.said["unasked"] = asyncio.run(tongxin("restore", str(found.copy), *data))
    found.said["restore"] = asyncio.run(tongxin("restore", str(found.copy), *data, "--replace"))
    with shifted_house(data=found.folder, engine=request.param) as (house, shift):
        asyncio.run(_look(found, house, shift))
    yield found
    shutil.rmtree(base)


async def _work(found: Story, house: House, shift: Path) -> None:
    async with town_in(house, shift) as town:
        found.early = [await _reported(town, n) for n in range(EARLY)]
        data = ("--data", str(found.folder))
        found.said["backup"] = await tongxin("backup", str(found.copy), *data)
        found.said["again"] = await tongxin("backup", str(found.copy), *data)
        found.said["running"] = await tongxin("restore", str(found.copy), *data, "--replace")
        found.late = [await _reported(town, EARLY + n) for n in range(LATE)]
        for case in (found.early[0], found.late[0]):
            await town.work("urban-management", case, "accepted", "started", "done")
            await town.event(case, "case.closed")
    found.before = await ledger_of(house.kafka)


async def _reported(town: Town, number: int) -> str:
    case = await town.report(
        id_=f"b-{number}", category="E0112", place={"address": f"No. {number}"}
    )
    await town.order("urban-management", case)
    return case


async def _look(found: Story, house: House, shift: Path) -> None:
    async with (
        town_in(house, shift) as town,
        asking() as client,
    ):
        closed = {found.early[0], found.late[0]}
        for case in (*found.early, *found.late):
            state = "closed" if case in closed else "assigned"
            await until(partial(_is, client, house, case, state), told=f"{case} {state}")
        found.metrics = (await client.get(f"{house.url('intake')}/metrics")).text
        new = await _reported(town, EARLY + LATE)
        await town.work("urban-management", new, "accepted", "started", "done")
        await town.event(new, "case.closed")
        answers = [found.early[1], found.late[1]]
        for case in answers:
            await town.work("urban-management", case, "accepted", "started", "done")
            await town.event(case, "case.closed")
    found.after = await ledger_of(house.kafka)


async def _is(client: httpx.AsyncClient, house: House, case: str, state: str) -> bool:
    answer = await client.get(f"{house.url('notifier')}/cases/{case}")
    return answer.is_success and answer.json()["case"]["state"] == state


class TestBackup:
    def test_of_a_running_house_holds_three_databases_and_says_which(self, story: Story) -> None:
        assert story.said["backup"].code == 0, story.said["backup"].text
        manifest = json.loads((story.copy / "manifest.json").read_bytes())
        assert manifest["databases"].keys() == {"intake", "router", "notifier", "desk"}
        assert manifest["cluster_id"]
        assert manifest["groups"].keys() >= {"tongxin.intake", "tongxin.router"}
        assert story.copy.stat().st_mode & 0o077 == 0

    def test_never_takes_the_place_of_another(self, story: Story) -> None:
        assert story.said["again"].code == 1
        assert "is not empty" in story.said["again"].text


class TestRestore:
    def test_wants_a_stopped_house_and_leave_to_replace(self, story: Story) -> None:
        assert "stop" in story.said["running"].text
        assert "--replace" in story.said["unasked"].text
        assert [story.said[step].code for step in ("running", "unasked", "restore")] == [1, 1, 0]
        assert list((story.folder / "replaced").glob("*/*"))

    def test_loses_nothing_that_was_read_since(self, story: Story) -> None:
        """That each case came to where it was is waited for before anything else is done."""
        went_back = re.search(r'went_back_total{stage="intake.reports"} ([0-9.]+)', story.metrics)
        assert went_back is not None
        assert float(went_back[1]) == LATE

    def test_doubles_nothing_and_every_case_goes_on(self, story: Story) -> None:
        assert story.before.violations == story.after.violations == []
        assert len(story.after.cases) == EARLY + LATE + 1
        told = story.before.event_ids
        assert {key: story.after.event_ids[key] for key in told} == told


class TestDamagedBackup:
    @pytest.fixture
    async def copy(self, tmp_path: Path) -> Path:
        data = ("--data", str(tmp_path / "house"))
        await tongxin("db", "upgrade", *data)
        said = await tongxin("backup", str(tmp_path / "copy"), *data)
        assert said.code == 0, said.text
        return tmp_path / "copy"

    async def test_is_refused_before_anything_is_touched(self, tmp_path: Path, copy: Path) -> None:
        file = copy / "router.sqlite"
        damaged = bytearray(file.read_bytes())
        damaged[-1] ^= 1
        file.write_bytes(damaged)
        said = await tongxin("restore", str(copy), "--data", str(tmp_path / "new"))
        assert (said.code, "router.sqlite is damaged" in said.text) == (1, True)
        assert not (tmp_path / "new").exists()

    async def test_of_a_newer_release_is_refused(self, tmp_path: Path, copy: Path) -> None:
        file = copy / "manifest.json"
        told = json.loads(file.read_bytes())
        told["databases"]["intake"]["revision"] = "9.0"
        file.write_text(json.dumps(told))
        said = await tongxin("restore", str(copy), "--data", str(tmp_path / "new"))
        assert said.code == 1
        assert "this release knows" in said.text

    async def test_that_is_none_is_told(self, tmp_path: Path, copy: Path) -> None:
        (copy / "manifest.json").unlink()
        said = await tongxin("restore", str(copy), "--data", str(tmp_path / "new"))
        assert said.code == 1
        assert "is no backup" in said.text

    async def test_is_not_put_into_a_folder_that_somebody_works_in(
        self, tmp_path: Path, copy: Path
    ) -> None:
        with occupied(tmp_path / "house"):
            said = await tongxin("restore", str(copy), "--data", str(tmp_path / "house"))
        assert said.code == 1
        assert "stop that one first" in said.text
