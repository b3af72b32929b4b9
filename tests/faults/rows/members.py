"""Rows in which processes of a service come and go."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Final

from tests.faults import nemesis
from tests.faults.load.asked import Load
from tests.faults.rows.row import Form, Row, enter
from tests.faults.servers import PARTITIONS
from tests.faults.stand import Setting, Stand, until

_SHARED_SECONDS: Final = 240.0
"""How long members may take to share the lanes; one that left keeps its own for a session."""


async def rolled(stand: Stand, form: Form) -> None:
    """Restart every process in turn, as a deployment does, each ready before the next goes."""
    for _ in range(int(form.pick(1, 6))):
        for name in stand.ports:
            await nemesis.terminated(stand, name, within=10)
            stand.crew.resume(name)
            await stand.wait_ready(name)


async def stormed(stand: Stand, form: Form) -> None:
    """Let members leave and join so often that the group hardly ever settles."""
    loop = asyncio.get_running_loop()
    end = loop.time() + form.pick(8, 300)
    further = [name for name in stand.ports if "-" in name]
    while loop.time() < end:
        name = stand.chance.choice(further)
        if stand.crew.pid(name) is None:
            stand.crew.resume(name)
            stand.recorder.fault("joins", name)
        else:
            await nemesis.terminated(stand, name, within=10)
        await asyncio.sleep(stand.chance.uniform(0.2, form.pick(0.8, 3.0)))


async def joined_late(stand: Stand, form: Form) -> None:
    """Let one process of each service have all lanes, then let the others join and share them."""
    further = [name for name in stand.ports if "-" in name]
    await asyncio.gather(*(nemesis.terminated(stand, name, within=10) for name in further))
    await asyncio.sleep(1.0)
    for name in further:
        stand.crew.resume(name)
        stand.recorder.fault("joins", name)
    await stand.wait_ready()
    await asyncio.sleep(form.pick(6, 30))


async def scaled(stand: Stand, form: Form) -> None:
    """Scale every service from one process to three and down to two, static members all."""
    every = [*stand.ports]
    one, two = ([n for n in every if n.partition("-")[2] in kept] for kept in ({""}, {"", "1"}))
    for _ in range(int(form.pick(1, 4))):
        for wanted in (one, every, two):
            leaving = [name for name in every if name not in wanted and stand.crew.pid(name)]
            await asyncio.gather(*(nemesis.terminated(stand, n, within=10) for n in leaving))
            for name in wanted:
                stand.crew.resume(name)
            await _share_all_lanes(stand, wanted)
            stand.recorder.fault("scaled", "every service", note=f"{len(wanted)} processes")
            await asyncio.sleep(form.pick(1, 10))


async def _share_all_lanes(stand: Stand, names: Sequence[str]) -> None:
    """Return when these processes take work and every lane of each stage is one of theirs."""
    await stand.wait_ready(*names)
    lanes: dict[str, Counter[str]] = {}

    async def shared() -> bool:
        lanes.update({name: await _lanes_of(stand, name) for name in names})
        every = sum(lanes.values(), Counter[str]())
        return set(every.values()) == {PARTITIONS} and all(
            min(owned.values(), default=0) for owned in lanes.values()
        )

    await until(shared, within=_SHARED_SECONDS, told=lambda: f"not all lanes are taken: {lanes}")


async def _lanes_of(stand: Stand, name: str) -> Counter[str]:
    """Return how many lanes of each stage a process owns."""
    lanes = await stand.metric(name, "tongxin_stage_lanes")
    return Counter({sample.labels["stage"]: int(sample.value) for sample in lanes.samples})


enter(
    Row(
        id="R-09",
        title="rolling restart of three processes each, static members",
        aims="I5 I7",
        inject=rolled,
        setting=Setting(processes=3),
        load=Load(reports=300, rate=20.0),
    ),
    Row(
        id="R-09s",
        title="every service scaled 1 -> 3 -> 2 under load, static members",
        aims="I5 I7",
        inject=scaled,
        setting=Setting(processes=3),
        load=Load(reports=300, rate=10.0),
        longer=4,
    ),
    Row(
        id="R-10",
        title="rebalance storm: members join and leave all the time",
        aims="I5 I10 I14",
        inject=stormed,
        setting=Setting(processes=3, static=False),
        load=Load(reports=200, rate=20.0),
    ),
)
