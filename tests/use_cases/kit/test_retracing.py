"""A process that starts beside one that works: what that one tells meanwhile is not lacking."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from prometheus_client import CollectorRegistry

from services.kit.metrics import StageMetrics
from services.kit.records import Message, message_of
from services.kit.recovery.retracing import Retracing
from services.kit.sql.database import Database, open_engine
from services.kit.stage import fence, outbox, positions
from services.kit.stage.load import Load
from services.kit.stage.said_before import SaidBefore
from services.kit.stage.subscriber import Subscription
from tests.support.databases import Place
from tests.support.read_topic import STAGE, Beside, Broker, broker_with_records, took
from tests.support.toy_stage import NOON, Rig, toy_event, toy_rig

pytestmark = pytest.mark.kafka

TAKEN = 4


@dataclass
class Peer:
    """Another process of the stage: it commits what it tells, publishes it, and reads on."""

    broker: Broker
    database: Database
    producer: AIOKafkaProducer
    told: int = 0

    async def works_on(self) -> None:
        at, message = self._next()
        await self._commit(message, at)
        await self._publish(message)

    async def has_told(self) -> None:
        """Tell something that the database does not know: an older copy of it was put back."""
        _, message = self._next()
        await self._publish(message)

    async def takes_the_lane(self) -> None:
        async with self.database.write() as conn:
            await fence.take(conn, stage=STAGE, partition=0, count=1)

    def _next(self) -> tuple[datetime, Message]:
        self.told += 1
        at = NOON + timedelta(seconds=self.told)
        told = toy_event("a", number=self.told, kind="toy.answered")
        event = told._replace(time=at, cause=f"cause {self.told}")
        return at, message_of(event, topic=self.broker.topic)

    async def _commit(self, message: Message, at: datetime) -> None:
        async with self.database.write() as conn:
            await outbox.store(
                conn, stage=STAGE, outputs={0: [message]}, numbers={0: self.told}, now=at
            )
            taken = {(self.broker.topic, 0): TAKEN + self.told}
            await positions.advance(conn, stage=STAGE, taken=taken)

    async def _publish(self, message: Message) -> None:
        await self.producer.send_and_wait(
            message.topic,
            message.value,
            key=message.key.encode(),
            headers=list(message.headers),
        )


@dataclass
class Scene:
    """A process that starts, and the one beside it, on one database that is behind its group."""

    rig: Rig
    beside: Beside
    peer: Peer
    retracing: Retracing
    registry: CollectorRegistry

    @property
    def went_back(self) -> float:
        """How many records the starting process decided again."""
        counted = self.registry.get_sample_value("tongxin_stage_went_back_total", {"stage": STAGE})
        return counted or 0.0


@pytest.fixture
async def scene(place: Place, kafka: str) -> AsyncIterator[Scene]:
    registry = CollectorRegistry()
    async with (
        broker_with_records(kafka) as broker,
        toy_rig(place, primary=broker.topic, open_it=lambda url: Beside(open_engine(url))) as rig,
        AIOKafkaProducer(bootstrap_servers=kafka, acks="all") as producer,
    ):
        await took(rig.database, broker, TAKEN)
        assert isinstance(rig.database, Beside)
        retracing = Retracing(
            stage=rig.stage,
            subscription=Subscription(group=broker.group, topics=(broker.topic,)),
            database=rig.database,
            kafka=kafka,
            said_before=SaidBefore("/toy"),
            metrics=StageMetrics(registry),
            tells=(broker.topic,),
        )
        peer = Peer(broker, rig.database, producer)
        yield Scene(rig, rig.database, peer, retracing, registry)


class TestProcessBesideOneThatWorks:
    async def test_decides_nothing_again_that_is_told_while_it_starts(self, scene: Scene) -> None:
        scene.beside.works_on = scene.peer.works_on
        await scene.retracing.run()
        assert scene.peer.told > 1
        assert scene.went_back == 0

    async def test_decides_again_what_the_database_lacks(self, scene: Scene) -> None:
        await scene.peer.has_told()
        await scene.retracing.run()
        assert scene.went_back > 0

    async def test_waits_for_one_that_decides_it_again_and_no_longer(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever is through goes on to work: its positions never stand still."""
        await scene.peer.has_told()
        decide_again = scene.rig.stage.decide_again

        async def overtaken(load: Load[Any]) -> None:
            await scene.rig.stage.take_lanes()
            await scene.peer.takes_the_lane()
            scene.beside.works_on = scene.peer.works_on
            await decide_again(load)

        monkeypatch.setattr(scene.rig.stage, "decide_again", overtaken)
        await scene.retracing.run()
        assert scene.peer.told > 1
