"""Whose the topics of a real broker are: claimed once, and then no other installation's."""

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaProducer
from sqlalchemy import select

from schemas.topics import CASES, INSTALLATIONS
from services.intake.migrations import HISTORY
from services.kit.kafka.frames import expect_foreign_frames
from services.kit.kafka.topics import administered
from services.kit.recovery.installation import Claimant, claim_topics
from services.kit.recovery.start_checks import AnotherHouse, check_records
from services.kit.sql.database import Database, open_engine
from services.kit.sql.declaring import table_of
from services.kit.sql.migrations import upgrade
from services.kit.stage import positions
from services.kit.stage.positions import Reached
from services.kit.stage.tables import Installation
from tests.support.command import everything
from tests.support.databases import Place, opened
from tests.support.read_topic import STAGE, Beside, Broker, broker_with_records, took

pytestmark = pytest.mark.kafka

UNKNOWN = str(uuid4())


@dataclass(frozen=True)
class Service:
    """A service of a house; each test has one that no other test knows."""

    kafka: str
    name: str

    async def starts(self, database: Database) -> None:
        """Do as a starting process does. Raises AnotherHouse."""
        claimant = Claimant(service=self.name, kafka=self.kafka, replication=1)
        async with administered(self.kafka) as admin:
            await claim_topics(database, admin, claimant)

    async def starts_at(self, url: str) -> None:
        async with opened(url) as database:
            await self.starts(database)

    async def claims(self) -> list[UUID]:
        """Return what stands on the topic for this service, in order."""
        found = await everything(self.kafka, INSTALLATIONS)
        ours = [record for record in found if record.key == self.name.encode()]
        return [UUID(json.loads(record.value)["installation"]) for record in ours]


@pytest.fixture
def service(kafka: str) -> Service:
    expect_foreign_frames()
    return Service(kafka, f"service-{uuid4()}")


async def id_in(url: str) -> UUID | None:
    async with opened(url) as database, database.read() as conn:
        found: UUID | None = await conn.scalar(select(table_of(Installation).c.installation_id))
        return found


async def refusal_of(service: Service, database: Database) -> str:
    """Return what a start with this database is refused with."""
    with pytest.raises(AnotherHouse) as refused:
        await service.starts(database)
    return str(refused.value)


class TestHouse:
    async def test_claims_topics_that_are_nobodys_once(
        self, place: Place, service: Service
    ) -> None:
        url = await place.url_of(HISTORY)
        for _ in range(3):
            await service.starts_at(url)
        assert await service.claims() == [await id_in(url)]

    async def test_whose_older_copy_was_put_back_is_at_home(
        self, place: Place, service: Service
    ) -> None:
        async def has_started(url: str) -> None:
            await upgrade(HISTORY, url)
            await service.starts_at(url)

        template = f"backup_{uuid4().hex}"
        for name in ("first", "put_back"):
            await service.starts_at(await place.filled(template, has_started, name=name))
        assert len(await service.claims()) == 1

    async def test_of_several_processes_has_one_id(self, place: Place, service: Service) -> None:
        url = await place.url_of(HISTORY)
        await asyncio.gather(*(service.starts_at(url) for _ in range(3)))
        assert {*await service.claims()} == {await id_in(url)}

    async def test_another_process_of_which_begins_meanwhile_has_one_id(
        self, place: Place, service: Service
    ) -> None:
        url = await place.url_of(HISTORY)
        late = Beside(open_engine(url))
        late.works_on = partial(service.starts_at, url)
        try:
            await service.starts(late)
        finally:
            await late.close()
        assert {*await service.claims()} == {await id_in(url)}


