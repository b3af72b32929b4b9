"""What a service decided before is decided again in the order and at the instants of then."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from aiokafka import ConsumerRecord

from schemas.cloudevents import CloudEvent
from services.kit.records import Fault, Incoming, Record, Rejected
from services.kit.recovery.in_turn import InTurn
from services.kit.recovery.past import Past
from services.kit.stage.load import Load
from services.kit.stage.said_before import SaidBefore
from services.kit.stage.timers import Deadline

OURS = "/tongxin/notifier"
CASE = UUID(int=99)
DUE = "2026-05-01T08:00:05+00:00"
BEGAN = datetime(2026, 5, 1, 8, tzinfo=UTC)


def at(second: int) -> datetime:
    return BEGAN + timedelta(seconds=second)


def told(
    cause: str, second: int, source: str = OURS, number: int = 0
) -> ConsumerRecord[bytes, bytes]:
    event = CloudEvent(
        id=UUID(int=second),
        type="case.accepted",
        source=source,
        subject=str(CASE),
        time=at(second),
        data=b"{}",
        key=str(CASE),
        cause=cause,
        sequence=number,
    )
    key = str(CASE).encode()
    return ConsumerRecord("notices.v1", 0, second, 0, 0, key, b"{}", None, 3, 2, event.headers())


def past(causes: dict[str, int], known_to: int = 0) -> Past:
    found = Past(SaidBefore(OURS), at(known_to))
    for cause, second in causes.items():
        found.note(told(cause, second))
    return found


def decided(number: int, second: int) -> dict[str, int]:
    return {str(UUID(int=number)): second}


class Topics:
    """Two topics of one partition, of which the group has read so many records."""

    def __init__(self, found: Past, *, read: int, end: int) -> None:
        places = [("cases", 0), ("answers", 0)]
        self.in_turn = InTurn(
            found,
            lanes=frozenset({0}),
            begin=dict.fromkeys(places, 0),
            group=dict.fromkeys(places, read),
            ends=dict.fromkeys(places, end),
        )
        self.offsets = {"cases": 0, "answers": 0}

    def add(
        self,
        topic: str,
        number: int | None,
        *,
        refused: bool = False,
        headers: tuple[tuple[str, bytes], ...] = (),
    ) -> None:
        record = Record(topic, 0, self.offsets[topic], b"", b"", headers, 0)
        self.offsets[topic] += 1
        item = None if number is None else Incoming(UUID(int=number), number, record)
        self.in_turn.add(record, Rejected("bad", [Fault("x", "is bad")]) if refused else item)

    def loads(self) -> list[tuple[datetime | None, list[int]]]:
        return [(load.at, [i.event for i in load.incoming]) for load in self.all()]

    def all(self, *, is_all: bool = True) -> list[Load[int]]:
        found = []
        while (load := self.in_turn.next_load(is_all=is_all)) is not None:
            found.append(load)
        return found


class TestRecord:
    def test_of_another_topic_is_decided_before_what_was_decided_later(self) -> None:
        topics = Topics(past(decided(1, 10) | decided(2, 30) | decided(3, 20)), read=9, end=9)
        topics.add("cases", 1)
        topics.add("cases", 2)
        topics.add("answers", 3)
        assert topics.loads() == [(at(10), [1]), (at(20), [3]), (at(30), [2])]

    def test_that_was_decided_with_others_is_so_again(self) -> None:
        topics = Topics(past(decided(1, 10) | decided(2, 10)), read=9, end=9)
        topics.add("cases", 1)
        topics.add("answers", 2)
        assert topics.loads() == [(at(10), [1, 2])]

    def test_comes_in_the_order_in_which_its_case_went_on_at_that_instant(self) -> None:
        found = past({})
        for number, cause in enumerate((3, 1, 2), start=5):
            found.note(told(str(UUID(int=cause)), 10, number=number))
        topics = Topics(found, read=9, end=9)
        for number in (1, 2):
            topics.add("cases", number)
        topics.add("answers", 3)
        assert topics.loads() == [(at(10), [3, 1, 2])]

    def test_that_was_refused_comes_after_what_its_case_had_told(self) -> None:
        found = past({f"{UUID(int=1)}/6": 10})
        for number, cause in enumerate((2, 3, 4), start=5):
            found.note(told(str(UUID(int=cause)), 10, number=number))
        topics = Topics(found, read=9, end=9)
        for number in (1, 2, 4):
            topics.add("answers", number)
        topics.add("cases", 3)
        assert topics.loads() == [(at(10), [2, 3, 1, 4])]

    def test_that_was_refused_comes_after_what_was_refused_before_it(self) -> None:
        found = past({f"{UUID(int=1)}/6/9": 10, f"{UUID(int=2)}/6/8": 10})
        found.note(told(str(UUID(int=3)), 10, number=7))
        topics = Topics(found, read=9, end=9)
        for number in (1, 3):
            topics.add("cases", number)
        topics.add("answers", 2)
        assert topics.loads() == [(at(10), [2, 1, 3])]

    def test_of_which_nothing_was_told_goes_with_the_one_before_it(self) -> None:
        topics = Topics(past(decided(1, 10) | decided(3, 20)), read=9, end=9)
        for number in (1, 2, 3):
            topics.add("cases", number)
        assert topics.loads() == [(at(10), [1, 2]), (at(20), [3])]

    @pytest.mark.parametrize(
        ("source", "second", "instant"),
        [
            ("/tongxin/router", 11, 20),
            ("/tongxin/router", 20, 20),
            ("/tongxin/router", 10, 10),
            ("/tongxin/router", 99, 30),
            ("/elsewhere", 11, 10),
        ],
    )
    def test_of_which_nothing_was_told_is_not_decided_before_our_own_service_told_it(
        self, source: str, second: int, instant: int
    ) -> None:
        found = past(decided(1, 10) | {f"timer/sign/{DUE}": 20} | decided(3, 30))
        topics = Topics(found, read=9, end=9)
        topics.add("cases", 1)
        topics.add("cases", 2, headers=tuple(told("1", second, source).headers))
        topics.add("cases", 3)
        assert [load_at for load_at, numbers in topics.loads() if 2 in numbers] == [at(instant)]

    def test_that_waited_for_its_case_does_not_hold_up_those_behind_it(self) -> None:
        topics = Topics(past(decided(1, 30) | decided(2, 10)), read=9, end=9)
        topics.add("answers", 1)
        topics.add("answers", 2)
        first, second = topics.all()
        assert (first.at, first.taken) == (at(10), {("answers", 0): 0})
        assert (second.at, second.taken) == (at(30), {("answers", 0): 2})

    def test_that_cannot_be_read_is_put_aside_in_its_place(self) -> None:
        topics = Topics(past(decided(1, 10)), read=9, end=9)
        topics.add("cases", 1)
        topics.add("cases", 2, refused=True)
        (load,) = topics.all()
        assert len(load.letters) == 1
        assert load.taken == {("cases", 0): 2}

    def test_that_nobody_had_read_is_left_with_all_behind_it(self) -> None:
        topics = Topics(past(decided(1, 10) | decided(3, 20)), read=1, end=9)
        for number in (1, 2, 3):
            topics.add("cases", number)
        (load,) = topics.all()
        assert load.taken == {("cases", 0): 1}

    def test_waits_as_long_as_an_earlier_one_may_come(self) -> None:
        topics = Topics(past(decided(1, 10) | decided(2, 5)), read=9, end=1)
        topics.add("cases", 1)
        assert topics.all(is_all=False) == []
        topics.add("answers", 2)
        assert [load.at for load in topics.all(is_all=False)] == [at(5), at(10)]


class TestDeadline:
    def test_fires_between_the_records_it_fired_between(self) -> None:
        found = past(decided(1, 10) | {f"timer/sign/{DUE}": 15, f"timer/check/{DUE}/4/5": 15})
        for cause, second in decided(2, 20).items():
            found.note(told(cause, second))
        topics = Topics(found, read=9, end=9)
        topics.add("cases", 1)
        topics.add("cases", 2)
        first, due, last = topics.all()
        assert [load.at for load in (first, due, last)] == [at(10), at(15), at(20)]
        fired = frozenset(
            Deadline(subject=CASE, kind=kind, partition=0, due_at=datetime.fromisoformat(DUE))
            for kind in ("sign", "check")
        )
        assert due.due == fired
        assert first.due_of == last.due_of == frozenset()


class TestPast:
    def test_is_empty_when_the_database_knows_all_that_was_told(self) -> None:
        assert past(decided(1, 10) | {f"timer/sign/{DUE}": 10}, known_to=10).is_empty
        assert not past(decided(1, 11), known_to=10).is_empty

    def test_is_the_service_s_own(self) -> None:
        found = Past(SaidBefore(OURS), None)
        found.note(told("1", 10, source="/tongxin/router"))
        assert found.is_empty

    def test_of_what_an_announcement_tells_is_that_of_its_cause(self) -> None:
        found = past({"1/12/30": 10, "2/12": 10, "3/?": 10, f"timer/sign/{DUE}/4/5": 10})
        assert found.decided == {
            "1": (at(10), (25, 30)),
            "2": (at(10), (25, 0)),
            "3": (at(10), (0, 0)),
        }
