"""What the desk shows is built anew: asked for, or because a backup is older than the desk."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import RecordsToDelete

from schemas.topics import CASES
from services.kit.kafka.topics import administered
from services.machine.house import House
from tests.support.asking import asking
from tests.support.command import Said, tongxin, until
from tests.support.keys import bearing
from tests.support.town import Town, shifted_house, town_in

pytestmark = pytest.mark.kafka

DEPARTMENT = "urban-management"


@dataclass
class Looked:
    """What somebody saw at the desk: the cases, whether a key opened it, and its log."""

    cases: dict[str, Any] = field(default_factory=dict)
    key: int = 0
    people: str = ""


@dataclass
class Story:
    """One house whose desk was built anew again and again."""

    folder: Path
    key: str = ""
    ids: list[str] = field(default_factory=list)
    said: dict[str, Said] = field(default_factory=dict)
    looked: dict[str, Looked] = field(default_factory=dict)
    forgotten: list[int] = field(default_factory=list)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    base = tmp_path_factory.mktemp("desk-anew")
    found = Story(base / "house")
    found.folder.mkdir()
    data = ("--data", str(found.folder))
    with _at_work(found, "first") as (house, shift):
        asyncio.run(_work(found, house, shift))
        _copy_without_desk(found, "before")
        asyncio.run(_look(found, house, "first"))
        found.said["running"] = asyncio.run(tongxin("desk", "rebuild", *data))
    restore = ("restore", *data, "--replace")
    found.said["kept"] = asyncio.run(tongxin(*restore, str(base / "before")))
    with _at_work(found, "kept") as (house, _):
        asyncio.run(_look(found, house, "kept"))
        found.said["files"] = asyncio.run(tongxin("case-files", "publish", *data))
        asyncio.run(_forget_beginnings(found, house))
        _copy_without_desk(found, "after")
    found.said["rebuild"] = asyncio.run(tongxin("desk", "rebuild", *data))
    with _at_work(found, "rebuilt") as (house, _):
        asyncio.run(_look(found, house, "rebuilt"))
    for file in found.folder.glob("desk.sqlite*"):
        file.unlink()
    found.said["empty"] = asyncio.run(tongxin(*restore, str(base / "after")))
    with _at_work(found, "empty") as (house, _):
        asyncio.run(_look(found, house, "empty", key=401))
    return found


@contextmanager
def _at_work(found: Story, name: str) -> Iterator[tuple[House, Path]]:
    with shifted_house(data=found.folder) as running:
        found.looked[name] = Looked()
        yield running


async def _work(found: Story, house: House, shift: Path) -> None:
    data = ("--data", str(found.folder))
    made = await tongxin("keys", "create", "tool", "--scope", "cases.read", "--everywhere", *data)
    found.key = made.text.split()[-1]
    who = ("--name", "李娜", "--role", "handler")
    added = await tongxin("people", "add", "li.na", *who, *data)
    assert added.code == 0, added.text
    async with town_in(house, shift) as town:
        for number in range(3):
            found.ids.append(await _reported(town, number))
        await town.work(DEPARTMENT, found.ids[0], "accepted", "started", "done")
        await town.event(found.ids[0], "case.closed")


async def _reported(town: Town, number: int) -> str:
    place = {"address": f"No. {number}"}
    case = await town.report(id_=f"d-{number}", category="E0112", place=place)
    await town.order(DEPARTMENT, case)
    return case


def _copy_without_desk(found: Story, name: str) -> None:
    """Make a backup as a release that knew no desk made it."""
    copy = found.folder.parent / name
    said = asyncio.run(tongxin("backup", str(copy), "--data", str(found.folder)))
    assert said.code == 0, said.text
    manifest = copy / "manifest.json"
    told = json.loads(manifest.read_bytes())
    (copy / told["databases"].pop("desk")["file"]).unlink()
    manifest.write_text(json.dumps(told))


async def _look(found: Story, house: House, name: str, *, key: int = 200) -> None:
    """Look at every case as the desk shows it once it shows all that was told.

    A key is asked with until the desk has told who may come in.
    """
    desk, looked = house.url("desk"), found.looked[name]
    async with asking() as client:
        for id_ in found.ids:
            state = "closed" if id_ == found.ids[0] else "assigned"
            looked.cases[id_] = await until(
                partial(_shown, client, f"{desk}/cases/{id_}", state), told=f"{id_} {state}"
            )
        asked = partial(_answered, client, f"{desk}/cases", found.key, key)
        looked.key = await until(asked, told=f"{key} to the key")
    data = ("--data", str(found.folder))
    looked.people = (await tongxin("people", "list", *data)).text


async def _shown(client: httpx.AsyncClient, url: str, state: str) -> dict[str, Any] | None:
    answer = await client.get(url)
    told: dict[str, Any] = answer.json()
    if not answer.is_success or told["case"]["state"] != state:
        return None
    # A story out of a file has notes of the notifier, too, that no event tells of.
    return {name: value for name, value in told["case"].items() if name != "lines"}


async def _answered(client: httpx.AsyncClient, url: str, key: str, status: int) -> int:
    """Return the status once it is this one, else 0."""
    answer = await client.get(url, headers=bearing(key))
    return status if answer.status_code == status else 0


async def _forget_beginnings(found: Story, house: House) -> None:
    """Let the broker forget how cases began, as it does of what is older than it keeps."""
    async with (
        administered(house.brokers) as admin,
        AIOKafkaConsumer(bootstrap_servers=house.kafka) as consumer,
    ):
        (described,) = await admin.describe_topics([CASES])
        places = [TopicPartition(CASES, one["partition"]) for one in described["partitions"]]
        ends = await consumer.end_offsets(places)
        begun = {tp: RecordsToDelete(1) for tp, end in ends.items() if end}
        found.forgotten = [*(await admin.delete_records(begun)).values()]


class TestRebuilding:
    def test_wants_the_desk_stopped(self, story: Story) -> None:
        assert story.said["running"].code == 1
        assert "stop" in story.said["running"].text

    def test_shows_the_same_also_of_what_the_log_has_forgotten(self, story: Story) -> None:
        assert story.said["files"].code == 0, story.said["files"].text
        assert 1 in story.forgotten
        assert story.said["rebuild"].code == 0, story.said["rebuild"].text
        assert story.looked["rebuilt"].cases == story.looked["first"].cases

    def test_leaves_people_and_keys(self, story: Story) -> None:
        assert story.looked["rebuilt"].key == 200
        assert "li.na" in story.looked["rebuilt"].people


class TestBackupOlderThanTheDesk:
    def test_leaves_people_and_keys_and_has_cases_read_anew(self, story: Story) -> None:
        assert story.said["kept"].code == 0, story.said["kept"].text
        assert "older than the desk" in story.said["kept"].text
        assert "People, keys and sessions are as they were" in story.said["kept"].text
        assert story.looked["kept"].cases == story.looked["first"].cases
        assert story.looked["kept"].key == 200
        assert "li.na" in story.looked["kept"].people

    def test_begins_with_an_empty_desk_where_there_is_none(self, story: Story) -> None:
        assert story.said["empty"].code == 0, story.said["empty"].text
        assert "It knows no people and no keys" in story.said["empty"].text
        assert story.looked["empty"].cases == story.looked["first"].cases
        assert story.looked["empty"].key == 401
        assert "li.na" not in story.looked["empty"].people
