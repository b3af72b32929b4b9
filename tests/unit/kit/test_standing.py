"""A lane that stands is told of once, and nothing else is taken for one."""

import logging
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition
from prometheus_client import CollectorRegistry

from services.kit.kafka import standing
from services.kit.kafka.catching_up import CatchUp
from services.kit.kafka.standing import Standing
from services.kit.metrics import StageMetrics

ONE, TWO = TopicPartition("answers", 0), TopicPartition("answers", 1)


class State(SimpleNamespace):
    """One partition as aiokafka keeps it."""

    position: int | None
    highwater: int
    lso: int
    timestamp: int

    @property
    def has_valid_position(self) -> bool:
        return self.position is not None


class Consumer:
    """Positions and ends as a consumer tells them; the test moves them."""

    def __init__(self) -> None:
        self.states = {tp: State(position=0, highwater=5, lso=5, timestamp=0) for tp in (ONE, TWO)}
        assignment = SimpleNamespace(state_value=self.states.get)
        self._subscription = SimpleNamespace(subscription=SimpleNamespace(assignment=assignment))

    def assignment(self) -> frozenset[TopicPartition]:
        return frozenset(self.states)

    def highwater(self, tp: TopicPartition) -> int:
        return self.states[tp].highwater

    def last_stable_offset(self, tp: TopicPartition) -> int:
        return self.states[tp].lso

    def last_poll_timestamp(self, tp: TopicPartition) -> int:
        return self.states[tp].timestamp

    def hears(self, *tps: TopicPartition) -> None:
        for tp in tps or (ONE, TWO):
            self.states[tp].timestamp += 2_000

    def moves(self, *tps: TopicPartition) -> None:
        for tp in tps:
            self.states[tp].position = (self.states[tp].position or 0) + 1
            self.states[tp].highwater += 1
            self.states[tp].lso += 1


class Watch:
    """A stage's lanes, looked at every two seconds of a clock that nobody waits for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.consumer = Consumer()
        self.metrics = StageMetrics(CollectorRegistry())
        self.seconds = 0.0
        monkeypatch.setattr(standing, "time", SimpleNamespace(monotonic=lambda: self.seconds))
        self.standing = Standing("toy", self.metrics)

    def look(self) -> None:
        self.seconds += 2.0
        self.standing.look(self.consumer)

    def looks(self, times: int = 40) -> Iterator[Consumer]:
        for _ in range(times):
            yield self.consumer
            self.look()


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    return Watch(monkeypatch)


class TestLane:
    def test_that_stands_while_others_move_is_told_once_and_counted(
        self, watch: Watch, caplog: pytest.LogCaptureFixture
    ) -> None:
        for consumer in watch.looks(100):
            consumer.hears()
            consumer.moves(TWO)
        assert watch.standing.told() == {
            "answers/0": "stands at offset 0 of 5: nothing is handed out"
        }
        (line,) = caplog.records
        assert (line.levelno, line.getMessage()) == (
            logging.ERROR,
            "answers/0 stands at offset 0 of 5: nothing is handed out",
        )
        assert watch.metrics.stuck_lanes.labels(stage="toy")._value.get() == 1

    def test_that_moves_again_is_told_once(
        self, watch: Watch, caplog: pytest.LogCaptureFixture
    ) -> None:
        for consumer in watch.looks():
            consumer.hears()
        assert len(watch.standing.told()) == 2
        caplog.clear()
        for consumer in watch.looks():
            consumer.hears()
            consumer.moves(ONE, TWO)
        assert [r.getMessage() for r in caplog.records] == [
            "answers/0 moves again, or is another's",
            "answers/1 moves again, or is another's",
        ]
        assert watch.standing.told() == {}

    def test_behind_an_open_transaction_says_so(self, watch: Watch) -> None:
        watch.consumer.states[ONE].lso = 0
        for consumer in watch.looks():
            consumer.hears()
            consumer.moves(TWO)
        assert watch.standing.told() == {
            "answers/0": "stands at offset 0 of 5: a transaction is open there"
        }

    def test_whose_broker_alone_is_silent_says_so(self, watch: Watch) -> None:
        for consumer in watch.looks():
            consumer.hears(TWO)
            consumer.moves(TWO)
        assert watch.standing.told() == {"answers/0": "stands its broker does not answer for it"}

    def test_that_has_all_stands_for_nothing(self, watch: Watch) -> None:
        for tp in (ONE, TWO):
            watch.consumer.states[tp].position = 5
        for consumer in watch.looks():
            consumer.hears()
        assert watch.standing.told() == {}


class TestNoLane:
    def test_stands_while_no_broker_answers(self, watch: Watch) -> None:
        for _ in watch.looks():
            pass
        assert watch.standing.told() == {}

    def test_stands_during_a_long_batch(self, watch: Watch) -> None:
        watch.standing.begins()
        for consumer in watch.looks():
            consumer.hears()
        assert watch.standing.told() == {}

    def test_stands_while_the_same_batch_comes_again(self, watch: Watch) -> None:
        for consumer in watch.looks():
            consumer.hears()
            watch.standing.begins()
            watch.standing.ends(done=False)
        assert watch.standing.told() == {}


class TestDeadlines:
    def test_do_not_wait_for_a_lane_that_stands(self, watch: Watch) -> None:
        catch_up = CatchUp()
        watch.consumer.states[TWO].position = 5
        assert not catch_up.is_done(watch.consumer)
        assert catch_up.is_done(watch.consumer, without={ONE})

    def test_do_not_wait_for_what_an_open_transaction_holds(self, watch: Watch) -> None:
        for tp in (ONE, TWO):
            watch.consumer.states[tp].position = watch.consumer.states[tp].lso = 3
        assert CatchUp().is_done(watch.consumer)
