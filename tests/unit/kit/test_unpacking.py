"""Compressed batches of every codec, in every framing that clients write, up to a bound."""

import gzip
import struct
from collections.abc import Callable

import cramjam
import pytest

from services.kit.kafka.unpacking import unpacked
from services.kit.records import Rejected
from tests.support.frames import GZIP, LZ4, SNAPPY, ZSTD

XERIAL = b"\x82SNAPPY\x00" + struct.pack(">ii", 1, 1)


def raw_snappy(plain: bytes) -> bytes:
    return bytes(cramjam.snappy.compress_raw(plain))


def xerial(plain: bytes) -> bytes:
    """Return snappy as Java's clients write it."""
    blocks = [raw_snappy(plain[at : at + 32_768]) for at in range(0, len(plain), 32_768)]
    return XERIAL + b"".join(struct.pack(">i", len(block)) + block for block in blocks)


def two_members(plain: bytes) -> bytes:
    middle = len(plain) // 2
    return gzip.compress(plain[:middle]) + gzip.compress(plain[middle:])


CODECS = pytest.mark.parametrize(
    ("codec", "pack"),
    [
        (GZIP, gzip.compress),
        (GZIP, two_members),
        (SNAPPY, raw_snappy),
        (SNAPPY, xerial),
        (LZ4, lambda plain: bytes(cramjam.lz4.compress(plain))),
        (ZSTD, lambda plain: bytes(cramjam.zstd.compress(plain))),
    ],
    ids=["gzip", "gzip members", "snappy", "xerial", "lz4", "zstd"],
)
PLAIN = bytes(range(256)) * 400


@CODECS
class TestBatch:
    def test_up_to_the_bound_is_unpacked(self, codec: int, pack: Callable[[bytes], bytes]) -> None:
        assert unpacked(codec, pack(PLAIN), limit=len(PLAIN)) == PLAIN

    def test_beyond_the_bound_is_too_large(
        self, codec: int, pack: Callable[[bytes], bytes]
    ) -> None:
        with pytest.raises(Rejected, match="unpacks to more than 102399 bytes") as refused:
            unpacked(codec, pack(PLAIN), limit=len(PLAIN) - 1)
        assert refused.value.code == "too_large"

    @pytest.mark.parametrize("end", [3, -5])
    def test_that_is_cut_off_says_so(
        self, codec: int, pack: Callable[[bytes], bytes], end: int
    ) -> None:
        with pytest.raises(Rejected, match="is no sound") as refused:
            unpacked(codec, pack(PLAIN)[:end])
        assert refused.value.code == "unreadable_frame"


class TestGzip:
    def test_may_be_followed_by_anything(self) -> None:
        assert unpacked(GZIP, gzip.compress(b"sound") + b"\0?") == b"sound"

    def test_of_ever_so_many_members_is_refused(self) -> None:
        with pytest.raises(Rejected, match="more than 1000 parts"):
            unpacked(GZIP, gzip.compress(b"") * 1_001)


class TestSnappy:
    @pytest.mark.parametrize("length", [-4, 0, 1_000_000])
    def test_with_a_block_of_a_wrong_length_is_refused(self, length: int) -> None:
        with pytest.raises(Rejected, match="a block has"):
            unpacked(SNAPPY, XERIAL + struct.pack(">i", length) + b"abcd")


class TestUnknownCodec:
    @pytest.mark.parametrize("codec", [5, 6, 7])
    def test_is_named(self, codec: int) -> None:
        with pytest.raises(Rejected, match=f"codec {codec}, which Kafka does not have"):
            unpacked(codec, b"")
