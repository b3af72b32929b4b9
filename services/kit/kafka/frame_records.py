"""Reads the records of a batch one by one, so that one that is broken does not cost the others.

It is slower than aiokafka's reader (0.14) by far, and is asked only when that gave up. A header's
name that is no UTF-8 is no reason to refuse a record: Java's client reads it too.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from aiokafka.record.default_records import DefaultRecord

from services.kit.kafka.unpacking import unreadable
from services.kit.records import Rejected

_HEADER: Final = struct.Struct(">qiibIhiqqqhii")
HEADER_BYTES: Final = _HEADER.size
_APPENDED_AT: Final = 0x08
_LONGEST_VARINT: Final = 10
_CONTINUED: Final = 0x80


@dataclass(frozen=True, slots=True)
class Broken:
    """Stands for a record, or the rest of a batch up to this offset, that cannot be read."""

    offset: int
    raw: bytes
    why: Rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the header of a batch says of its records; times are milliseconds since 1970."""

    first: int
    last: int
    count: int
    first_time: int
    appended_at: int | None

    @property
    def is_consistent(self) -> bool:
        """Tell whether the batch has as many records as offsets, as every sender writes it."""
        return self.last - self.first + 1 == self.count > 0

    def allows(self, offset: int, *, after: int) -> bool:
        """Tell whether a record's offset can be the next; only compaction leaves some out."""
        if self.is_consistent:
            return offset == after + 1
        return after < offset <= self.last


def header_of(frame: bytes) -> Header:
    """Return the header of a batch; it may say anything if the batch is not intact."""
    first, _, _, _, _, attributes, delta, first_time, last_time, _, _, _, count = (
        _HEADER.unpack_from(frame)
    )
    return Header(
        first=first,
        last=first + delta,
        count=count,
        first_time=first_time,
        appended_at=last_time if attributes & _APPENDED_AT else None,
    )


def one_by_one(plain: bytes, *, after: int) -> Iterator[DefaultRecord | Broken]:
    """Yield the records of an uncompressed batch in order, but for the first `after` ones."""
    header = header_of(plain)
    at, previous = HEADER_BYTES, header.first - 1
    for number in range(header.count):
        try:
            raw, end = _bytes(plain, at)
        except ValueError as error:
            why = unreadable(f"record {number + 1} of {header.count}, and what follows: {error}")
            yield Broken(max(header.last, previous + 1), plain[at:], why)
            return
        try:
            found: DefaultRecord | Broken = _record(raw or b"", header, previous=previous)
        except ValueError as error:
            why = unreadable(f"record {number + 1} of {header.count}: {error}")
            found = Broken(previous + 1, plain[at:end], why)
        at, previous = end, found.offset
        if number >= after:
            yield found


def _record(raw: bytes, header: Header, *, previous: int) -> DefaultRecord:
    """Return one record. Raises `ValueError` with what is wrong with it."""
    _, at = _varint(raw, 0)
    later, at = _varint(raw, at)
    delta, at = _varint(raw, at)
    offset = header.first + delta
    if not header.allows(offset, after=previous):
        offset = previous + 1  # a broker takes any, and counts the records by itself
    key, at = _bytes(raw, at)
    value, at = _bytes(raw, at)
    headers, at = _headers(raw, at)
    if at != len(raw):
        msg = f"has {len(raw) - at} bytes too many"
        raise ValueError(msg)
    time = header.first_time + later if header.appended_at is None else header.appended_at
    kind = int(header.appended_at is not None)
    return DefaultRecord(offset, _storable(time), kind, key, value, headers)


def _headers(raw: bytes, at: int) -> tuple[list[tuple[str, bytes | None]], int]:
    count, at = _varint(raw, at)
    if not 0 <= count <= len(raw):
        msg = f"says it has {count} headers"
        raise ValueError(msg)
    found: list[tuple[str, bytes | None]] = []
    for _ in range(count):
        name, at = _bytes(raw, at)
        content, at = _bytes(raw, at)
        if name is None:
            msg = "has a header without a name"
            raise ValueError(msg)
        found.append((name.decode("utf-8", "replace"), content))
    return found, at


def _bytes(raw: bytes, at: int) -> tuple[bytes | None, int]:
    """Return bytes with their length before them, None for a negative one, and where they end."""
    length, at = _varint(raw, at)
    if length < 0:
        return None, at
    if length > len(raw) - at:
        msg = f"has a part of {length} bytes, of which {len(raw) - at} are there"
        raise ValueError(msg)
    return raw[at : at + length], at + length


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    """Return a number in Kafka's zigzag coding, and where it ends."""
    value = 0
    for place, byte in enumerate(raw[at : at + _LONGEST_VARINT]):
        value |= (byte & ~_CONTINUED) << 7 * place
        if not byte & _CONTINUED:
            return (value >> 1) ^ -(value & 1), at + place + 1
    msg = "has a number that does not end"
    raise ValueError(msg)


def _storable(time: int) -> int:
    """Return a time within 64 bits."""
    return max(-(2**63), min(time, 2**63 - 1))
