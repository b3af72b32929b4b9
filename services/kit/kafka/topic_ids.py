"""The ids of topics, which tell a topic from one of the same name that was deleted before it.

aiokafka (0.14) asks for metadata up to version 5; ids come with version 10 (Kafka 2.8).
"""

from io import BytesIO
from typing import Any, ClassVar, Final
from uuid import UUID

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    AbstractType,
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)
from typing_extensions import override

_METADATA: Final = 3
_VERSION: Final = 12
_UUID_BYTES: Final = 16
_NO: Final = (False, False)
"""Neither make topics that are asked for, nor say who may do what."""


class _Uuid(AbstractType[UUID]):  # type: ignore[misc] # aiokafka has no types
    @classmethod
    @override
    def encode(cls, value: UUID) -> bytes:
        return value.bytes

    @classmethod
    @override
    def decode(cls, data: BytesIO) -> UUID:
        return UUID(bytes=data.read(_UUID_BYTES))


_PARTITION: Final = Schema(
    ("error_code", Int16),
    ("partition", Int32),
    ("leader", Int32),
    ("leader_epoch", Int32),
    ("replicas", CompactArray(Int32)),
    ("isr", CompactArray(Int32)),
    ("offline", CompactArray(Int32)),
    ("tags", TaggedFields),
)
_TOPIC: Final = Schema(
    ("error_code", Int16),
    ("topic", CompactString("utf-8")),
    ("topic_id", _Uuid),
    ("is_internal", Boolean),
    ("partitions", CompactArray(_PARTITION)),
    ("authorized_operations", Int32),
    ("tags", TaggedFields),
)
_BROKER: Final = Schema(
    ("node_id", Int32),
    ("host", CompactString("utf-8")),
    ("port", Int32),
    ("rack", CompactString("utf-8")),
    ("tags", TaggedFields),
)


class _Answer(Response):  # type: ignore[misc] # aiokafka has no types
    API_KEY: ClassVar[int] = _METADATA
    API_VERSION: ClassVar[int] = _VERSION
    SCHEMA: ClassVar[Any] = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", CompactArray(_BROKER)),
        ("cluster_id", CompactString("utf-8")),
        ("controller_id", Int32),
        ("topics", CompactArray(_TOPIC)),
        ("tags", TaggedFields),
    )


class _Question(RequestStruct):  # type: ignore[misc] # aiokafka has no types
    FLEXIBLE_VERSION: ClassVar[bool] = True
    API_KEY: ClassVar[int] = _METADATA
    API_VERSION: ClassVar[int] = _VERSION
    RESPONSE_TYPE: ClassVar[Any] = _Answer
    SCHEMA: ClassVar[Any] = Schema(
        ("topics", CompactArray(Int32)),  # always null: all of them
        ("allow_auto_topic_creation", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class _AllTopics(Request[_Question]):  # type: ignore[misc] # aiokafka has no types
    API_KEY = _METADATA

    @override
    def build(self, request_struct_class: type[_Question]) -> _Question:
        return request_struct_class(None, *_NO, {})


async def topic_ids(admin: AIOKafkaAdminClient) -> dict[str, UUID]:
    """Return the id of every topic. Raises `KafkaError`."""
    answer = await admin._send_request(_AllTopics())  # noqa: SLF001 - there is no public way (0.14)
    found = answer.to_object()["topics"]
    return {topic["topic"]: topic["topic_id"] for topic in found if not topic["error_code"]}
