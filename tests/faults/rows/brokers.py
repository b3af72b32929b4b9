"""Rows in which brokers go away, or the network between does."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from enum import StrEnum
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas.topics import SERVICES
from services.kit.kafka.topics import TopicSpec, administered, create_topics
from tests.faults import nemesis
from tests.faults.load.asked import Load
from tests.faults.proxy import Proxy, Weather
from tests.faults.rows.row import Form, Row, enter
from tests.faults.stand import Setting, Stand

_THREE = Setting(nodes=3)
_PROBE: Final = "fault-suite.probe"
_GONE_SECONDS: Final = 0.5


async def one_restarts(stand: Stand, form: Form) -> None:
    """Restart one broker after the other, first told to stop, then killed."""
    for number in range(int(form.pick(2, 20))):
        await asyncio.sleep(stand.chance.uniform(0.5, 1.5))
        node = stand.chance.choice(stand.brokers)
        seconds = stand.chance.uniform(0.5, form.pick(1.5, 8.0))
        await nemesis.broker_away(stand, node, seconds=seconds, clean=number % 2 == 0)


async def one_then_two_gone(stand: Stand, form: Form) -> None:
    """Take one broker, then a second: what is written now would be on too few replicas.

    They come back only after the attempt to write, however long a slow machine takes for it.
    """
    await _probe_made(stand)
    for _ in range(int(form.pick(1, 6))):
        await asyncio.sleep(1.0)
        gone = stand.chance.sample(stand.brokers, 2)
        with stand.recorder.lasting("two brokers killed", " ".join(n.bootstrap for n in gone)):
            for node, seconds in zip(gone, (form.pick(1.5, 10), _GONE_SECONDS), strict=True):
                nemesis.kill_broker(node)
                await asyncio.sleep(seconds)
            await _refused(stand, within=form.pick(2, 15))
            for node in reversed(gone):
                await nemesis.started(node)
                await asyncio.sleep(form.pick(0.5, 10))


async def _probe_made(stand: Stand) -> None:
    """Make a topic that is kept as the house's own are, and that nobody reads."""
    spec = TopicSpec(name=_PROBE, partitions=1, replication=len(stand.brokers), configs={})
    async with administered(stand.kafka) as admin:
        await create_topics(admin, [spec])


class Taken(AssertionError):
    """A record was said to be written while it was on one broker only."""


async def _refused(stand: Stand, *, within: float) -> None:
    """See that no record is acknowledged: too few brokers are left. Raises Taken."""
    with suppress(KafkaError, TimeoutError):
        async with (
            asyncio.timeout(within),
            AIOKafkaProducer(bootstrap_servers=stand.kafka, acks="all") as producer,
        ):
            await producer.send_and_wait(_PROBE, b"is anybody there?")
            raise Taken("a record was acknowledged with two of three brokers gone")


async def partitioned(stand: Stand, form: Form) -> None:
    """Part services from broker and database in every way, one service at a time."""
    loop = asyncio.get_running_loop()
    end = loop.time() + form.pick(8, 120)
    longest = form.pick(1.5, 15.0)
    untried = list(Kind)
    stand.chance.shuffle(untried)
    while untried or loop.time() < end:
        kind = untried.pop() if untried else stand.chance.choice([*Kind])
        service = stand.chance.choice(SERVICES)
        ways: list[tuple[str, list[Proxy]]] = [
            ("broker", [stand.broker_proxy(service)]),
            ("database", [stand.database_proxy(service)]),
            ("both", [stand.broker_proxy(service), stand.database_proxy(service)]),
        ]
        where, proxies = stand.chance.choice(ways)
        await _weather(stand, kind, f"{service} and its {where}", proxies, longest=longest)
        await asyncio.sleep(stand.chance.uniform(0.2, 0.8))


class Kind(StrEnum):
    """How a network may part a service from what it needs."""

    CUT = "cut"
    DEAF = "requests swallowed"
    DUMB = "answers swallowed"
    SLOW = "slow"
    FLAPPING = "flapping"


_WEATHER: Final = {
    Kind.CUT: Weather(refuses=True),
    Kind.DEAF: Weather(swallows_requests=True),
    Kind.DUMB: Weather(swallows_answers=True),
    Kind.SLOW: Weather(delay=0.2),
    Kind.FLAPPING: Weather(),
}


async def _weather(
    stand: Stand, kind: Kind, target: str, proxies: list[Proxy], *, longest: float
) -> None:
    with stand.recorder.lasting(f"partition: {kind}", target):
        for proxy in proxies:
            proxy.weather = replace(_WEATHER[kind])
            if kind is Kind.CUT:
                proxy.cut()
        seconds = stand.chance.uniform(0.5, longest)
        if kind is Kind.FLAPPING:
            for number in range(1 + int(seconds * 2)):
                for proxy in proxies:
                    proxy.weather.refuses = number % 2 == 0
                    proxy.cut()
                await asyncio.sleep(0.5)
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
