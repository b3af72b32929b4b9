"""Record batches that no careful client writes: what is sound is read, the rest stands aside."""

import gzip
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import READ_COMMITTED
from aiokafka.record.util import calc_crc32c
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kit.kafka.bounds import MAX_UNPACKED
from services.kit.kafka.frames import ForeignRecords, Frames, UnreadableFrame
from tests.support.frames import GZIP, NONE, frame, record, varint

_NUMBERS = count()


class Partition:
    """A partition that is fetched until everything was handed out, as a consumer does."""

    def __init__(self, *frames: bytes) -> None:
        self.frames = frames
        self.tp = TopicPartition("frames", next(_NUMBERS))
        self.position = 0
        self.fetches = 0

    def fetch(self, *, aborted: list[tuple[int, int]] | None = None) -> list[Any]:
        """Return what one fetch from the position on hands out."""
        self.fetches += 1
        fetched = Frames(b"".join(self.frames))
        assert fetched.size_in_bytes() == sum(map(len, self.frames))
        records = ForeignRecords(
            tp=self.tp,
            records=fetched,
            aborted_transactions=aborted,
            fetch_offset=self.position,
            key_deserializer=None,
            value_deserializer=None,
            check_crcs=True,
            isolation_level=READ_COMMITTED,
        )
        found = list(records)
        self.position = records.next_fetch_offset
        return found

    def all(self) -> list[Any]:
        """Return what a fetch hands out, and the one after it when that was nothing."""
        return self.fetch() or self.fetch()


def told(found: list[Any]) -> list[tuple[int, Any]]:
    return [(r.offset, r.why.code if isinstance(r, UnreadableFrame) else r.value) for r in found]


def good(base: int) -> bytes:
    return frame(record(0, b"good"), count=1, base=base)


class TestBatch:
    def test_of_any_kind_is_read_in_order(self) -> None:
        packed = gzip.compress(record(0, b"b") + record(1, None, key=None, headers=[(b"", None)]))
        partition = Partition(good(0), frame(packed, count=2, base=1, codec=GZIP), good(3))
        found = partition.fetch()
        assert told(found) == [(0, b"good"), (1, b"b"), (2, None), (3, b"good")]
        assert found[2].headers == (("", None),)
        assert partition.position == 4

    @pytest.mark.parametrize(
        "spoiled",
        [
            frame(b"no gzip at all", count=2, base=1, codec=GZIP),
            frame(record(0) + record(1), count=2, base=1, codec=7),
            frame(b"no records", count=2, base=1),
        ],
        ids=["codec", "unknown codec", "records"],
    )
    def test_that_cannot_be_unpacked_stands_aside_whole(self, spoiled: bytes) -> None:
        found = Partition(good(0), spoiled, good(3)).fetch()
        assert told(found) == [(0, b"good"), (2, "unreadable_frame"), (3, b"good")]

    def test_keeps_its_raw_bytes_and_says_where_it_stands(self) -> None:
        spoiled = frame(b"no gzip", count=5, base=1, codec=GZIP)
        (stand_in,) = Partition(spoiled).fetch()
        assert isinstance(stand_in, UnreadableFrame)
        assert stand_in.value == spoiled
        assert str(stand_in.why).endswith("frame: stands at the offsets 1 to 5")

    @pytest.mark.parametrize(
        "spoil",
        [lambda b: b[:-1] + b"?", lambda b: b[:70], lambda b: b[:20], lambda b: b[:5]],
        ids=["checksum", "cut off", "header cut off", "length cut off"],
    )
    def test_that_came_otherwise_than_sent_is_fetched_once_more(
        self, spoil: Callable[[bytes], bytes]
    ) -> None:
        partition = Partition(spoil(frame(record(0, b"a long enough value"), count=1)))
        assert partition.fetch() == []
        assert partition.position == 0
        assert told(partition.fetch()) == [(0, "unreadable_frame")]
        assert partition.position == 1

    def test_cut_off_at_the_end_of_a_fetch_is_left_for_the_next(self) -> None:
        partition = Partition(good(0), good(1)[:30])
        assert told(partition.fetch()) == [(0, b"good")]
        assert partition.position == 1

    @pytest.mark.parametrize("magic", [0, 1, 3])
    def test_of_another_format_stands_aside(self, magic: int) -> None:
        found = Partition(frame(record(0), count=1, magic=magic)).all()
        assert told(found) == [(0, "unreadable_frame")]

    def test_that_unpacks_to_too_much_is_too_large(self) -> None:
        bomb = gzip.compress(bytes(MAX_UNPACKED + 1), 1)
        found = Partition(frame(bomb, count=1, codec=GZIP), good(1)).fetch()
        assert told(found) == [(0, "too_large"), (1, b"good")]

    def test_much_of_it_is_handed_out_over_several_fetches(self) -> None:
        large = frame(gzip.compress(record(0, bytes(5_000_000)), 1), count=1, codec=GZIP)
        frames = [large[:7] + bytes([n]) + large[8:] for n in range(4)]
        partition = Partition(*frames)
        assert [r.offset for r in partition.fetch()] == [0, 1]
        assert partition.position == 2


