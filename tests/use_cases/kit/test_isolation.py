"""What nobody foresaw about one record or one deadline puts that one aside, and nothing else."""

import logging
from uuid import uuid4

import pytest

from schemas.vocabulary import derived_id
from services.kit.records import Record
from services.kit.sql.faults import DatabaseAway
from services.kit.stage import positions, skips
from services.kit.stage.dead_letters import DeadLetter, opened
from services.kit.stage.fence import Fenced
from services.kit.stage.load import TooManyUnforeseen
from services.kit.stage.skips import Place as At
from services.kit.stage.tables import Timer
from tests.support.databases import Place
from tests.support.toy_stage import Rig, record_of, subjects_of, toy_event, toy_rig

LETTERS = "toy.dead-letters.v1"


def records(*kinds: str) -> list[Record]:
    """Return records of these kinds, each of a subject of its own: a, b, c ..."""
    return [
        record_of(toy_event(chr(ord("a") + n), number=1, kind=f"toy.{kind}"), offset=n)
        for n, kind in enumerate(kinds)
    ]


def letters(rig: Rig) -> list[DeadLetter]:
    """Return the dead letters that were published."""
    return [
        opened(m.key.encode(), m.value or b"", m.headers) for m in rig.sent if m.topic == LETTERS
    ]


