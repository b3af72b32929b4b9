"""`tongxin records`: pass over one record that a service ends at again and again."""

import asyncio
import re
from pathlib import Path
from typing import Annotated

import typer
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from rich.console import Console

from services.commands.bounds import WHY_LETTERS
from services.commands.db import usable_databases
from services.commands.options import DEFAULT_DATA, known_broker, stop_with
from services.kit.clock import clock_from
from services.kit.kafka.brokers import Brokers, client_options
from services.kit.kafka.topics import administered
from services.kit.sql.database import open_database
from services.kit.stage import skips
from services.kit.stage.skips import Place
from services.machine.databases import FAILURES
from services.machine.services import REGISTRY

app = typer.Typer(help="Single records of the topics.", no_args_is_help=True)


class NotThere(Exception):
    """The record cannot be passed over; the message says why."""


@app.callback()
def _several() -> None:
    """Keep `skip` a word of its own."""


@app.command()
def skip(  # noqa: PLR0913 - each is an option of the command
    topic: str,
    partition: Annotated[int, typer.Argument(min=0)],
    offset: Annotated[int, typer.Argument(min=0)],
    service: Annotated[str, typer.Option(help="intake, router, notifier or desk.")],
    why: Annotated[str, typer.Option(help="Kept with the record's dead letter.")],
    kafka: Annotated[str, typer.Option("--kafka", help="host:port; default: the house's.")] = "",
    data: Annotated[
        Path, typer.Option("--data", envvar="TONGXIN_DATA", help="Folder of the databases.")
    ] = Path(DEFAULT_DATA),
    *,
    postgres: Annotated[
        bool, typer.Option("--postgres", help="The folder's own PostgreSQL, while nothing runs.")
    ] = False,
) -> None:
    """Let a service pass over one record: it becomes a dead letter, and the next ones go on.

    For a record at which a service ends again after every start. It takes hold at the service's
    next start, or within a second of a running one. Works while the service is stopped too.
    """
    place, group = Place(topic, partition, offset), _group(service, topic)
    if not why.strip() or len(why) > WHY_LETTERS:
        stop_with(f"--why says in 1 to {WHY_LETTERS} letters why nobody should wait for it.")
    _refuse_what_is_past(known_broker(kafka, data=data), place, group=group)
    with usable_databases(data, postgres=postgres) as found:
        try:
            new = asyncio.run(_ask(found[service].app, place, why=why.strip()))
        except FAILURES as error:
            stop_with(str(error))
    named = "/".join(map(str, place))
    if not new:
        stop_with(f"Nothing new: {service} was told before to pass over {named}.")
    told = (
        f"{service} passes over {named} when it comes to it. What was in it is among "
        "`tongxin dead-letters list` then, as `skipped`."
    )
    Console().print(told, markup=False, highlight=False, soft_wrap=True)


def _refuse_what_is_past(address: Brokers | None, place: Place, *, group: str) -> None:
    """End the command for a record that is not there or is passed, as far as the broker tells."""
    try:
        asyncio.run(_check(address, place, group=group))
    except NotThere as refused:
        stop_with(f"Nothing is passed over: {refused}")
    except (KafkaError, OSError) as error:
        Console(stderr=True).print(
            f"The broker {address or '(none is known)'} does not answer ({error}), so nobody can "
            "tell whether the service is past this record. It is passed over if it is not.",
            markup=False,
            soft_wrap=True,
        )


def _group(service: str, topic: str) -> str:
    """Return the group that reads a topic for a service; ends the command if none does."""
    known = REGISTRY.get(service)
    if known is None:
        stop_with(f"--service {service!r} is not one of {', '.join(REGISTRY)}.", code=2)
    group = next((one for read, one in known.groups.items() if re.fullmatch(read, topic)), None)
    if group is None:
        stop_with(f"{service} does not read {topic!r}.", code=2)
    return group


async def _check(address: Brokers | None, place: Place, *, group: str) -> None:
    """Raise `NotThere` for a record that is not there (yet), or that the service is past."""
    if address is None:
        raise ConnectionError("no address was given")
    async with administered(address) as admin:
        if place.topic not in await admin.list_topics():
            raise NotThere(f"the broker has no topic {place.topic}.")
        (described,) = await admin.describe_topics([place.topic])
    partitions = {one["partition"] for one in described["partitions"]}
    if place.partition not in partitions:
        raise NotThere(f"{place.topic} has partitions 0 to {len(partitions) - 1} only.")
    consumer = AIOKafkaConsumer(**client_options(address), group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        tp = TopicPartition(place.topic, place.partition)
        end = (await consumer.end_offsets([tp]))[tp]
        if place.offset >= end:
            raise NotThere(f"there is no such record yet, the next one will be {end}.")
        consumer.assign([tp])
        at = await consumer.committed(tp)
        if at is not None and place.offset < at:
            raise NotThere(f"the service is past it, at {at}.")
    finally:
        await consumer.stop()


async def _ask(url: str, place: Place, *, why: str) -> bool:
    database = open_database(url, name="tongxin records")
    try:
        async with database.write() as conn:
            return await skips.ask(conn, place, why=why, now=clock_from("")())
    finally:
        await database.close()