class TestRecord:
    @pytest.mark.parametrize(
        "spoiled",
        [
            record(1, headers=[(b"a", b"b")], header_count=9),
            record(1, headers=[(b"a", b"b")], header_count=-1),
            record(1)[:-1] + varint(1),
            varint(5) + b"\0\0\2\xfe\xff",
            varint(12) + b"\xff" * 12,
            varint(14) + b"\0\0\2\2k" + varint(2**40) + b"???",
        ],
        ids=["headers", "negative headers", "no header", "short", "varint", "value"],
    )
    def test_that_is_broken_stands_aside_alone(self, spoiled: bytes) -> None:
        body = record(0, b"one") + spoiled + record(2, b"three")
        partition = Partition(frame(gzip.compress(body), count=3, codec=GZIP))
        found = partition.fetch()
        assert told(found) == [(0, b"one"), (1, "unreadable_frame"), (2, b"three")]
        assert found[1].value == spoiled
        assert partition.position == 3

    def test_whose_length_is_broken_costs_what_follows_it_in_its_batch(self) -> None:
        body = record(0, b"one") + varint(-7) + varint(2**30) + record(2)
        found = Partition(frame(body, count=4), good(4)).fetch()
        assert told(found) == [
            (0, b"one"),
            (1, "unreadable_frame"),
            (3, "unreadable_frame"),
            (4, b"good"),
        ]

    def test_with_a_header_name_that_is_no_text_is_taken(self) -> None:
        body = record(0, b"one", headers=[(b"\xff", b"x"), (b"ce_id", b"1")]) + record(1)
        found = Partition(frame(body, count=2)).fetch()
        assert told(found) == [(0, b"one"), (1, b"{}")]
        assert found[0].headers == (("\ufffd", b"x"), ("ce_id", b"1"))

    @pytest.mark.parametrize("delta", [-1, 0, 2, 100, 2**40])
    def test_with_an_offset_out_of_order_has_that_of_its_place(self, delta: int) -> None:
        body = record(0, b"one") + record(delta, b"two") + record(2, b"three")
        found = Partition(frame(body, count=3), good(3)).fetch()
        assert told(found) == [(0, b"one"), (1, b"two"), (2, b"three"), (3, b"good")]

    def test_left_by_compaction_keeps_its_offset(self) -> None:
        body = record(1, b"two") + record(4, b"five", headers=[(b"\xff", b"")])
        compacted = bytearray(frame(body, count=6))
        compacted[57:61] = (2).to_bytes(4)
        compacted[17:21] = calc_crc32c(compacted[21:]).to_bytes(4)
        partition = Partition(bytes(compacted))
        assert told(partition.fetch()) == [(1, b"two"), (4, b"five")]
        assert partition.position == 6

    def test_read_before_is_passed_over(self) -> None:
        body = record(0, b"one") + record(1, headers=[(b"\xff", b"")]) + record(2, b"three")
        partition = Partition(frame(body, count=3))
        partition.position = 2
        assert told(partition.fetch()) == [(2, b"three")]


class TestTransaction:
    def test_that_was_aborted_is_not_even_unpacked(self) -> None:
        transactional, producer = 0x10, 7
        lost = frame(b"?", count=1, base=1, codec=GZIP, attributes=transactional, producer=producer)
        partition = Partition(good(0), lost, good(2))
        assert told(partition.fetch(aborted=[(producer, 1)])) == [(0, b"good"), (2, b"good")]

    def test_with_an_end_that_says_nothing_stands_aside(self) -> None:
        control, producer = 0x20, 7
        end = frame(record(0, key=b"?"), count=1, attributes=control, producer=producer)
        assert told(Partition(end, good(1)).fetch()) == [(0, "unreadable_frame"), (1, b"good")]


class TestAnyBytes:
    @settings(max_examples=300)
    @given(
        body=st.binary(max_size=80), records=st.integers(1, 5), codec=st.sampled_from([NONE, GZIP])
    )
    def test_in_a_batch_never_stop_a_partition(self, body: bytes, records: int, codec: int) -> None:
        sent = gzip.compress(body, 1) if codec else body
        spoiled = frame(sent, count=records, codec=codec)
        partition = Partition(spoiled, good(records))
        found = partition.fetch()
        assert partition.position == records + 1
        assert found[-1].value == b"good"
        assert found[0] is not found[-1]

    @settings(max_examples=300)
    @given(fetched=st.binary(min_size=1, max_size=200))
    def test_in_a_fetch_never_stop_a_partition(self, fetched: bytes) -> None:
        partition = Partition(fetched)
        partition.all()
        assert partition.position > 0
