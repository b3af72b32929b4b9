"""What is written of a server that is away, and of one that is there."""

import logging
from collections.abc import Iterator

import pytest
from aiokafka.errors import KafkaConnectionError
from prometheus_client import CollectorRegistry
from typing_extensions import override

from services.kit.metrics import ProcessMetrics
from services.kit.process.folding import BROKER, DATABASE, Folding, OncePerMinute
from services.kit.process.reachability import Reachability
from services.kit.sql.faults import DatabaseAway

OURS = "services.kit.process.life"


class Written(logging.Handler):
    """Keeps what passes the filter."""

    def __init__(self, folding: Folding) -> None:
        super().__init__()
        self.addFilter(folding)
        self.records: list[logging.LogRecord] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def told(self) -> list[str]:
        """Return what was written since the last look."""
        found, self.records = self.records, []
        return [record.getMessage() for record in found]


class Time:
    """Monotonic seconds that the test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Server:
    """Answers, or raises what it is told to."""

    fault: Exception | None = None

    async def ask(self) -> None:
        if self.fault is not None:
            raise self.fault


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def folding(time: Time) -> Folding:
    return Folding(now=time)


@pytest.fixture
def written(folding: Folding) -> Iterator[Written]:
    handler = Written(folding)
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def broker() -> Server:
    return Server()


@pytest.fixture
def watch(broker: Server, folding: Folding) -> Reachability:
    gauge = ProcessMetrics(CollectorRegistry()).reachable
    asks = {BROKER: broker.ask, DATABASE: Server().ask}
    return Reachability(asks, gauge=gauge, folding=folding)


async def look(watch: Reachability, folding: Folding) -> None:
    await watch.look()
    folding.release()


def complain(times: int) -> None:
    """Say, many times over, what a client library and our own code say of a broker."""
    for number in range(times):
        logging.getLogger("aiokafka.client").error("Unable connect to node %s", number)
        logging.getLogger("aiokafka.conn").warning("closed")
        logging.getLogger(OURS).warning("again", extra={"cause": KafkaConnectionError("away")})


class TestServerThatGoesAway:
    async def test_is_one_line_and_its_return_another(
        self, watch: Reachability, broker: Server, folding: Folding, written: Written
    ) -> None:
        with folding.watched():
            await look(watch, folding)
            complain(2)
            broker.fault = KafkaConnectionError("no broker answers")
            await look(watch, folding)
            for _ in range(3):
                complain(10)
                await look(watch, folding)
            (line,) = written.records
            assert line.getMessage().startswith("the broker is away since 20")
            assert "no broker answers" in str(line.__dict__["why"])
            assert written.told() != []
            broker.fault = None
            await look(watch, folding)
            (told,) = written.told()
        assert told.startswith("the broker is back after ")
        assert told.endswith("lines not written meanwhile: 96")

    async def test_hides_nothing_that_is_said_of_another(
        self, watch: Reachability, broker: Server, folding: Folding, written: Written
    ) -> None:
        broker.fault = TimeoutError()
        with folding.watched():
            await look(watch, folding)
            assert [*watch.away()] == [BROKER]
            written.told()
            logging.getLogger(OURS).warning("a lane was lost")
            logging.getLogger("aiokafka").critical("the end")
            assert written.told() == ["a lane was lost", "the end"]
            logging.getLogger(OURS).warning("again", extra={"cause": DatabaseAway("locked")})
            await look(watch, folding)
            assert written.told() == ["again"]


class TestServerThatIsThere:
    async def test_has_each_place_of_the_code_told_once_a_minute(
        self, watch: Reachability, folding: Folding, written: Written, time: Time
    ) -> None:
        with folding.watched():
            complain(5)
            assert written.told() == []
            await look(watch, folding)
            assert [record.__dict__["lines"] for record in written.records] == [5, 5, 5]
            assert written.told() == ["Unable connect to node 0", "closed", "again"]
            complain(7)
            await look(watch, folding)
            assert written.told() == []
            time.now = 60.0
            complain(1)
            await look(watch, folding)
            assert [record.__dict__["lines"] for record in written.records] == [8, 8, 8]

    async def test_is_not_heard_of_what_was_good_soon(
        self, folding: Folding, written: Written
    ) -> None:
        with folding.watched():
            complain(5)
            assert folding.drop() == 15
            folding.release()
        assert written.told() == []

    async def test_is_heard_out_at_the_end(self, folding: Folding, written: Written) -> None:
        with folding.watched():
            complain(1)
        assert len(written.told()) == 3
        complain(2)
        assert len(written.told()) == 6


class TestWhatAnybodyCanCause:
    """Such as uvicorn's warning of each request that is no HTTP."""

    @pytest.fixture
    def said(self, time: Time, written: Written) -> Iterator[logging.Logger]:
        logger, once = logging.getLogger("uvicorn.error"), OncePerMinute(now=time)
        logger.addFilter(once)
        written.told()
        yield logger
        logger.removeFilter(once)

    def test_is_written_once_a_minute_with_how_often_it_was(
        self, said: logging.Logger, written: Written, time: Time
    ) -> None:
        for second in range(121):
            time.now = float(second)
            for _ in range(50):
                said.warning("Invalid HTTP request received.")
        lines = [record.__dict__.get("lines", 1) for record in written.records]
        assert lines == [1, 3000, 3000]

    def test_hides_nothing_else(self, said: logging.Logger, written: Written) -> None:
        said.warning("one")
        said.warning("another")
        for _ in range(2):
            said.error("a fault of ours")
        assert written.told() == ["one", "another", "a fault of ours", "a fault of ours"]
