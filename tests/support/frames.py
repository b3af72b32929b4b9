"""Record batches made byte by byte, as a client may that is not ours, and a way to send them."""

import struct
from collections.abc import Sequence
from typing import Final

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import for_code
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.util import calc_crc32c

NONE, GZIP, SNAPPY, LZ4, ZSTD = range(5)
_TIME_MS: Final = 1_777_000_000_000
_BEFORE_CRC: Final = struct.Struct(">qiibI")
_AFTER_CRC: Final = struct.Struct(">hiqqqhii")

RawHeaders = Sequence[tuple[bytes, bytes | None]]


def varint(number: int) -> bytes:
    """Return a number in Kafka's zigzag coding."""
    value, out = (number << 1) ^ (number >> 63), bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _sized(content: bytes | None) -> bytes:
    return varint(-1) if content is None else varint(len(content)) + content


def record(
    delta: int,
    value: bytes | None = b"{}",
    *,
    key: bytes | None = b"k",
    headers: RawHeaders = (),
    header_count: int | None = None,
) -> bytes:
    """Return one record of a batch; `delta` is its offset from the batch's first."""
    told = len(headers) if header_count is None else header_count
    named = b"".join(_sized(name) + _sized(content) for name, content in headers)
    body = b"\0" + varint(0) + varint(delta) + _sized(key) + _sized(value) + varint(told) + named
    return varint(len(body)) + body


def frame(
    body: bytes,
    *,
    count: int,
    base: int = 0,
    codec: int = NONE,
    magic: int = 2,
    attributes: int = 0,
    producer: int = -1,
) -> bytes:
    """Return a batch with a sound header and checksum around whatever its body is."""
    epoch = sequence = -1 if producer < 0 else 0
    counted = _AFTER_CRC.pack(
        attributes | codec, count - 1, _TIME_MS, _TIME_MS, producer, epoch, sequence, count
    )
    summed = counted + body
    length = _BEFORE_CRC.size - struct.calcsize(">qi") + len(summed)
    return _BEFORE_CRC.pack(base, length, -1, magic, calc_crc32c(summed)) + summed


async def send_frames(bootstrap: str, topic: str, *frames: bytes) -> list[str]:
    """Send batches to partition 0 as they are; returns what the broker says of each."""
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    await client.bootstrap()
    try:
        await client.set_topics([topic])
        leader = client.cluster.leader_for_partition(TopicPartition(topic, 0))
        answers = []
        for sent in frames:
            request = ProduceRequest(None, -1, 30_000, [(topic, [(0, sent)])])
            answer = await client.send(leader, request)
            ((_, ((_, code, *_),)),) = answer.topics
            answers.append(str(for_code(code).__name__))
        return answers
    finally:
        await client.close()
