"""Rows in which the database, or the way to it, fails."""

import asyncio
from contextlib import suppress
from typing import Final

from schemas.topics import SERVICES
from tests.faults import nemesis
from tests.faults.load.asked import Load
from tests.faults.proxy import AtCommit, Proxy, Trap
from tests.faults.rows.row import Form, Row, enter
from tests.faults.stand import Setting, Stand

_FEWEST: Final = 4
_LONGEST: Final = 25.0
"""A slow machine gets more seconds, so that enough is broken on it too."""


async def postgres_restarts(stand: Stand, form: Form) -> None:
    """End PostgreSQL in each of its three ways under load."""
    for _ in range(int(form.pick(1, 8))):
        for how in nemesis.POSTGRES_ENDS:
            await asyncio.sleep(stand.chance.uniform(0.5, 1.2))
            await nemesis.postgres_away(stand, how, seconds=stand.chance.uniform(0.2, 1.0))


async def lost_mid_transaction(stand: Stand, form: Form) -> None:
    """Cut connections at random, before a commit arrives, and before its answer does."""
    loop = asyncio.get_running_loop()
    end = loop.time() + form.pick(7, 90)
    while loop.time() < end:
        await asyncio.sleep(stand.chance.uniform(0.05, 0.3))
        service = stand.chance.choice(SERVICES)
        proxy = stand.database_proxy(service)
        what = stand.chance.choice([None, *AtCommit])
        if what is None:
            if proxy.cut():
                stand.recorder.fault("database cut", service)
        elif await _sprung(proxy, Trap(what), within=1.5):
            stand.recorder.fault("database cut at commit", service, note=what)


async def killed_before_publish(stand: Stand, form: Form) -> None:
    """Kill a process the moment its transaction is committed, before it can publish."""
    await _killed(stand, form, AtCommit.LOSE_ANSWER)


async def killed_at_commit(stand: Stand, form: Form) -> None:
    """Kill a process the moment it wants to commit; the transaction is lost."""
    await _killed(stand, form, AtCommit.LOSE_IT)


async def _killed(stand: Stand, form: Form, kind: AtCommit) -> None:
    loop = asyncio.get_running_loop()
    begun, killed = loop.time(), 0
    while loop.time() < begun + form.pick(6, 90) or (
        killed < _FEWEST and loop.time() < begun + _LONGEST
    ):
        await asyncio.sleep(stand.chance.uniform(0.1, 0.6))
        service = stand.chance.choice(SERVICES)

        async def kill(service: str = service) -> None:
            nemesis.kill(stand, *stand.processes_of(service))

        trap = Trap(kind, kill)
        killed += await _sprung(stand.database_proxy(service), trap, within=1.5)


async def _sprung(proxy: Proxy, trap: Trap, *, within: float) -> bool:
    """Set a trap and wait for it; tells whether it sprang."""
    proxy.trap = trap
    with suppress(TimeoutError):
        await asyncio.wait_for(trap.sprung.wait(), within)
    proxy.trap = None
    return trap.sprung.is_set()


enter(
    Row(
        id="R-04",
        title="kill -9 between commit and publish, every service",
        aims="I6 I7 I5",
        inject=killed_before_publish,
        setting=Setting(proxied=True),
    ),
    Row(
        id="R-14",
        title="PostgreSQL restarts: fast, immediate, SIGKILL",
        aims="I1 I10 I12",
        inject=postgres_restarts,
        load=Load(commands=0.5),
    ),
    Row(
        id="R-15",
        title="connection lost mid-transaction, also during COMMIT",
        aims="I1 I7",
        inject=lost_mid_transaction,
        setting=Setting(proxied=True),
    ),
)
