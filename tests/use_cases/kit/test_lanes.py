"""Records that stand on another partition than their case's, as other clients place them."""

from collections.abc import AsyncIterator

import pytest

from services.kit.kafka.placing import placed
from services.kit.records import Incoming, Record
from services.kit.stage import moved
from services.kit.stage.fence import Fenced
from services.kit.stage.tables import MovedRecord
from tests.support.databases import Place
from tests.support.toy_stage import Rig, record_of, subjects_of, toy_event, toy_rig

LANES = 4
"""Partitions of the toy's first topic, as its publisher says."""


@pytest.fixture(autouse=True)
def _always_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test wait for the next look at what was brought."""
    monkeypatch.setattr(moved, "LOOKED_AGAIN_SECONDS", 0.0)


@pytest.fixture
async def rig(place: Place) -> AsyncIterator[Rig]:
    """Return a process that owns all lanes."""
    async with toy_rig(place) as alone:
        alone.stage.assigned({*range(LANES)})
        yield alone


def homed(subject: str, number: int, *, partition: int, topic: str = "in") -> Record:
    """Return the n-th record of a subject, on a partition that need not be its own."""
    event = toy_event(subject, number=number, kind="toy.homed")
    return record_of(event, offset=number, partition=partition, topic=topic)


def elsewhere(subject: str) -> int:
    """Return a partition that is not the subject's."""
    return (placed(subject, count=LANES) + 1) % LANES


class TestRecordOnAnotherPartition:
    async def test_has_its_effect_once_and_in_order(self, rig: Rig) -> None:
        records = [homed("a", n, partition=elsewhere("a")) for n in range(1, 5)]
        await rig.stage.process(records[:2])
        await rig.stage.process(records[2:])
        await rig.stage.fire_due()
        assert subjects_of(rig.sent) == [("a", 1), ("a", 2), ("a", 3), ("a", 4)]
        await rig.stage.process(records)
        await rig.stage.fire_due()
        assert await rig.counts() == {"a": 4}
        assert await rig.rows(MovedRecord) == 0
        assert rig.counted("tongxin_stage_moved_records_total") == 8

    async def test_is_decided_by_the_process_that_owns_its_lane(self, place: Place) -> None:
        async with toy_rig(place) as reading, toy_rig(place) as owning:
            home = placed("a", count=LANES)
            reading.stage.assigned({elsewhere("a")})
            owning.stage.assigned({home})
            await owning.stage.take_lanes()
            await reading.stage.process([homed("a", 1, partition=elsewhere("a"))])
            await reading.stage.fire_due()
            assert await owning.counts() == {}
            await owning.stage.fire_due()
            await owning.stage.process([homed("a", 2, partition=home)])
            assert subjects_of(owning.sent) == [("a", 1), ("a", 2)]
            assert reading.sent == []

    async def test_of_a_topic_with_more_partitions_has_its_effect(self, rig: Rig) -> None:
        await rig.stage.process([homed("a", 1, partition=9, topic="wide")])
        await rig.stage.fire_due()
        assert await rig.counts() == {"a": 1}

    async def test_of_a_topic_with_fewer_partitions_has_its_effect(self, rig: Rig) -> None:
        for number, subject in enumerate("abcdefgh", start=1):
            await rig.stage.process([homed(subject, number, partition=0, topic="narrow")])
            await rig.stage.fire_due()
        assert await rig.counts() == dict.fromkeys("abcdefgh", 1)

    async def test_that_is_bad_becomes_a_dead_letter_wherever_it_stands(self, rig: Rig) -> None:
        bad = toy_event("x", number=1, kind="toy.bad")
        await rig.stage.process([record_of(bad, offset=3, partition=9)])
        assert [m.topic for m in rig.sent] == ["toy.dead-letters.v1"]

    async def test_fails_alone_when_it_fails_on_its_lane(self, rig: Rig) -> None:
        rig.toy.fail_with = [ValueError("a bug") for _ in range(3)]
        await rig.stage.process([homed("a", n, partition=elsewhere("a")) for n in (1, 2)])
        await rig.stage.fire_due()
        assert {m.topic for m in rig.sent} == {"toy.dead-letters.v1"}
        assert await rig.rows(MovedRecord) == 0


class TestLanesTakenAwayMeanwhile:
    @pytest.mark.parametrize("kind", ["toy.bad", "toy.homed"])
    async def test_let_the_batch_come_again(
        self, rig: Rig, kind: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        decode = rig.toy.decode

        def revoked_while_decoding(record: Record) -> Incoming[str] | None:
            rig.stage.revoked()
            return decode(record)

        monkeypatch.setattr(rig.toy, "decode", revoked_while_decoding)
        event = toy_event("a", number=1, kind=kind)
        with pytest.raises(Fenced):
            await rig.stage.process([record_of(event, offset=0)])


class TestDeadline:
    async def test_waits_for_what_was_brought_in_time(self, rig: Rig) -> None:
        timed = toy_event("a", number=1, kind="toy.timed")
        await rig.stage.process([record_of(timed, offset=0)])
        rig.clock.advance(61)
        await rig.stage.process([homed("b", 1, partition=elsewhere("b"))])
        assert await rig.stage.fire_due() == 1
        assert [subject for subject, _ in subjects_of(rig.sent)][:2] == ["a", "b"]
