"""What breaks things: each function puts one kind of fault to a stand and writes it down."""

import asyncio
import os
import signal
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final

from schemas.topics import SERVICES
from services.kit.clock import system_clock
from services.machine.embedded import KafkaNode, NodeFailed, PostgresFailed
from tests.faults.stand import Stand, until

_PATIENCE: Final = 240.0


def kill(stand: Stand, *names: str) -> None:
    """SIGKILL these processes at once; the supervisor starts them again."""
    for name in names:
        if stand.crew.signal(name, signal.SIGKILL):
            stand.recorder.fault("sigkill", name)


async def killed_again_and_again(
    stand: Stand, names: Sequence[str], *, seconds: float, pauses: tuple[float, float]
) -> None:
    """Kill one of these at a time, at random moments, as long as it takes."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while loop.time() < end:
        await asyncio.sleep(stand.chance.uniform(*pauses))
        kill(stand, stand.chance.choice(names))


async def paused(stand: Stand, name: str, *, seconds: float) -> None:
    """SIGSTOP a process and let it go on after a while."""
    with stand.recorder.lasting("sigstop", name):
        stand.crew.signal(name, signal.SIGSTOP)
        await asyncio.sleep(seconds)
        stand.crew.signal(name, signal.SIGCONT)


async def terminated(stand: Stand, name: str, *, within: float | None) -> int | None:
    """SIGTERM a process and return its exit code, None when it had to be killed after `within`."""
    begun_at = system_clock()
    stand.crew.hold(name)
    stand.crew.signal(name, signal.SIGTERM)
    ended = await asyncio.to_thread(stand.crew.wait, name, within=within)
    if not ended:
        stand.crew.signal(name, signal.SIGKILL)
        await asyncio.to_thread(stand.crew.wait, name, within=within)
    code = stand.crew.exits(name)[-1]
    stand.recorder.fault("sigterm", name, begun_at=begun_at, note=f"exit {code}")
    return code if ended else None


# Brokers --------------------------------------------------------------------------------------


def kill_broker(node: KafkaNode) -> None:
    """SIGKILL a broker's JVM."""
    pid = node.pid
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


async def broker_away(stand: Stand, node: KafkaNode, *, seconds: float, clean: bool) -> None:
    """Stop or kill a broker, and start it again after a while."""
    kind = "broker stopped" if clean else "broker killed"
    with stand.recorder.lasting(kind, node.bootstrap):
        if clean:
            await asyncio.to_thread(node.stop)
        else:
            kill_broker(node)
        await asyncio.sleep(seconds)
        await started(node)


async def started(node: KafkaNode) -> None:
    """Start a broker that is going down or gone."""
    await until(
        lambda: node.exited() is not None or node.pid is None,
        within=_PATIENCE,
        told=lambda: "the broker does not end",
    )
    with suppress(RuntimeError):  # it runs
        await asyncio.to_thread(node.start)


async def broker_paused(stand: Stand, node: KafkaNode, *, seconds: float) -> None:
    """SIGSTOP a broker: a partition from everybody, in both directions."""
    pid = node.pid
    if pid is None:
        return
    with stand.recorder.lasting("broker sigstop", node.bootstrap):
        os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(seconds)
        os.kill(pid, signal.SIGCONT)


# PostgreSQL -----------------------------------------------------------------------------------

POSTGRES_ENDS: Final = {
    "fast": signal.SIGINT,
    "immediate": signal.SIGQUIT,
    "crash": signal.SIGKILL,
}


async def postgres_away(stand: Stand, how: str, *, seconds: float) -> None:
    """End PostgreSQL in one of three ways, and start it again after a while."""
    with stand.recorder.lasting(f"postgres {how}", "postgres"):
        end_postgres(stand, how)
        await asyncio.sleep(seconds)
        await postgres_back(stand)


def end_postgres(stand: Stand, how: str) -> None:
    """Signal the postmaster; its children notice and end too."""
    pid = stand.postgres.pid
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, POSTGRES_ENDS[how])


async def postgres_back(stand: Stand) -> None:
    """Start PostgreSQL; a crashed one's children may hold its memory for a moment."""
    server = stand.postgres
    await until(
        lambda: server.exited() is not None, within=_PATIENCE, told=lambda: "PostgreSQL lives on"
    )
    for _ in range(int(_PATIENCE)):
        try:
            await asyncio.to_thread(server.start)
        except PostgresFailed:
            await asyncio.sleep(0.3)
        else:
            return
    await asyncio.to_thread(server.start)


# All of it ------------------------------------------------------------------------------------


async def power_cut(stand: Stand, *, seconds: float) -> None:
    """Everything ends in the same instant; servers come back first, then the services."""
    names: Iterable[str] = stand.ports
    with stand.recorder.lasting("power cut", "everything"):
        stand.reviving = False
        for name in names:
            stand.crew.signal(name, signal.SIGKILL)
        for node in stand.brokers:
            kill_broker(node)
        if stand.place.on_postgres:
            end_postgres(stand, "crash")
        await asyncio.sleep(seconds)
        if stand.place.on_postgres:
            await postgres_back(stand)
        await asyncio.gather(*(started(node) for node in stand.brokers))
        stand.reviving = True


async def heal(stand: Stand) -> None:
    """Undo what is still broken, and wait until every process takes work."""
    for proxies in (stand.place.database_proxies, stand.place.broker_proxies):
        for service in proxies:
            proxies[service].heal()
    for node in stand.brokers:
        if node.exited() is not None:
            with suppress(NodeFailed):
                await started(node)
    if stand.postgres.exited() is not None:
        await postgres_back(stand)
    for name in stand.ports:
        stand.crew.signal(name, signal.SIGCONT)
        stand.crew.resume(name)
    stand.reviving = True
    await stand.wait_ready()


ALL_SERVICES: Final = SERVICES
