"""What the stage promises, on real databases, with the broker's part in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import override

from schemas.vocabulary import derived_id
from services.kit.records import Fault, Record, Rejected
from services.kit.sql.database import Database, open_engine
from services.kit.sql.faults import DatabaseAway
from services.kit.stage import fence, outbox, positions
from services.kit.stage.dead_letters import position_of
from services.kit.stage.fence import Fenced
from services.kit.stage.load import Load
from services.kit.stage.positions import Reached
from services.kit.stage.tables import Inbox, OutboxChunk, Timer
from services.kit.stage.timers import Deadline
from tests.support.databases import Place
from tests.support.toy_stage import (
    NOON,
    MemoryPublisher,
    Rig,
    record_of,
    subjects_of,
    toy_event,
    toy_rig,
)


class TestBatch:
    async def test_processes_each_event_once_however_often_it_comes(self, place: Place) -> None:
        async with toy_rig(place) as rig:
            first = record_of(toy_event("a", number=1), offset=0)
            again = record_of(toy_event("a", number=1), offset=1)
            await rig.stage.process([first, again])
            await rig.stage.process([first])
            assert await rig.counts() == {"a": 1}
            assert isinstance(rig.publisher, MemoryPublisher)
            assert subjects_of(rig.publisher.sent) == [("a", 1)]

    async def test_publishes_in_the_order_of_the_records(self, place: Place) -> None:
        async with toy_rig(place) as rig:
            records = [record_of(toy_event("a", number=n), offset=n) for n in range(1, 6)]
            await rig.stage.process(records[:3])
            await rig.stage.process(records[3:])
            assert isinstance(rig.publisher, MemoryPublisher)
            assert [n for _, n in subjects_of(rig.publisher.sent)] == [1, 2, 3, 4, 5]

    async def test_of_nothing_of_ours_writes_nothing(self, place: Place) -> None:
        async with toy_rig(place) as rig:
            await rig.stage.process(
                [record_of(toy_event("a", number=1, kind="toy.other"), offset=0)]
            )
            assert await rig.rows(Inbox) == 0

    async def test_that_fails_leaves_no_trace_and_can_come_again(self, place: Place) -> None:
        async with toy_rig(place) as rig:
            record = record_of(toy_event("a", number=1), offset=0)
            rig.toy.fail_with.append(DatabaseAway("gone for a moment"))
            with pytest.raises(DatabaseAway):
                await rig.stage.process([record])
            assert await rig.rows(Inbox) == 0
            await rig.stage.process([record])
            assert await rig.counts() == {"a": 1}


class TestPosition:
    """How far a stage is stands with the effects, for whoever puts an old copy of them back."""

    async def _reached(self, rig: Rig) -> int:
        async with rig.database.read() as conn:
            return (await positions.reached(conn, stage="toy"))["in", 0].next_offset

    async def _begin(self, rig: Rig) -> None:
        async with rig.database.write() as conn:
            found = {("in", 0): Reached(UUID(int=1), 0)}
            await positions.begin(conn, stage="toy", found=found, replace=True)

    async def test_moves_with_the_batch_or_not_at_all(self, place: Place) -> None:
        async with toy_rig(place) as rig:
            await self._begin(rig)
            records = [record_of(toy_event("a", number=n), offset=n) for n in range(3)]
            rig.toy.fail_with.append(DatabaseAway("gone for a moment"))
            with pytest.raises(DatabaseAway):
                await rig.stage.process(records)
            assert await self._reached(rig) == 0
            await rig.stage.process(records)
            assert await self._reached(rig) == 3

    async def test_of_what_is_none_of_its_business_is_noted_by_and_by(self, place: Place) -> None:
        async with toy_rig(place) as rig:
            await self._begin(rig)
            other = toy_event("a", number=1, kind="toy.other")
            await rig.stage.process([record_of(other, offset=7)])
            assert await self._reached(rig) == 0
            await rig.stage.flush()
            assert await self._reached(rig) == 8

    async def test_of_a_lane_that_was_given_away_is_left_to_its_next_owner(
        self, place: Place
    ) -> None:
        async with toy_rig(place) as rig:
            await self._begin(rig)
            other = toy_event("a", number=1, kind="toy.other")
            await rig.stage.process([record_of(other, offset=7)])
            rig.stage.revoked()
            await rig.stage.flush()
            assert await self._reached(rig) == 0


class LosesAnAnswer(Database):
    """A database whose commit happens while its answer is lost, when it is told to lose one."""

    def __init__(self, url: str) -> None:
        super().__init__(open_engine(url))
        self.losing = False

    @override
    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        async with super().write() as conn:
            yield conn
        if self.losing:
            self.losing = False
            raise DatabaseAway("the connection was lost during the commit")


class TestCommitWithoutAnAnswer:
    async def test_is_published_once_and_before_what_follows(self, place: Place) -> None:
        async with toy_rig(place, open_it=LosesAnAnswer) as rig:
            assert isinstance(rig.database, LosesAnAnswer)
            assert isinstance(rig.publisher, MemoryPublisher)
            first = [record_of(toy_event("a", number=1), offset=0)]
            await rig.stage.take_lanes()
            await rig.stage.process([record_of(toy_event("b", number=1), offset=9)])
            rig.database.losing = True
            with pytest.raises(DatabaseAway):
                await rig.stage.process(first)
            await rig.stage.process(first)
            await rig.stage.process([record_of(toy_event("a", number=2), offset=1)])
            assert subjects_of(rig.publisher.sent) == [("b", 1), ("a", 1), ("a", 2)]
            await rig.stage.flush()
            async with rig.database.read() as conn:
                assert await outbox.leftovers(conn, stage="toy", partition=0) == []


class TestBadRecord:
    async def test_becomes_one_dead_letter_and_the_next_good_one_goes_through(
        self, place: Place
    ) -> None:
        async with toy_rig(place) as rig:
            bad = record_of(toy_event("x", number=1, kind="toy.bad"), offset=0)
            await rig.stage.process([bad, record_of(toy_event("a", number=1), offset=1)])
            await rig.stage.process([bad])
            assert await rig.counts() == {"a": 1}
            assert isinstance(rig.publisher, MemoryPublisher)
            assert [m.topic for m in rig.publisher.sent] == ["toy.dead-letters.v1", "out"]
            assert position_of(rig.publisher.sent[0].key) == "in/0/0"


class TestUnreadableRecord:
    async def test_becomes_a_dead_letter_with_its_bytes_whatever_they_may_look_like(
        self, place: Place
    ) -> None:
        async with toy_rig(place) as rig:
            sound = record_of(toy_event("a", number=1), offset=0)
            why = Rejected("unreadable_frame", (Fault("frame", "is not what was sent"),))
            await rig.stage.process([sound._replace(unreadable=why, value=b"\xff")])
            assert await rig.counts() == {}
            assert isinstance(rig.publisher, MemoryPublisher)
            (letter,) = rig.publisher.sent
            assert letter.value == b"\xff"
            assert dict(letter.headers)["tongxin_code"] == b"unreadable_frame"


class TestOutbox:
    async def test_is_published_by_the_next_owner_before_its_first_record(
        self, place: Place
    ) -> None:
        async with toy_rig(place) as dying:
            assert isinstance(dying.publisher, MemoryPublisher)
            dying.publisher.broken = True
            await dying.stage.process([record_of(toy_event("a", number=1), offset=0)])
            await dying.stage._outgoing.settle()
            assert isinstance(dying.fatal[0], ConnectionError)
        async with toy_rig(place) as heir:
            await heir.stage.process([record_of(toy_event("a", number=2), offset=1)])
            assert isinstance(heir.publisher, MemoryPublisher)
            assert [n for _, n in subjects_of(heir.publisher.sent)] == [1, 2]

    async def test_is_not_sent_again_after_a_clean_stop(self, place: Place) -> None:
        async with toy_rig(place) as rig:
            await rig.stage.process([record_of(toy_event("a", number=1), offset=0)])
            await rig.stage.flush()
        async with toy_rig(place) as heir:
            heir.stage.assigned({0})
            await heir.stage.take_lanes()
            assert isinstance(heir.publisher, MemoryPublisher)
            assert heir.publisher.sent == []
            assert await heir.rows(OutboxChunk) == 1


def must_be_alone(number: int) -> Record:
    return record_of(toy_event("a", number=number, kind="toy.alone"), offset=number)


class TestFence:
    async def test_knows_all_lanes_from_the_first_that_is_taken(self, place: Place) -> None:
        async with toy_rig(place) as one_of_two:
            one_of_two.stage.assigned({1})
            await one_of_two.stage.take_lanes()
            async with one_of_two.database.read() as conn:
                assert await fence.lanes_known(conn) == 4

    async def test_refuses_a_former_owner(self, place: Place) -> None:
        async with toy_rig(place) as zombie, toy_rig(place) as owner:
            await zombie.stage.process([record_of(toy_event("a", number=1), offset=0)])
            await owner.stage.process([record_of(toy_event("a", number=2), offset=1)])
            with pytest.raises(Fenced):
                await zombie.stage.process([record_of(toy_event("a", number=3), offset=2)])
            assert await owner.counts() == {"a": 2}

    async def test_lets_a_fenced_process_take_the_lane_again(self, place: Place) -> None:
        async with toy_rig(place) as first, toy_rig(place) as second:
            await first.stage.process([record_of(toy_event("a", number=1), offset=0)])
            await second.stage.process([record_of(toy_event("a", number=2), offset=1)])
            with pytest.raises(Fenced):
                await first.stage.process([record_of(toy_event("a", number=3), offset=2)])
            await first.stage.process([record_of(toy_event("a", number=3), offset=2)])
            assert await first.counts() == {"a": 3}

    async def test_refuses_who_must_be_alone_when_another_joins(self, place: Place) -> None:
        async with toy_rig(place) as rig, toy_rig(place) as joining:
            rig.stage.assigned({0, 1, 2, 3})
            await rig.stage.process([must_be_alone(1)])
            joining.stage.assigned({3})
            await joining.stage.take_lanes()
            with pytest.raises(Fenced):
                await rig.stage.process([must_be_alone(2)])
            rig.stage.assigned({0, 1, 2})
            await rig.stage.process([must_be_alone(2)])
            assert rig.toy.alone == [True, True, False]
            assert await rig.counts() == {"a": 2}

    async def test_minds_nobody_who_joins_where_that_does_not_matter(self, place: Place) -> None:
        async with toy_rig(place) as rig, toy_rig(place) as joining:
            rig.stage.assigned({0, 1, 2, 3})
            await rig.stage.take_lanes()
            joining.stage.assigned({3})
            await joining.stage.take_lanes()
            await rig.stage.process([record_of(toy_event("a", number=1), offset=0)])
            assert await rig.counts() == {"a": 1}


class TestTimer:
    async def test_fires_once_and_not_before_its_time(self, place: Place) -> None:
        async with toy_rig(place) as rig:
            rig.stage.assigned({0})
            await rig.stage.process(
                [record_of(toy_event("a", number=1, kind="toy.timed"), offset=0)]
            )
            rig.clock.advance(59)
            assert await rig.stage.fire_due() == 0
            rig.clock.advance(2)
            assert await rig.stage.fire_due() == 1
            assert await rig.stage.fire_due() == 0
            assert await rig.rows(Timer) == 0

    async def test_that_fired_in_the_past_fires_again_whether_it_is_set_or_not(
        self, place: Place
    ) -> None:
        at = NOON + timedelta(minutes=2)
        async with toy_rig(place) as rig:
            rig.stage.assigned({0})
            await rig.stage.process(
                [record_of(toy_event("a", number=1, kind="toy.timed"), offset=0)]
            )
            due = frozenset(
                Deadline(subject=subject, kind="ring", partition=0, due_at=at)
                for subject in (derived_id("toy", "a"), derived_id("toy", "b"))
            )
            await rig.stage.decide_again(Load(due_of=frozenset({0}), due=due, at=at))
            await rig.stage.flush()
            assert isinstance(rig.publisher, MemoryPublisher)
            assert {subject for subject, _ in subjects_of(rig.publisher.sent)} == {
                "a",
                *(str(deadline.subject) for deadline in due),
            }
            assert await rig.rows(Timer) == 0

    async def test_that_is_not_due_yet_makes_an_idle_round(self, place: Place) -> None:
        async with toy_rig(place) as rig:
            rounds = partial(
                rig.registry.get_sample_value, "tongxin_stage_idle_rounds_total", {"stage": "toy"}
            )
            await rig.stage.fire_due()
            assert rounds() == 0  # of no lane
            rig.stage.assigned({0})
            await rig.stage.process(
                [record_of(toy_event("a", number=1, kind="toy.timed"), offset=0)]
            )
            await rig.stage.fire_due()
            assert rounds() == 1
            rig.clock.advance(61)
            await rig.stage.fire_due()
            assert rounds() == 1

    async def test_of_a_lane_that_another_process_owns_is_left_alone(self, place: Place) -> None:
        async with toy_rig(place) as rig:
            await rig.stage.process(
                [record_of(toy_event("a", number=1, kind="toy.timed"), offset=0)]
            )
            rig.clock.advance(100)
            rig.stage.assigned({1})
            assert await rig.stage.fire_due() == 0
            assert await rig.rows(Timer) == 1
