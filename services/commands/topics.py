"""`tongxin topics`: what is declared, making it so, and rebuilding a lost broker's topics."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.progress import Progress

from schemas.topics import SERVICES, Topic
from services.commands import applying, losses
from services.commands.options import (
    DEFAULT_DATA,
    DEFAULT_PLAN,
    PlanFile,
    declared_topics,
    known_broker,
    print_rows,
    stop_with,
)
from services.intake.store import keys
from services.kit.kafka.brokers import Brokers
from services.kit.kafka.frames import expect_foreign_frames
from services.kit.kafka.publisher import Publisher
from services.kit.kafka.topics import (
    TopicSpec,
    TopicsRefused,
    administered,
    cluster_id,
    ensure_topics,
    specs_of,
)
from services.kit.recovery import broker_identity
from services.kit.recovery.installation import Claimant, claim_topics
from services.kit.recovery.start_checks import AnotherHouse
from services.kit.sql.database import Database, open_database
from services.kit.sql.revisions import ensure_usable
from services.kit.stage import fence, outbox
from services.machine.bounds import EMBEDDED_PARTITIONS
from services.machine.data_folder import occupied
from services.machine.databases import FAILURES
from services.machine.embedded import (
    DataDirectoryBusy,
    JarsUnavailable,
    NodeFailed,
)
from services.machine.own_broker import own_broker, quietly, was_locked
from services.machine.private_postgres import databases
from services.machine.services import REGISTRY

app = typer.Typer(help="The topics Tongxin needs.", no_args_is_help=True)


class OtherPartitions(Exception):
    """Another number of partitions was asked for than the databases know; the message says it."""


@dataclass(frozen=True, slots=True)
class _NewBroker:
    """Where it is, and how many replicas of each partition the missing topics get."""

    address: Brokers
    replication: int


_REFUSED = (
    *(JarsUnavailable, NodeFailed, DataDirectoryBusy),
    *(TopicsRefused, OtherPartitions, AnotherHouse),
)
Broker = Annotated[str, typer.Option("--kafka", help="host:port; default: the running house's.")]
Data = Annotated[
    Path, typer.Option("--data", envvar="TONGXIN_DATA", help="Folder of the databases.")
]


app.command()(applying.apply)
app.command("accept-loss")(losses.accept_loss)


@app.command("list")
def list_(plan: PlanFile = Path(DEFAULT_PLAN)) -> None:
    """List every topic the plan needs: key, owner, readers."""
    rows = [(t.name, t.key, t.owner, ", ".join(t.readers), t.title) for t in declared_topics(plan)]
    print_rows(("topic", "key", "owner", "readers", "what"), rows)


@app.command()
def rebuild(
    kafka: Broker = "",
    plan: PlanFile = Path(DEFAULT_PLAN),
    data: Data = Path(DEFAULT_DATA),
    partitions: Annotated[
        int | None,
        typer.Option(
            envvar="TONGXIN_PARTITIONS",
            min=1,
            help="Partitions of the new topics; default: as many as the databases know of.",
        ),
    ] = None,
    kafka_nodes: Annotated[
        int, typer.Option(min=1, help="Embedded brokers, as `tongxin run` will be told.")
    ] = 1,
    *,
    postgres: Annotated[
        bool, typer.Option("--postgres", help="Databases in the folder's own PostgreSQL.")
    ] = False,
) -> None:
    """Publish every kept output again, in order, on a new broker that replaces a lost one.

    Stop the services first: a house that works in the data folder is refused. Without a broker of
    your own the folder's embedded one is started for it. Consumers drop what they have seen, so
    running it twice is harmless.
    """
    try:
        declared = declared_topics(plan)
        with (
            occupied(data.resolve()),
            databases(data, postgres=postgres) as where,
            _broker(kafka, data, nodes=kafka_nodes) as broker,
        ):
            urls = [where[service].app for service in SERVICES]
            published = asyncio.run(_rebuild(broker, declared, urls, partitions))
    except (KafkaError, OSError) as error:
        stop_with(f"The broker did not take it: {error}. Run it again: nothing is lost.")
    except (*_REFUSED, *FAILURES) as error:
        stop_with(str(error))
    Console().print(f"{published} records published. Start the services now.")


@contextmanager
def _broker(asked: str, data: Path, *, nodes: int) -> Iterator[_NewBroker]:
    """Yield the broker asked for or known, else the folder's own, running for this block."""
    address = known_broker(asked, data=data)
    if address is not None:
        yield _NewBroker(address, 1)
        return
    folder, console = data.resolve(), Console(stderr=True)
    secure = was_locked(folder)
    with (
        own_broker(folder, count=nodes, port=0, secure=secure, console=console) as own,
        quietly(),
    ):
        yield _NewBroker(own.as_itself, own.replication)


async def _partitions(databases: Sequence[Database], asked: int | None) -> int:
    """Return how many partitions the new topics get: those asked for, or as many as were lost."""
    known = 0
    for database in databases:
        async with database.read() as conn:
            known = max(known, await fence.lanes_known(conn))
    if asked is not None and known and asked != known:
        raise OtherPartitions(
            f"{asked} partitions are not those of the lost broker, which had {known}: what a case "
            "is waiting for belongs to its partition, and would be another's. Run it again with "
            f"--partitions {known}."
        )
    return asked or known or EMBEDDED_PARTITIONS


async def _rebuild(
    broker: _NewBroker, topics: tuple[Topic, ...], urls: Sequence[str], asked: int | None
) -> int:
    async with AsyncExitStack() as stack:
        databases = [open_database(url) for url in urls]
        for service, database in zip(SERVICES, databases, strict=True):
            stack.push_async_callback(database.close)
            await ensure_usable(database, REGISTRY[service].history)
        partitions = await _partitions(databases, asked)
        specs = specs_of(topics, partitions=partitions, replication=broker.replication)
        found = await _made(broker, databases, specs)
        publisher = Publisher(broker.address, client_id="tongxin.rebuild")
        await publisher.start()
        stack.push_async_callback(publisher.stop)
        published = await _republish(databases, publisher)
        for database in databases:
            async with database.write() as conn:
                await broker_identity.adopt_cluster(conn, found=found)
        async with databases[SERVICES.index("intake")].write() as conn:
            # A report sent again under an old key must reach the new broker.
            await keys.forget_all_answers(conn)
    return published


async def _made(
    broker: _NewBroker, databases: Sequence[Database], specs: Sequence[TopicSpec]
) -> str:
    """Claim the topics and create those that are missing; returns the id of their cluster."""
    expect_foreign_frames()
    async with administered(broker.address) as admin:
        for service, database in zip(SERVICES, databases, strict=True):
            claimant = Claimant(
                service=service, kafka=broker.address, replication=broker.replication
            )
            await claim_topics(database, admin, claimant)
        await ensure_topics(admin, specs)
        return await cluster_id(admin)


async def _republish(databases: Sequence[Database], publisher: Publisher) -> int:
    """Publish what the databases kept, of all services together in the order of time."""
    published = 0
    async with AsyncExitStack() as stack:
        conns = [await stack.enter_async_context(database.read()) for database in databases]
        total = sum([await outbox.count_kept(conn) for conn in conns])
        progress = stack.enter_context(Progress(console=Console(stderr=True)))
        task = progress.add_task("kept batches published", total=total)
        async for _, chunk in outbox.earliest_first([outbox.kept(conn) for conn in conns]):
            await publisher.publish(chunk.messages)
            published += len(chunk.messages)
            progress.advance(task)
    return published
