"""Reads record batches of any client, and goes on after one that cannot be read.

aiokafka (0.14) raises for a batch it cannot read, and fetches the same one again for ever: the
partition stands, and others of the consumer with it. Here what cannot be read is handed out as an
`UnreadableFrame`, a stand-in with a position, a reason and the raw bytes; its stage puts it aside.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.consumer.fetcher import PartitionRecords
from aiokafka.errors import KafkaError
from aiokafka.record.default_records import DefaultRecord, DefaultRecordBatch
from typing_extensions import override

from services.kit.kafka.bounds import MAX_UNPACKED
from services.kit.kafka.frame_records import HEADER_BYTES, Broken, header_of, one_by_one
from services.kit.kafka.unpacking import unpacked, unreadable
from services.kit.records import FRAME, Fault, Rejected

_OVERHEAD: Final = struct.Struct(">qi")
_SMALLEST: Final = 14
_MAGIC_AT: Final = 16
_ATTRIBUTES: Final = struct.Struct(">h")
_ATTRIBUTES_AT: Final = 21
_CODEC_MASK: Final = 0x07
_MAGIC: Final = 2
_ROUND_BYTES: Final = MAX_UNPACKED // 2
"""When a fetch has handed out so much of a partition, the rest is fetched again."""


@dataclass
class UnreadableFrame(ConsumerRecord[bytes, bytes]):  # type: ignore[misc] # aiokafka has no types
    """Stands for one record, or for the rest of a batch up to its offset, that cannot be read.

    Its value is the raw bytes, as they were fetched or, within a batch, as they were unpacked.
    """

    why: Rejected


class Frames:
    """The batches of one partition in a fetch, as bytes; one that is cut short only if it is first.

    A broker cuts off the last batch of a fetch when there is no room. It is fetched again.
    """

    def __init__(self, fetched: bytes) -> None:
        """Take what a partition's part of a fetch holds."""
        self._fetched = memoryview(fetched)
        self._at = 0

    def size_in_bytes(self) -> int:
        """Return how much was fetched, as aiokafka asks."""
        return len(self._fetched)

    def has_next(self) -> bool:
        """Tell whether there is a batch left to look at."""
        return self._end() > self._at

    def next_batch(self) -> bytes:
        """Return the next batch."""
        start, self._at = self._at, self._end()
        return bytes(self._fetched[start : self._at])

    def _end(self) -> int:
        size = len(self._fetched)
        if size - self._at >= _OVERHEAD.size:
            _, length = _OVERHEAD.unpack_from(self._fetched, self._at)
            if _SMALLEST <= length <= size - self._at - _OVERHEAD.size:
                return self._at + _OVERHEAD.size + int(length)
        return size if self._at == 0 else self._at


