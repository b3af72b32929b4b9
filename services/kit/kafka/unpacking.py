"""Decompresses what a record batch carries, to a bound that no sender can pass.

aiokafka (0.14) decompresses without one: a batch of less than 1 MiB may ask for gigabytes, and a
block of snappy with a negative length for eternity.
"""

import mmap
import struct
import zlib
from collections.abc import Callable
from typing import Any, Final

import cramjam

from services.kit.kafka.bounds import MAX_UNPACKED, MOST_MEMBERS
from services.kit.records import FRAME, Fault, Rejected

_GZIP_WINDOW: Final = 31
_GZIP_MAGIC: Final = b"\x1f\x8b"
_XERIAL_MAGIC: Final = b"\x82SNAPPY\x00"
_XERIAL_HEADER_BYTES: Final = 16
_LENGTH: Final = struct.Struct(">i")
_FULL: Final = "failed to write whole buffer"


def unpacked(codec: int, packed: bytes, *, limit: int = MAX_UNPACKED) -> bytes:
    """Return what a batch's records were before they were compressed, by Kafka's number of a codec.

    Raises `Rejected` with code `too_large` when that is more than `limit` bytes, and with
    `unreadable_frame` when it cannot be done at all.
    """
    if codec not in _CODECS:
        raise unreadable(f"is compressed with codec {codec}, which Kafka does not have")
    name, unpack = _CODECS[codec]
    try:
        return unpack(packed, limit)
    except (zlib.error, cramjam.DecompressionError, struct.error, ValueError) as error:
        if _FULL in str(error):
            told = f"unpacks to more than {limit} bytes"
            raise Rejected("too_large", (Fault(FRAME, told),)) from error
        raise unreadable(f"is no sound {name}: {error}") from error


def unreadable(reason: str) -> Rejected:
    """Return the refusal of a batch, or of a record in one, that no client could read."""
    return Rejected("unreadable_frame", (Fault(FRAME, reason),))


def _gunzip(packed: bytes, limit: int) -> bytes:
    """Return all members of a gzip stream, one after the other; what follows them says nothing."""
    out = bytearray()
    for _ in range(MOST_MEMBERS):
        member = zlib.decompressobj(_GZIP_WINDOW)
        out += member.decompress(packed, limit + 1 - len(out))
        if len(out) > limit:
            raise ValueError(_FULL)
        if not member.eof:
            msg = "it ends too early"
            raise ValueError(msg)
        packed = member.unused_data
        if not packed.startswith(_GZIP_MAGIC):
            return bytes(out)
    msg = f"it has more than {MOST_MEMBERS} parts"
    raise ValueError(msg)


def _unsnap(packed: bytes, limit: int) -> bytes:
    """Return snappy as librdkafka writes it, or in the blocks of Java's xerial."""
    if not packed.startswith(_XERIAL_MAGIC):
        return _unsnap_block(packed, limit)
    out, at = bytearray(), _XERIAL_HEADER_BYTES
    while at < len(packed):
        (length,) = _LENGTH.unpack_from(packed, at)
        at += _LENGTH.size
        if not 0 < length <= len(packed) - at:
            msg = f"a block has {length} bytes of {len(packed) - at}"
            raise ValueError(msg)
        out += _unsnap_block(packed[at : at + length], limit - len(out))
        at += length
    return bytes(out)


def _unsnap_block(block: bytes, limit: int) -> bytes:
    if cramjam.snappy.decompress_raw_len(block) > limit:
        raise ValueError(_FULL)
    return bytes(cramjam.snappy.decompress_raw(block))


def _into_room(decompress_into: Callable[[bytes, Any], int]) -> Callable[[bytes, int], bytes]:
    """Return a decompression into as much memory as may be used; what is not used costs nothing."""

    def unpack(packed: bytes, limit: int) -> bytes:
        with mmap.mmap(-1, limit) as room:
            return room[: decompress_into(packed, room)]

    return unpack


_CODECS: Final[dict[int, tuple[str, Callable[[bytes, int], bytes]]]] = {
    1: ("gzip", _gunzip),
    2: ("snappy", _unsnap),
    3: ("lz4", _into_room(cramjam.lz4.decompress_into)),
    4: ("zstd", _into_room(cramjam.zstd.decompress_into)),
}
