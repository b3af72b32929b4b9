"""Rows in which processes of a service come and go."""

import asyncio

from tests.faults import nemesis
from tests.faults.load.asked import Load
from tests.faults.rows.row import Form, Row, enter
from tests.faults.stand import Setting, Stand


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
        id="R-10",
        title="rebalance storm: members join and leave all the time",
        aims="I5 I10 I14",
        inject=stormed,
        setting=Setting(processes=3, static=False),
        load=Load(reports=200, rate=20.0),
    ),
)
