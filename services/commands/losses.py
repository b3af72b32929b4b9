"""`tongxin topics accept-loss`: go on without what the broker no longer has."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from sqlalchemy import select

from schemas.topics import SERVICES
from services.commands.options import DEFAULT_DATA, brokers_to_ask, print_rows, stop_with
from services.kit.kafka.brokers import Brokers, client_options
from services.kit.kafka.topic_ids import topic_ids
from services.kit.kafka.topics import administered
from services.kit.sql.database import Database, open_database
from services.kit.sql.declaring import table_of
from services.kit.stage import positions
from services.kit.stage.positions import Reached
from services.kit.stage.tables import Position
from services.machine.databases import FAILURES
from services.machine.private_postgres import databases_in_use

_POSITION = table_of(Position)
Row = tuple[str, str, str]


def accept_loss(
    kafka: Annotated[str, typer.Option("--kafka", help="host:port of the broker.")] = "",
    data: Annotated[
        Path, typer.Option("--data", envvar="TONGXIN_DATA", help="Folder of the databases.")
    ] = Path(DEFAULT_DATA),
) -> None:
    """Let services go on without records that the broker removed before they were taken.

    For an older copy of the databases whose missing part is no longer on the broker. Have the
    senders send those records again: each place is printed.
    """
    address = brokers_to_ask(kafka, data=data)
    try:
        with databases_in_use(data) as where:
            rows = asyncio.run(_accepted(address, [where[service].app for service in SERVICES]))
    except (KafkaError, OSError) as error:
        stop_with(f"The broker {address} does not answer as it should: {error}")
    except FAILURES as error:
        stop_with(str(error))
    if not rows:
        print("Nothing is missing.")
        return
    print_rows(("stage", "from", "records that are gone"), rows)


async def _accepted(address: Brokers, urls: Iterable[str]) -> list[Row]:
    async with AsyncExitStack() as stack:
        admin = await stack.enter_async_context(administered(address))
        ids = await topic_ids(admin)
        consumer = await stack.enter_async_context(AIOKafkaConsumer(**client_options(address)))
        rows: list[Row] = []
        for url in urls:
            database = open_database(url, name="tongxin topics")
            stack.push_async_callback(database.close)
            rows += await _accepted_in(database, consumer, ids)
        return rows


async def _accepted_in(
    database: Database, consumer: AIOKafkaConsumer, ids: Mapping[str, UUID]
) -> list[Row]:
    async with database.write() as conn:
        known = (await conn.execute(select(_POSITION))).all()
        valid = [row for row in known if ids.get(row.topic) == row.topic_id]
        places = [TopicPartition(row.topic, row.partition) for row in valid]
        firsts = await consumer.beginning_offsets(places) if places else {}
        rows: list[Row] = []
        for row, place in zip(valid, places, strict=True):
            gone = firsts[place] - row.next_offset
            if gone <= 0 or not row.next_offset:
                continue
            found = {(row.topic, row.partition): Reached(row.topic_id, firsts[place])}
            await positions.begin(conn, stage=row.stage, found=found, replace=True)
            rows.append((row.stage, f"{row.topic}/{row.partition}/{row.next_offset}", str(gone)))
        return rows
