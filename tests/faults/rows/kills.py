"""Rows in which service processes end: killed, told to stop, paused."""

import asyncio
from typing import Final

from services.desk.handlers import STAGE
from services.desk.store.anew import begin_anew
from services.kit.clock import system_clock
from services.kit.sql.database import open_database
from tests.faults import nemesis
from tests.faults.load.asked import Load
from tests.faults.rows.row import Form, Row, enter
from tests.faults.stand import DRAIN_SECONDS, Engine, Setting, Stand
from tests.support.patience import Patience

_BOTH: tuple[Engine, ...] = ("sqlite", "postgres")
_ASK_SECONDS: Final = 0.1


async def kill_router(stand: Stand, form: Form) -> None:
    """SIGKILL the router at random moments."""
    await _kills(stand, "router", form)


async def kill_notifier(stand: Stand, form: Form) -> None:
    """SIGKILL the notifier, whose timers are due all the time."""
    await _kills(stand, "notifier", form)


async def kill_intake(stand: Stand, form: Form) -> None:
    """SIGKILL intake while clients wait for its answers and try again."""
    await _kills(stand, "intake", form)


async def rebuild_desk(stand: Stand, form: Form) -> None:
    """SIGKILL the desk, forget all that it shows, and let it read every topic from the start."""
    for _ in range(int(form.pick(2, 8))):
        await asyncio.sleep(stand.chance.uniform(1.5, 3.0))
        names = stand.processes_of("desk")
        for name in names:
            stand.crew.hold(name)
        nemesis.kill(stand, *names)
        for name in names:
            await asyncio.to_thread(stand.crew.wait, name, within=DRAIN_SECONDS)
        await _forget(stand.place.urls["desk"])
        stand.recorder.fault("all that is shown forgotten", "desk")
        for name in names:
            stand.crew.resume(name)
        await stand.wait_ready(*names)


async def _forget(url: str) -> None:
    database = open_database(url)
    async with database.write() as conn:
        await begin_anew(conn, stage=STAGE)
    await database.close()


async def _kills(stand: Stand, service: str, form: Form) -> None:
    await nemesis.killed_again_and_again(
        stand,
        stand.processes_of(service),
        seconds=form.pick(7, 90),
        pauses=(0.4, form.pick(1.6, 4.0)),
    )


async def power_cut(stand: Stand, form: Form) -> None:
    """End everything at once, servers included."""
    for _ in range(int(form.pick(1, 6))):
        await asyncio.sleep(stand.chance.uniform(1.5, 3.0))
        await nemesis.power_cut(stand, seconds=0.5)
        await stand.wait_ready()


class NotDrained(AssertionError):
    """A service that was told to stop did not end well."""


async def drain(stand: Stand, form: Form) -> None:
    """SIGTERM one service after the other: each ends by itself with 0, and is unready till then."""
    for _ in range(int(form.pick(1, 8))):
        for name in stand.ports:
            await asyncio.sleep(stand.chance.uniform(0.3, 1.0))
            await _drained(stand, name)
            stand.crew.resume(name)
        await stand.wait_ready()


async def _drained(stand: Stand, name: str) -> None:
    begun, patience = system_clock(), Patience()
    ending = asyncio.create_task(nemesis.terminated(stand, name, within=None))
    unready = again = False
    while not ending.done():
        # Whole seconds of a core: one that hangs uses less, one on a busy machine gets there.
        if not patience.holds(int(stand.crew.worked(name))):
            raise NotDrained(f"{name} does not end\n{stand.tail(name)}")
        ready = await stand.is_ready(name)
        unready, again = unready or not ready, again or (unready and ready)
        await asyncio.sleep(_ASK_SECONDS)
    code, took = await ending, (system_clock() - begun).total_seconds()
    if code != 0 or again:
        how = ", and said it was ready again" if again else ""
        raise NotDrained(f"{name} ended with {code} after {took:.1f} s{how}\n{stand.tail(name)}")


async def told_to_stop(stand: Stand, form: Form) -> None:
    """SIGTERM one process at a time, again and again, however it ends."""
    for _ in range(int(form.pick(9, 60))):
        await asyncio.sleep(stand.chance.uniform(0.2, 0.8))
        name = stand.chance.choice([*stand.ports])
        await nemesis.terminated(stand, name, within=10)
        stand.crew.resume(name)
        await stand.wait_ready(name)


async def zombie(stand: Stand, form: Form) -> None:
    """Pause a process beyond its session while another takes its lanes, then let it go on."""
    for _ in range(int(form.pick(1, 6))):
        await asyncio.sleep(1.0)
        services = ("router", "notifier") if not form.long else nemesis.ALL_SERVICES
        await asyncio.gather(
            *(
                nemesis.paused(stand, stand.chance.choice(stand.processes_of(s)), seconds=13)
                for s in services
            )
        )
        await asyncio.sleep(form.pick(0.5, 5))


enter(
    Row(
        id="R-01",
        title="kill -9 the router at random points under load",
        aims="I1 I6 I7 I10",
        inject=kill_router,
        engines=_BOTH,
        load=Load(commands=0.5),
    ),
    Row(
        id="R-02",
        title="kill -9 the notifier while timers are due",
        aims="I8 I9",
        inject=kill_notifier,
        engines=_BOTH,
        load=Load(sleepy=0.25, commands=0.5),
    ),
    Row(
        id="R-03",
        title="kill -9 intake while HTTP clients retry under one key",
        aims="I1 I2",
        inject=kill_intake,
        engines=_BOTH,
        load=Load(http=0.8),
    ),
    Row(
        id="R-46",
        title="kill -9 the desk, and build what it shows anew under load",
        aims="I6",
        inject=rebuild_desk,
        engines=_BOTH,
        load=Load(sleepy=0.25, commands=0.5),
    ),
    Row(
        id="R-05",
        title="power cut: services, PostgreSQL and broker at once",
        aims="I1 I12 I14",
        inject=power_cut,
        engines=_BOTH,
    ),
    Row(
        id="R-07",
        title="SIGTERM: drained, exit code 0",
        aims="I7 I10 I14",
        inject=drain,
        engines=_BOTH,
    ),
    Row(
        id="R-08",
        title="SIGSTOP beyond the session, another takes over, SIGCONT",
        aims="I11 I3 I10",
        inject=zombie,
        setting=Setting(processes=2),
        load=Load(reports=300, rate=25.0),
    ),
)