class TestStranger:
    async def test_whose_group_the_broker_never_saw_is_refused_with_what_to_do(
        self, place: Place, service: Service
    ) -> None:
        async with broker_with_records(service.kafka) as broker, AsyncExitStack() as stack:
            house, stranger = [
                await stack.enter_async_context(place.opened(HISTORY, name=name))
                for name in ("house", "stranger")
            ]
            await took(house, broker, 4)
            await service.starts(house)
            forgotten = Broker(broker.address, broker.admin, broker.topic, f"new.{uuid4()}")
            await check_records(stranger, broker.admin, forgotten.reading, kafka=service.kafka)
            told = {await refusal_of(service, stranger) for _ in "12"}
            await service.starts(house)
        (owner,) = await service.claims()
        (line,) = told
        assert f"{service.name} of installation {owner}" in line
        assert "tongxin restore" in line
        assert "\n" not in line

    async def test_who_was_at_work_on_other_topics_is_refused(
        self, place: Place, service: Service
    ) -> None:
        async with (
            place.opened(HISTORY, name="house") as house,
            place.opened(HISTORY, name="stranger") as stranger,
        ):
            await service.starts(house)
            async with stranger.write() as conn:
                elsewhere = {(CASES, 0): Reached(uuid4(), 4)}
                await positions.begin(conn, stage=STAGE, found=elsewhere, replace=True)
            await refusal_of(service, stranger)

    async def test_who_claims_at_the_same_moment_but_later_is_refused(
        self, place: Place, service: Service
    ) -> None:
        urls = [await place.url_of(HISTORY, name=name) for name in ("house", "stranger")]
        late = Beside(open_engine(urls[1]))
        late.works_on = partial(service.starts_at, urls[0])
        try:
            await refusal_of(service, late)
        finally:
            await late.close()
        assert await service.claims() == [await id_in(url) for url in urls]
        await service.starts_at(urls[0])


class TestDatabaseOfAReleaseWithoutIds:
    async def test_claims_the_topics_it_works_with(self, place: Place, service: Service) -> None:
        url = await place.url_of(HISTORY)
        async with broker_with_records(service.kafka) as broker, opened(url) as database:
            await took(database, broker, 4)
            await service.starts(database)
        assert await service.claims() == [await id_in(url)]

    async def test_that_was_put_back_is_of_the_installation_whose_topics_it_has_read(
        self, place: Place, service: Service
    ) -> None:
        newer, older = [await place.url_of(HISTORY, name=name) for name in ("newer", "older")]
        async with broker_with_records(service.kafka) as broker:
            for url, taken in ((newer, 8), (older, 4)):
                async with opened(url) as database:
                    await took(database, broker, taken)
            await service.starts_at(newer)
            await service.starts_at(older)
        assert await id_in(older) == await id_in(newer)
        assert len(await service.claims()) == 1


def garbage(service: Service) -> list[tuple[bytes | None, bytes | None]]:
    """Return keys and values of records that claim nothing for the service."""
    key = service.name.encode()
    claim = json.dumps({"installation": UNKNOWN})
    large = json.dumps({"installation": UNKNOWN, "why": "x" * 2000})
    values = (
        *(None, b"", b"\xff\x00", b"null", b"{}", b"[" * 900, claim[:-3].encode()),
        *(b'{"installation": 7}', b'{"installation": "ours"}', large.encode()),
    )
    return [(None, claim.encode()), (b"another", claim.encode()), *((key, v) for v in values)]


class TestRecordsOfOthers:
    async def test_claim_nothing_and_keep_nobody_from_starting(
        self, place: Place, service: Service
    ) -> None:
        url = await place.url_of(HISTORY)
        await service.starts_at(await place.url_of(HISTORY, name="makes_the_topic"))
        service = Service(service.kafka, f"service-{uuid4()}")
        async with AIOKafkaProducer(bootstrap_servers=service.kafka) as plain:
            await _send_garbage(plain, service)
        async with (
            AIOKafkaProducer(
                bootstrap_servers=service.kafka, transactional_id=service.name
            ) as transactional,
            transactional.transaction(),
        ):
            await _send_garbage(transactional, service)
            await service.starts_at(url)
        await service.starts_at(url)  # the transaction's end has a place of its own on the topic
        async with place.opened(HISTORY, name="stranger") as stranger:
            await refusal_of(service, stranger)

    async def test_that_say_more_than_this_release_knows_are_claims(
        self, place: Place, service: Service
    ) -> None:
        url = await place.url_of(HISTORY, name="first")
        await service.starts_at(url)
        newer = Service(service.kafka, f"service-{uuid4()}")
        value = {"installation": str(await id_in(url)), "since": "a later release"}
        async with AIOKafkaProducer(bootstrap_servers=service.kafka) as producer:
            await producer.send_and_wait(
                INSTALLATIONS, json.dumps(value).encode(), key=newer.name.encode(), partition=0
            )
        await newer.starts_at(url)
        async with place.opened(HISTORY, name="stranger") as stranger:
            await refusal_of(newer, stranger)


async def _send_garbage(producer: AIOKafkaProducer, service: Service) -> None:
    for key, value in garbage(service):
        await producer.send_and_wait(INSTALLATIONS, value, key=key, partition=0)
