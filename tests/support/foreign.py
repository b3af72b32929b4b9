"""A client that is not ours: librdkafka and the official CloudEvents SDK, reading and writing."""

import time
from collections.abc import Sequence
from typing import Any, Final

from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event, to_binary_event
from cloudevents.core.v1.event import CloudEvent
from confluent_kafka import Consumer, Producer, TopicPartition

from schemas.topics import INCIDENT_REPORTS

_PATIENCE_SECONDS: Final = 60.0


def read_by_confluent(kafka: str, topics: Sequence[str]) -> list[Any]:
    """Return all records that stand on these topics."""
    consumer = Consumer({"bootstrap.servers": kafka, "group.id": "foreign", "log_level": 0})
    try:
        known = consumer.list_topics(timeout=_PATIENCE_SECONDS).topics
        places = [TopicPartition(t, p, 0) for t in topics for p in known[t].partitions]
        ends = {(p.topic, p.partition): consumer.get_watermark_offsets(p) for p in places}
        wanted = sum(high - low for low, high in ends.values())
        consumer.assign(places)
        found: list[Any] = []
        until = time.monotonic() + _PATIENCE_SECONDS
        while len(found) < wanted and time.monotonic() < until:
            found += consumer.consume(wanted - len(found), timeout=1.0)
        return found
    finally:
        consumer.close()


def event_by_sdk(record: Any) -> tuple[dict[str, Any], dict[str, Any]]:  # noqa: ANN401 - confluent-kafka has no types
    """Return the attributes and the data that the official CloudEvents SDK reads from a record."""
    headers = dict(record.headers() or ())
    event = from_binary_event(KafkaMessage(headers, record.key(), record.value()))
    data = event.get_data()
    if not isinstance(data, dict):
        msg = f"{data!r} is no object"
        raise TypeError(msg)
    return dict(event.get_attributes()), data


def reported_by_sdk(kafka: str, report: dict[str, Any]) -> str:
    """Publish a report as the official CloudEvents SDK writes it; returns its position."""
    told = {"type": "incident.reported", "source": "/sdk", "id": report["id"]}
    message = to_binary_event(CloudEvent(told, report))
    producer = Producer({"bootstrap.servers": kafka})
    placed: list[str] = []
    producer.produce(
        INCIDENT_REPORTS,
        message.value,
        message.key,
        headers=[*message.headers.items()],
        on_delivery=lambda _, m: placed.append(f"{m.topic()}/{m.partition()}/{m.offset()}"),
    )
    assert producer.flush(_PATIENCE_SECONDS) == 0
    return placed[0]
