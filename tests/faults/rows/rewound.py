"""Rows in which an operator, or the broker, turns the log back: offsets reset, a topic gone."""

import asyncio
import os
import sys
from datetime import timedelta
from typing import Any, Final

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import CommitFailedError

from schemas.topics import CASES, SERVICES
from services.kit.clock import system_clock
from services.kit.kafka.topics import administered
from services.kit.process.settings import database_variable
from tests.faults import nemesis
from tests.faults.gauge import GROUPS
from tests.faults.load.asked import Load
from tests.faults.rows.row import Form, Row, enter
from tests.faults.servers import PARTITIONS
from tests.faults.stand import Setting, Stand
from tests.support.town import PLAN

_LEAVING_SECONDS: Final = 20
_A_WHILE: Final = timedelta(seconds=5)
_ALL_GROUPS: Final = tuple(group for groups in GROUPS.values() for group in groups)


class NotRebuilt(AssertionError):
    """`tongxin topics rebuild` failed; the message is what it said."""


async def groups_reset(stand: Stand, form: Form) -> None:
    """Stop all, set every group back to 0 or by a while, and start.

    Not to the end: what an operator skips there, nobody was to read.
    """
    for number in range(int(form.pick(2, 10))):
        await asyncio.sleep(2.0)
        await stopped(stand)
        for group in _ALL_GROUPS:
            known = await _committed(stand, group)
            if not known:
                continue
            if number % 2 == 0:
                await _commit(stand, group, dict.fromkeys(known, 0))
                stand.recorder.fault("group reset to 0", group)
            else:
                await _commit(stand, group, await _earlier(stand, group, known))
                stand.recorder.fault("group reset by a while", group)
        await started(stand)


async def topic_lost(stand: Stand, form: Form) -> None:
    """Delete `cases.v1` and rebuild it from the outboxes."""
    for _ in range(int(form.pick(1, 4))):
        await asyncio.sleep(form.pick(3.0, 10.0))
        with stand.recorder.lasting("topic deleted", CASES):
            await stopped(stand)
            async with administered(stand.kafka) as admin:
                await admin.delete_topics([CASES])
            await _rebuilt(stand)
            await started(stand)


async def stopped(stand: Stand) -> None:
    """Tell every service to stop, and wait until it has."""
    await asyncio.gather(*(nemesis.terminated(stand, name, within=10) for name in stand.ports))


async def started(stand: Stand) -> None:
    """Start every service, and wait until it takes work."""
    for name in stand.ports:
        stand.crew.resume(name)
    await stand.wait_ready()


async def _rebuilt(stand: Stand) -> None:
    urls = {database_variable(service): stand.place.urls[service] for service in SERVICES}
    arguments = ("--kafka", stand.kafka, "--plan", str(PLAN), "--data", str(stand.folder))
    command = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services", "topics", "rebuild", *arguments),
        *("--partitions", str(PARTITIONS)),
        env={**os.environ, **urls},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await command.communicate()
    if command.returncode:
        raise NotRebuilt(said.decode(errors="replace"))


async def _committed(stand: Stand, group: str) -> dict[Any, int]:
    async with administered(stand.kafka) as admin:
        known = await admin.list_consumer_group_offsets(group)
    return {tp: told.offset for tp, told in known.items()}


async def _earlier(stand: Stand, group: str, known: dict[Any, int]) -> dict[Any, int]:
    """Return where each partition was a while ago, for a group that has read so far or farther."""
    then = int((system_clock() - _A_WHILE).timestamp() * 1000)
    async with AIOKafkaConsumer(bootstrap_servers=stand.kafka, group_id=group) as consumer:
        found = await consumer.offsets_for_times(dict.fromkeys(known, then))
    return {
        tp: offset if found[tp] is None else min(offset, found[tp].offset)
        for tp, offset in known.items()
    }


async def _commit(stand: Stand, group: str, offsets: dict[Any, int]) -> None:
    """Set a group's offsets, which the broker allows once its last member's session is over."""
    for patience in range(_LEAVING_SECONDS, -1, -1):
        try:
            await _commit_once(stand, group, offsets)
        except CommitFailedError:
            if not patience:
                raise
            await asyncio.sleep(1.0)
        else:
            return


async def _commit_once(stand: Stand, group: str, offsets: dict[Any, int]) -> None:
    async with AIOKafkaConsumer(
        bootstrap_servers=stand.kafka, group_id=group, enable_auto_commit=False
    ) as consumer:
        consumer.assign([*offsets])
        await consumer.commit(offsets)


enter(
    Row(
        id="R-31",
        title="cases.v1 deleted, rebuilt from the outboxes",
        aims="I1",
        inject=topic_lost,
        engines=("sqlite", "postgres"),
        truncated=(CASES,),
    ),
    Row(
        id="R-32",
        title="consumer groups reset to 0, and by five seconds",
        aims="I7 I10",
        inject=groups_reset,
        setting=Setting(static=False),
        load=Load(reports=200, rate=25.0),
    ),
)
