"""Kill -9 at random points under load: nothing is lost, nothing doubled, every case in order."""

import asyncio
import os
import random
import signal
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from schemas.plan import load_plan
from schemas.topics import CASES, INCIDENT_REPORTS, SERVICES, dead_letters
from schemas.vocabulary import Tier
from services.demo import departments, supervision
from services.demo.city import City
from services.demo.ledger import Ledger
from services.demo.stagehand import Scene, Voice, ear
from services.kit.clock import clock_text, system_clock
from services.machine.house import House, HousePlan, opened
from tests.support.keys import keep_first_token
from tests.support.patience import Patience
from tests.support.ports import first_port, server_ports
from tests.support.town import PLAN

pytestmark = pytest.mark.kafka

FACTOR = 3_000
KILLS = 12
SEED = 20_260_501


@pytest.fixture
def crashing_house() -> Iterator[tuple[House, Scene, Path]]:
    """Run a house whose services may end as often as they are killed, and the play's actors."""
    start = datetime(2026, 5, 1, tzinfo=UTC)
    clock = clock_text(factor=FACTOR, origin=start, started=system_clock())
    with tempfile.TemporaryDirectory(prefix="tongxin-crash-") as scratch:
        keep_first_token(Path(scratch))
        asked = HousePlan(
            data=Path(scratch),
            plan=PLAN,
            first_port=first_port(),
            kafka_port=server_ports(1)[0],
            environment={"TONGXIN_CLOCK": clock},
            preload=("services.demo.departments", "services.demo.supervision"),
        )
        with opened(asked, console=Console(quiet=True)) as house:
            house.wait_ready()
            scene = Scene(kafka=house.kafka, plan=str(PLAN.resolve()), clock=clock, seed=SEED)
            yield house, scene, Path(scratch)


def _start_actors(house: House, scene: Scene) -> None:
    plan = load_plan(PLAN)
    for tier in Tier:
        codes = [code for code, d in plan.departments.items() if d.tier is tier]
        house.children.start(
            f"departments-{tier}", departments.main, scene, codes, house.logs / f"{tier}.log"
        )
    house.children.start("supervision", supervision.main, scene, [], house.logs / "sup.log")


async def _publish(scene: Scene) -> int:
    """Publish a day's reports, a few at a time so that the kills fall between them."""
    day = City(load_plan(PLAN), start=datetime(2026, 5, 1, tzinfo=UTC), seed=SEED).day()
    # What the city says "in the future" depends on the clock; here all must be judged alike.
    day = [planned for planned in day if planned.told != "in the future"]
    async with Voice(scene.kafka, name="crash.reporters") as voice:
        for planned in day:
            await voice.say(INCIDENT_REPORTS, key=planned.key, body=planned.value)
            await asyncio.sleep(0.02)
    return len(day)


async def _kill(house: House) -> list[str]:
    """Kill a random service again and again and start it again after a moment."""
    chance = random.Random(SEED)
    killed = []
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(0.3, 1.8))
        service = chance.choice(SERVICES)
        os.kill(house.children.pids()[service], signal.SIGKILL)
        killed.append(service)
        await asyncio.sleep(chance.uniform(0.05, 0.5))
        # On a busy machine the fork server takes a while to tell that a child is gone.
        while service not in house.children.ended():  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.02)
        house.children.restart_ended()
    return killed


async def _observe(scene: Scene, *, records: int) -> Ledger:
    """Read until all reports are accounted for and every case is closed, or nothing more comes."""
    ledger, taken, patience = Ledger(), 0, Patience()
    consumer = await ear(scene.kafka, [CASES, INCIDENT_REPORTS, dead_letters("intake")])
    try:
        while patience.holds(taken):
            for tp, batch in (await consumer.getmany(timeout_ms=300)).items():
                for record in batch:
                    ledger.take(tp.topic, record.value, tuple(record.headers), record.key)
                    taken += 1
            done = ledger.records >= records and ledger.missing() == 0
            if done and not ledger.open_cases():
                break
    finally:
        await consumer.stop()
    return ledger


class TestKillingServicesUnderLoad:
    async def test_leaves_every_incident_in_exactly_one_case_in_order(
        self, crashing_house: tuple[House, Scene, Path]
    ) -> None:
        house, scene, _ = crashing_house
        _start_actors(house, scene)
        records, killed = await asyncio.gather(_publish(scene), _kill(house))
        assert set(killed) == set(SERVICES)
        ledger = await _observe(scene, records=records)
        assert ledger.violations == []
        assert ledger.records == records
        assert ledger.missing() == 0
        assert [(c.state, c.history) for c in ledger.open_cases()] == []
