"""A row in which everybody else uses another Kafka client than ours, in every way it offers."""

import asyncio
import contextlib
import json
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from confluent_kafka import KafkaException

from schemas.topics import INCIDENT_REPORTS, feedback_of
from schemas.vocabulary import case_id_for
from services.kit.clock import system_clock
from tests.faults.history import Appender, Sent
from tests.faults.load.asked import Load
from tests.faults.load.foreign import Mouth, NotTaken
from tests.faults.load.teller import ended
from tests.faults.rows.row import Form, Row, enter
from tests.faults.stand import Setting, Stand

_SOURCE: Final = "grid-app"
_PARTY: Final = "police"
_AT: Final = "2026-05-01T08:00:00+08:00"
_SHORT_SECONDS: Final = 5.0
_POLL_SECONDS: Final = 0.25


async def transactions_left_open(stand: Stand, form: Form) -> None:
    """Begin transactions and end none: of each two, one client comes back and one is gone.

    Whatever others write behind them waits meanwhile. What the second began, a broker takes back.
    """
    with Appender(stand.recorder.folder / "sent-left-open.jsonl") as history:
        for number in range(int(form.pick(1, 8))):
            await asyncio.sleep(1.0)
            with stand.recorder.lasting("transactions left open", "topics"):
                await _left_open(stand, number, history)


async def _left_open(stand: Stand, number: int, history: Appender) -> None:
    names = [f"left-open.{number}.{which}" for which in ("back", "gone")]
    begun: list[Sent] = []
    for name, (topic, line, body) in zip(names, _said(number), strict=True):
        attempt = 2 * number + len(begun) + 1
        begun.append(Sent(attempt=attempt, outcome="unknown", begun_at=system_clock(), **line))
        history.add(begun[-1])
        await asyncio.to_thread(_say_and_leave, stand.kafka, name, topic, json.dumps(body).encode())
    ends = await _ends(stand, "read_uncommitted")
    await asyncio.to_thread(Mouth(stand.kafka, name=names[0], manner="transactional").begin)
    while any(end < ends[tp] for tp, end in (await _ends(stand, "read_committed")).items()):  # noqa: ASYNC110 - a broker tells nobody
        await asyncio.sleep(_POLL_SECONDS)
    for sent in begun:
        history.add(ended(sent, outcome="refused", note="never committed"))


def _said(number: int) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Return a report and an answer to it: topic, line of the history, body."""
    id_ = f"left-open-{number}"
    case_id = str(case_id_for(_SOURCE, id_))
    report = {"source": _SOURCE, "id": id_}
    answer = {"case_id": case_id, "kind": "accepted"}
    told = {
        "channel": "grid_member",
        "category": "P0101",
        "place": {"point": {"lat": 28.7, "lon": 116.0}},
        "description": "fault suite, left open",
        "reported_at": _AT,
    }
    return [
        (INCIDENT_REPORTS, {"op": "report", **report}, report | told),
        (
            feedback_of(_PARTY),
            {"op": "feedback", "party": _PARTY, "id": id_, **answer},
            answer | {"feedback_id": id_, "at": _AT},
        ),
    ]


def _say_and_leave(kafka: str, name: str, topic: str, value: bytes) -> None:
    mouth = Mouth(kafka, name=name, manner="transactional", timeout_seconds=_SHORT_SECONDS)
    mouth.begin()
    mouth.open()
    # Of a slow machine a broker may take it back before it is said.
    with contextlib.suppress(KafkaException, NotTaken):
        mouth.say(topic, key="left open", value=value, headers=[])


async def _ends(stand: Stand, level: str) -> dict[TopicPartition, int]:
    """Return where each partition ends for readers of committed records, or of all."""
    consumer = AIOKafkaConsumer(*stand.topics, bootstrap_servers=stand.kafka, isolation_level=level)
    await consumer.start()
    try:
        found: dict[TopicPartition, int] = await consumer.end_offsets(consumer.assignment())
        return found
    finally:
        await consumer.stop()


enter(
    Row(
        id="R-44",
        title="another client: partitions by CRC32, every codec, aborted and open transactions",
        aims="I1 I2 I5 I7",
        inject=transactions_left_open,
        engines=("sqlite", "postgres"),
        # Answers that wait behind an open transaction are still in time.
        setting=Setting(factor=60.0),
        load=Load(reports=100, librdkafka=True),
    ),
)
