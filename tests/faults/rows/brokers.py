"""Rows in which brokers go away, or the network between does."""

import asyncio

from schemas.topics import SERVICES
from tests.faults import nemesis
from tests.faults.load.asked import Load
from tests.faults.proxy import Proxy, Weather
from tests.faults.rows.row import Form, Row, enter
from tests.faults.stand import Setting, Stand

_THREE = Setting(nodes=3)


async def one_restarts(stand: Stand, form: Form) -> None:
    """Restart one broker after the other, first told to stop, then killed."""
    for number in range(int(form.pick(2, 20))):
        await asyncio.sleep(stand.chance.uniform(0.5, 1.5))
        node = stand.chance.choice(stand.brokers)
        seconds = stand.chance.uniform(0.5, form.pick(1.5, 8.0))
        await nemesis.broker_away(stand, node, seconds=seconds, clean=number % 2 == 0)


async def one_then_two_gone(stand: Stand, form: Form) -> None:
    """Take one broker, then a second: what is written now would be on too few replicas."""
    for _ in range(int(form.pick(1, 6))):
        await asyncio.sleep(1.0)
        first, second = stand.chance.sample(stand.brokers, 2)
        longer = nemesis.broker_away(stand, first, seconds=form.pick(6, 40), clean=False)
        gone = asyncio.create_task(longer)
        await asyncio.sleep(form.pick(1.5, 10))
        await nemesis.broker_away(stand, second, seconds=form.pick(3, 20), clean=False)
        await gone


async def partitioned(stand: Stand, form: Form) -> None:
    """Part services from broker and database in every way, one service at a time."""
    loop = asyncio.get_running_loop()
    end = loop.time() + form.pick(8, 120)
    longest = form.pick(1.5, 15.0)
    while loop.time() < end:
        service = stand.chance.choice(SERVICES)
        ways: list[tuple[str, list[Proxy]]] = [
            ("broker", [stand.broker_proxy(service)]),
            ("database", [stand.database_proxy(service)]),
            ("both", [stand.broker_proxy(service), stand.database_proxy(service)]),
        ]
        where, proxies = stand.chance.choice(ways)
        await _weather(stand, f"{service} and its {where}", proxies, longest=longest)
        await asyncio.sleep(stand.chance.uniform(0.2, 0.8))


async def _weather(stand: Stand, target: str, proxies: list[Proxy], *, longest: float) -> None:
    kinds = {
        "cut": Weather(refuses=True),
        "requests swallowed": Weather(swallows_requests=True),
        "answers swallowed": Weather(swallows_answers=True),
        "slow": Weather(delay=0.2),
        "flapping": Weather(),
    }
    kind = stand.chance.choice([*kinds])
    with stand.recorder.lasting(f"partition: {kind}", target):
        for proxy in proxies:
            proxy.weather = kinds[kind]
            if kind == "cut":
                proxy.cut()
        seconds = stand.chance.uniform(0.5, longest)
        if kind == "flapping":
            for _ in range(int(seconds * 2)):
                await asyncio.sleep(0.5)
                for proxy in proxies:
                    proxy.weather.refuses = not proxy.weather.refuses
                    proxy.cut()
        else:
            await asyncio.sleep(seconds)
        for proxy in proxies:
            proxy.heal()


async def broker_stalls(stand: Stand, form: Form) -> None:
    """SIGSTOP a leader: nobody reaches it, and it does not know."""
    for _ in range(int(form.pick(1, 8))):
        await asyncio.sleep(1.0)
        node = stand.chance.choice(stand.brokers)
        await nemesis.broker_paused(stand, node, seconds=form.pick(5, 20))


enter(
    Row(
        id="R-11",
        title="one of three brokers restarts, clean and SIGKILL",
        aims="I1 I6",
        inject=one_restarts,
        setting=_THREE,
    ),
    Row(
        id="R-12",
        title="one, then two of three brokers gone: refuse, do not lose",
        aims="I1 I16",
        inject=one_then_two_gone,
        setting=_THREE,
        load=Load(reports=200, rate=20.0),
    ),
    Row(
        id="R-18",
        title="partitions: cut, one way, slow, flapping; broker and database",
        aims="I1 I11 I14",
        inject=partitioned,
        setting=Setting(proxied=True),
        load=Load(reports=200, rate=20.0),
    ),
    Row(
        id="R-18s",
        title="a broker paused beyond its session: unreachable, unaware",
        aims="I1 I14",
        inject=broker_stalls,
        setting=_THREE,
    ),
)