class ForeignRecords(PartitionRecords):  # type: ignore[misc] # aiokafka has no types
    """The records of one partition in a fetch, with a stand-in for each that cannot be read."""

    _asked_again: ClassVar[dict[TopicPartition, int]] = {}
    """Where a batch was not what its sender wrote, which may be the way here: fetched once more."""

    next_fetch_offset: int
    _unpacked_bytes = 0

    @override
    def _unpack_records(self) -> Iterator[ConsumerRecord[bytes, bytes]]:
        while self._records.has_next() and self._unpacked_bytes < _ROUND_BYTES:
            frame = self._records.next_batch()
            try:
                batch = _intact(frame)
            except Rejected as rejected:
                if self._asked_again.get(self._tp) != self.next_fetch_offset:
                    self._asked_again[self._tp] = self.next_fetch_offset
                    return
                stand_in = self._stand_in(frame, rejected)
                self.next_fetch_offset = stand_in.offset + 1
                yield stand_in
                continue
            for record in self._read(batch, frame):
                self.next_fetch_offset = record.offset + 1
                yield record
            # The last records of a batch may have been compacted away.
            self.next_fetch_offset = max(self.next_fetch_offset, batch.next_offset)

    def _read(
        self, batch: DefaultRecordBatch, frame: bytes
    ) -> Iterator[ConsumerRecord[bytes, bytes]]:
        """Yield a batch's records from the offset that was asked for."""
        try:
            if self._is_passed_over(batch):
                return
            plain = _plain(batch, frame)
        except Rejected as rejected:
            yield self._stand_in(frame, rejected)
            return
        self._unpacked_bytes += len(plain)
        for found in _records(plain):
            if found.offset < self.next_fetch_offset:
                continue
            if isinstance(found, Broken):
                yield self._unreadable(found.offset, found.raw, found.why)
            else:
                yield self._consumer_record(self._tp, found)

    def _is_passed_over(self, batch: DefaultRecordBatch) -> bool:
        """Tell whether a batch is of an aborted transaction, or only says how one ended."""
        if self._isolation_level == fetcher.READ_COMMITTED and batch.producer_id is not None:
            self._consume_aborted_up_to(batch.base_offset)
            try:
                if batch.is_control_batch and self._contains_abort_marker(batch):
                    self._aborted_producers.discard(batch.producer_id)
            except (KafkaError, ValueError, struct.error) as error:
                raise unreadable(f"does not say how a transaction ended: {error}") from error
            if batch.is_transactional and batch.producer_id in self._aborted_producers:
                return True
        return bool(batch.is_control_batch)

    def _stand_in(self, frame: bytes, why: Rejected) -> UnreadableFrame:
        """Return what stands for a whole batch, at its last offset if that can be known."""
        first = last = self.next_fetch_offset
        if len(frame) >= HEADER_BYTES and (header := header_of(frame)).is_consistent:
            first, last = header.first, max(header.last, last)
        told = Fault(FRAME, f"stands at the offsets {first} to {last}")
        return self._unreadable(last, frame, Rejected(why.code, (*why.faults, told)))

    def _unreadable(self, offset: int, raw: bytes, why: Rejected) -> UnreadableFrame:
        return UnreadableFrame(
            topic=self._tp.topic,
            partition=self._tp.partition,
            offset=offset,
            timestamp=-1,
            timestamp_type=0,
            key=None,
            value=raw,
            checksum=None,
            serialized_key_size=-1,
            serialized_value_size=len(raw),
            headers=(),
            why=why,
        )


def _intact(frame: bytes) -> DefaultRecordBatch:
    """Return a batch that is as its sender wrote it. Raises `Rejected`."""
    size = len(frame)
    if size < HEADER_BYTES or size != _OVERHEAD.size + _OVERHEAD.unpack_from(frame)[1]:
        raise unreadable(f"is a batch cut off after {size} bytes")
    if frame[_MAGIC_AT] != _MAGIC:
        raise unreadable(f"is a batch of format {frame[_MAGIC_AT]}, only {_MAGIC} is read")
    batch = DefaultRecordBatch(frame)
    if not batch.validate_crc():
        raise unreadable("is not what was sent: its checksum is another")
    return batch


def _plain(batch: DefaultRecordBatch, frame: bytes) -> bytes:
    """Return a batch without its compression. Raises `Rejected`."""
    codec = batch.attributes & _CODEC_MASK
    if not codec:
        return frame
    body = unpacked(codec, frame[HEADER_BYTES:])
    attributes = _ATTRIBUTES.pack(batch.attributes & ~_CODEC_MASK)
    rest = frame[_ATTRIBUTES_AT + _ATTRIBUTES.size : HEADER_BYTES]
    return b"".join((frame[:_ATTRIBUTES_AT], attributes, rest, body))


def _records(plain: bytes) -> Iterator[DefaultRecord | Broken]:
    """Yield the records of an uncompressed batch, by aiokafka's own reader as far as it gets."""
    header, read = header_of(plain), 0
    previous = header.first - 1
    try:
        for record in DefaultRecordBatch(plain):
            if not header.allows(record.offset, after=previous):
                break
            yield record
            read, previous = read + 1, record.offset
        else:
            return
    except Exception:  # noqa: BLE001, S110 - whatever it is, the careful reader says which record
        pass
    yield from one_by_one(plain, after=read)


def expect_foreign_frames() -> None:
    """Let every consumer made from now on in this process read `ForeignRecords`."""
    fetcher.MemoryRecords = Frames
    fetcher.PartitionRecords = ForeignRecords
