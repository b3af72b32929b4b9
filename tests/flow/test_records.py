"""`tongxin records skip`: what it refuses, and what a service is told."""

from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import CASES, feedback_of
from services.kit.kafka.topics import TopicSpec, administered, create_topics
from services.kit.sql.database import open_database, sqlite_url
from services.kit.stage import skips
from services.kit.stage.skips import Place
from services.machine.databases import file_of
from services.machine.services import REGISTRY
from tests.support.command import Raw, Said, tongxin, written


class Desk:
    """An operator beside a stopped house: its databases, a broker, and a topic with records."""

    def __init__(self, kafka: str, data: Path) -> None:
        self.kafka = kafka
        self.data = data
        self.topic = feedback_of(f"skip-{uuid4().hex[:8]}")
        self.at = Place(self.topic, 0, 0)

    async def skip(self, place: Place, *, service: str = "notifier", kafka: str = "") -> Said:
        where = ("--kafka", kafka or self.kafka, "--data", str(self.data))
        names = (place.topic, str(place.partition), str(place.offset))
        return await tongxin(
            "records", "skip", *names, "--service", service, "--why", "no sense", *where
        )

    async def told(self) -> dict[Place, str]:
        database = open_database(sqlite_url(file_of(self.data, "notifier")))
        async with database.read() as conn:
            found = await skips.pending(conn)
        await database.close()
        return found


@pytest.fixture
async def desk(kafka: str, tmp_path: Path) -> Desk:
    """Return a desk with three records on the topic."""
    made = Desk(kafka, tmp_path)
    assert (await tongxin("db", "upgrade", "--data", str(tmp_path))).code == 0
    spec = TopicSpec(name=made.topic, partitions=2, replication=1, configs={})
    async with administered(kafka) as admin:
        await create_topics(admin, [spec])
    places = await written(kafka, [Raw(made.topic, b"x", b"k")] * 3)
    topic, partition, offset = places[1].split("/")
    made.at = Place(topic, int(partition), int(offset))
    return made


class TestSkip:
    async def test_tells_the_service_once(self, desk: Desk) -> None:
        said = await desk.skip(desk.at)
        assert (said.code, await desk.told()) == (0, {desk.at: "no sense"}), said.text
        again = await desk.skip(desk.at)
        assert again.code == 1
        assert "before" in again.text

    async def test_refuses_what_the_service_is_past(self, desk: Desk) -> None:
        group = REGISTRY["notifier"].groups[CASES]
        consumer = AIOKafkaConsumer(
            bootstrap_servers=desk.kafka, group_id=group, enable_auto_commit=False
        )
        await consumer.start()
        tp = TopicPartition(desk.topic, desk.at.partition)
        consumer.assign([tp])
        await consumer.commit({tp: desk.at.offset + 1})
        await consumer.stop()
        said = await desk.skip(desk.at)
        assert (said.code, await desk.told()) == (1, {})
        assert f"past it, at {desk.at.offset + 1}" in said.text

    async def test_refuses_what_is_not_there(self, desk: Desk) -> None:
        wrong = {
            desk.at._replace(offset=99): "no such record yet",
            desk.at._replace(partition=99): "partitions 0 to",
            desk.at._replace(topic="feedback.nobody.v1"): "no topic",
            desk.at._replace(topic="feedback-refusals.v1"): "does not read",
        }
        for place, why in wrong.items():
            said = await desk.skip(place)
            assert said.code != 0
            assert why in said.text
        assert (await desk.skip(desk.at, service="mayor")).code == 2
        assert await desk.told() == {}

    async def test_works_without_the_broker(self, desk: Desk) -> None:
        said = await desk.skip(desk.at, kafka="127.0.0.1:9")
        assert (said.code, await desk.told()) == (0, {desk.at: "no sense"}), said.text
        assert "does not answer" in said.text