class TestRecordThatFails:
    @pytest.mark.parametrize("kind", ["hard", "unfit", "puzzling"])
    async def test_is_put_aside_alone_and_the_others_have_their_effect_in_order(
        self, place: Place, kind: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with toy_rig(place) as rig:
            kinds = ["happened", "happened", kind, "happened", "happened", "happened"]
            with caplog.at_level(logging.ERROR):
                await rig.stage.process(records(*kinds))
            assert await rig.counts() == dict.fromkeys("abdef", 1)
            answered = [m for m in rig.sent if m.topic == "out"]
            assert subjects_of(answered) == [(subject, 1) for subject in "abdef"]
            (letter,) = letters(rig)
            assert (letter.position, letter.code) == ("in/0/2", "unforeseen")
            assert rig.counted("tongxin_unforeseen_total", what="record") == 1
            (told,) = caplog.records
            assert told.__dict__["record"] == "in/0/2"
            assert told.exc_info is not None

    async def test_says_what_was_raised(self, place: Place) -> None:
        async with toy_rig(place) as rig:
            await rig.stage.process(records("hard"))
            (letter,) = letters(rig)
            assert letter.faults[0].reason == "ZeroDivisionError: toy.hard:a"

    async def test_is_put_aside_once_and_taken_when_it_comes_again(self, place: Place) -> None:
        async with toy_rig(place) as rig:
            rig.toy.fail_with = [ValueError("a bug"), ValueError("a bug")]
            (record,) = records("happened")
            await rig.stage.process([record])
            await rig.stage.process([record])
            assert len(letters(rig)) == 1
            await rig.stage.process([record._replace(offset=7)])
            assert await rig.counts() == {"a": 1}

    @pytest.mark.parametrize("fault", [DatabaseAway("gone"), Fenced("of another")])
    async def test_because_of_what_passes_is_not_put_aside(
        self, place: Place, fault: Exception
    ) -> None:
        async with toy_rig(place) as rig:
            rig.toy.fail_with = [fault]
            with pytest.raises(type(fault)):
                await rig.stage.process(records("happened", "happened"))
            await rig.stage.process(records("happened", "happened"))
            assert letters(rig) == []
            assert await rig.counts() == {"a": 1, "b": 1}

    async def test_for_lack_of_a_table_is_not_put_aside(self, place: Place) -> None:
        async with toy_rig(place) as rig:
            with pytest.raises(Exception, match="table_of_the_next_release"):
                await rig.stage.process(records("happened", "unready"))
            assert letters(rig) == []


class TestManyThatFail:
    async def test_in_a_row_stop_the_stage(self, place: Place) -> None:
        async with toy_rig(place, unforeseen_limit=3) as rig:
            with pytest.raises(TooManyUnforeseen, match="3 records in a row"):
                await rig.stage.process(records(*["hard"] * 5))
            assert len(letters(rig)) == 3

    async def test_with_good_ones_between_do_not(self, place: Place) -> None:
        async with toy_rig(place, unforeseen_limit=2) as rig:
            await rig.stage.process(records(*["hard", "hard", "happened"] * 3))
            assert len(letters(rig)) == 6

    async def test_because_they_cannot_be_read_never_do(self, place: Place) -> None:
        async with toy_rig(place, unforeseen_limit=2) as rig:
            await rig.stage.process(records(*["bad"] * 20))
            assert len(letters(rig)) == 20


class TestDeadlineThatFails:
    async def test_is_put_off_longer_each_time_and_the_others_fire(self, place: Place) -> None:
        async with toy_rig(place) as rig:
            rig.stage.assigned({0})
            await rig.stage.process(records("timed", "timed", "timed"))
            rig.toy.hard_timers = {derived_id("toy", "b")}
            rig.clock.advance(61)
            assert await rig.stage.fire_due() == 2
            assert await rig.rows(Timer) == 1
            rig.clock.advance(61)
            assert await rig.stage.fire_due() == 0
            rig.toy.hard_timers = set()
            rig.clock.advance(61)
            assert await rig.stage.fire_due() == 0
            rig.clock.advance(60)
            assert await rig.stage.fire_due() == 1
            assert rig.counted("tongxin_unforeseen_total", what="timer") == 2
            assert letters(rig) == []


class TestRecordToPassOver:
    async def test_becomes_a_dead_letter_with_the_operators_reason(self, place: Place) -> None:
        async with toy_rig(place) as rig:
            now = rig.clock()
            async with rig.database.write() as conn:
                assert await skips.ask(conn, At("in", 0, 1), why="it is nonsense", now=now)
            await rig.stage.process(records("happened", "happened", "happened"))
            assert await rig.counts() == {"a": 1, "c": 1}
            (letter,) = letters(rig)
            assert (letter.position, letter.code) == ("in/0/1", "skipped")
            assert letter.faults[0].reason == "it is nonsense"
            assert rig.counted("tongxin_records_skipped_total") == 1
            async with rig.database.read() as conn:
                assert await skips.pending(conn) == {}

    async def test_is_heard_of_by_a_stage_that_runs(self, place: Place) -> None:
        async with toy_rig(place) as rig:
            rig.stage.assigned({0})
            await rig.stage.take_lanes()
            async with rig.database.write() as conn:
                await skips.ask(conn, At("in", 0, 0), why="x", now=rig.clock())
            await rig.stage.fire_due()
            await rig.stage.process(records("happened"))
            assert [letter.code for letter in letters(rig)] == ["skipped"]

    async def test_is_asked_for_once_until_it_was_passed_over(self, place: Place) -> None:
        async with toy_rig(place) as rig:
            for expected in (True, False):
                async with rig.database.write() as conn:
                    at = At("in", 0, 0)
                    assert await skips.ask(conn, at, why="x", now=rig.clock()) is expected
            await rig.stage.process(records("happened"))
            async with rig.database.write() as conn:
                assert await skips.ask(conn, At("in", 0, 0), why="x", now=rig.clock())


class TestHowFarTheTopicsAreTaken:
    async def test_is_noted_when_all_of_a_batch_is_done(self, place: Place) -> None:
        async with toy_rig(place) as rig:
            begun = {("in", 0): positions.Reached(uuid4(), 0)}
            async with rig.database.write() as conn:
                await positions.begin(conn, stage="toy", found=begun, replace=False)
            rig.toy.fail_with = [DatabaseAway("gone while halving"), ValueError("a bug")]
            with pytest.raises(DatabaseAway):
                await rig.stage.process(records("happened", "happened"))
            await rig.stage.flush()
            assert await self._reached(rig) == 0
            await rig.stage.process(records("happened", "hard"))
            assert await self._reached(rig) == 2

    async def _reached(self, rig: Rig) -> int:
        async with rig.database.read() as conn:
            return (await positions.reached(conn, stage="toy"))["in", 0].next_offset
