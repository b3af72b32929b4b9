"""A broker that is lost with all its data: the house says so, and rebuilds its topics."""

import asyncio
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from schemas.topics import CASES, INSTALLATIONS
from services.demo.ledger import Ledger
from services.kit.kafka.topic_ids import topic_ids
from services.kit.kafka.topics import administered
from services.machine.embedded import KafkaNode, ensure_jars
from services.machine.house import House, NotReady
from tests.support.command import Said, ledger_of, tongxin, until
from tests.support.town import Town, shifted_house, town_in

pytestmark = pytest.mark.kafka

_REPORTS = 50


@dataclass
class Loss:
    """What was known before the broker was lost, and what was said afterwards."""

    folder: Path
    before: Ledger = field(default_factory=Ledger)
    waiting: str = ""
    refusal: str = ""
    rebuilds: list[Said] = field(default_factory=list)
    stranger: Said | None = None


@pytest.fixture(scope="module")
def loss(tmp_path_factory: pytest.TempPathFactory) -> Loss:
    """Let a house work, lose its broker, and rebuild the topics on a new one, twice."""
    found = Loss(tmp_path_factory.mktemp("lost"))
    with shifted_house(data=found.folder) as (house, shift):
        asyncio.run(_work(found, house, shift))
    shutil.rmtree(found.folder / "kafka")
    with pytest.raises(NotReady) as stopped, shifted_house(data=found.folder):
        pass
    found.refusal = str(stopped.value)
    arguments = ("topics", "rebuild", "--data", str(found.folder))
    found.rebuilds.append(asyncio.run(tongxin(*arguments)))
    with KafkaNode(found.folder / "kafka", jars=ensure_jars()) as node:
        at = ("--kafka", node.bootstrap)
        found.rebuilds.append(asyncio.run(tongxin(*arguments, *at)))
        other = ("--data", str(tmp_path_factory.mktemp("stranger")))
        asyncio.run(tongxin("db", "upgrade", *other))
        found.stranger = asyncio.run(tongxin("topics", "rebuild", *other, *at))
    return found


async def _work(found: Loss, house: House, shift: Path) -> None:
    """Let reports become cases in many states, and note what the observer's book says."""
    async with town_in(house, shift) as town:
        cases = [
            await town.report(category="E0112", place={"address": f"No. {number}"})
            for number in range(_REPORTS)
        ]
        for case in cases:
            await town.order("urban-management", case)
        found.waiting = cases[0]
        for case in cases[1:20]:
            await town.work("urban-management", case, "accepted", "started", "done")
        for case in cases[20:30]:
            await town.work("urban-management", case, "declined")
        for case in cases[1:20]:
            await town.event(case, "case.closed")
        for case in cases[20:30]:
            await town.event(case, "case.assigned", times=2)
        for case in cases[1:5]:
            await town.answer("reporters", case, "reopen", reason="not solved")
            await town.event(case, "case.assigned", times=2)
    found.before = await ledger_of(house.kafka)


def _standing(ledger: Ledger) -> dict[str, tuple[str, str, int, list[str]]]:
    return {
        id_: (case.state, case.department, case.level, [str(event) for event in case.history])
        for id_, case in ledger.cases.items()
    }


class TestLostBroker:
    async def test_stops_the_services_with_what_to_do(self, loss: Loss) -> None:
        assert "did not start" in loss.refusal
        assert "tongxin topics rebuild" in loss.refusal
        assert "Traceback" not in loss.refusal
        assert len(loss.refusal.splitlines()) == 2

    async def test_is_replaced_by_one_that_tells_every_case_in_order(self, loss: Loss) -> None:
        assert loss.before.violations == []
        assert len(loss.before.cases) == _REPORTS
        assert [said.code for said in loss.rebuilds] == [0, 0]
        with shifted_house(data=loss.folder) as (house, shift):
            after = await ledger_of(house.kafka)
            assert after.violations == []
            assert _standing(after) == _standing(loss.before)
            assert after.sequences == loss.before.sequences
            assert after.event_ids == loss.before.event_ids
            async with town_in(house, shift) as town:
                await self._goes_on(town, loss)
            settled = await ledger_of(house.kafka)
            assert settled.violations == []
            assert len(settled.cases) == _REPORTS + 1
            before, now = _standing(loss.before), _standing(settled)
            assert {id_ for id_ in before if now[id_] != before[id_]} == {loss.waiting}

    async def _goes_on(self, town: Town, loss: Loss) -> None:
        """Work on a case that was assigned before the loss, and on a new one."""
        order = await town.order("urban-management", loss.waiting)
        await town.work("urban-management", loss.waiting, "accepted", "started", "done")
        await town.event(loss.waiting, "case.closed")
        assert order["case_id"] == loss.waiting
        place = {"address": "No. 51"}
        new = await town.report(category="E0112", place=place)
        await town.order("urban-management", new)
        await town.work("urban-management", new, "accepted", "started", "done")
        await town.event(new, "case.closed")


class TestTopicMadeAnew:
    async def test_is_filled_again_and_the_house_goes_on(self, loss: Loss) -> None:
        """Lose the cases, and whose they are: all else and the groups' offsets are still there."""
        folder = ("--data", str(loss.folder))
        with KafkaNode(loss.folder / "kafka", jars=ensure_jars()) as node:
            before = await ledger_of(node.bootstrap)
            async with administered(node.bootstrap) as admin:
                await admin.delete_topics([CASES, INSTALLATIONS])

                async def are_gone() -> bool:
                    return not {CASES, INSTALLATIONS} & (await topic_ids(admin)).keys()

                await until(are_gone, told="a broker without cases")
            at = ("--kafka", node.bootstrap)
            made = await tongxin("topics", "apply", *at, "--partitions", "4")
            assert made.code == 0, made.text
            rebuilt = await tongxin("topics", "rebuild", *folder, *at)
            assert rebuilt.code == 0, rebuilt.text
        with shifted_house(data=loss.folder) as (house, shift):
            async with town_in(house, shift) as town:
                new = await town.report(category="E0112", place={"address": "after it"})
                await town.order("urban-management", new)
                await town.work("urban-management", new, "accepted", "started", "done")
                await town.event(new, "case.closed")
            after = await ledger_of(house.kafka)
        assert after.violations == []
        assert after.cases.keys() == before.cases.keys() | {new}
        standing = _standing(after)
        assert {id_: standing[id_] for id_ in before.cases} == _standing(before)


class TestRebuild:
    async def test_on_the_broker_of_another_house_is_refused(self, loss: Loss) -> None:
        said = loss.stranger
        assert said is not None
        assert said.code == 1
        assert "another house" in said.text

    @pytest.mark.parametrize("partitions", ["3", "8"])
    async def test_with_other_partitions_than_there_were_is_refused(
        self, partitions: str, loss: Loss
    ) -> None:
        said = await tongxin(
            *("topics", "rebuild", "--data", str(loss.folder)),
            *("--kafka", "127.0.0.1:1", "--partitions", partitions),
        )
        assert said.code == 1
        assert "--partitions 4" in said.text
