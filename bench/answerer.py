"""Every department at once: accepts, starts and finishes each work order the moment it arrives.

Orders are searched, not parsed, and answers are put together as bytes, so that this process costs
little beside the services it is there to feed.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from bench.job import PLAN
from schemas.plan import load_plan
from schemas.topics import assignments, feedback_of
from services.demo.stagehand import ear
from services.kit.kafka.publisher import Publisher
from services.kit.records import Message
from services.machine.children import become_child

_LEAD = b'"role":"lead"'
_ANSWERS = (
    ("accepted", b""),
    ("started", b""),
    ("done", b',"result":"done","evidence":[{"kind":"after_photo","link":"x"}]'),
)


def main(kafka: str, log: Path, answers: int = len(_ANSWERS)) -> None:
    """Run as a child process until the parent ends it; give the first so many answers only."""
    become_child(log)
    asyncio.run(_answer(kafka, answers))


async def _answer(kafka: str, most: int) -> None:
    topics = {assignments(code): feedback_of(code) for code in load_plan(PLAN).departments}
    publisher = Publisher(kafka, client_id="bench.departments")
    await publisher.start()
    consumer = await ear(kafka, list(topics))
    while True:
        found = await consumer.getmany(timeout_ms=200, max_records=1000)
        answers = [
            answer
            for tp, records in found.items()
            for record in records
            for answer in answers_to(record.value, topic=topics[tp.topic], most=most)
        ]
        if answers:
            await publisher.publish(answers)


def answers_to(order: bytes, *, topic: str, most: int) -> Iterator[Message]:
    """Yield a lead's first answers to a work order; a co-handler only looks on."""
    if _LEAD not in order:
        return
    case = _field(order, b"case_id")
    assignment, at = _field(order, b"assignment_id"), _field(order, b"at")
    for kind, more in _ANSWERS[:most]:
        named = kind.encode()
        value = (
            b'{"feedback_id":"%b:%b","case_id":"%b","assignment_id":"%b","kind":"%b","at":"%b"%b}'
            % (assignment, named, case, assignment, named, at, more)
        )
        yield Message(topic=topic, key=case.decode(), value=value, headers=())


def _field(order: bytes, name: bytes) -> bytes:
    start = order.index(b'"' + name + b'":"') + len(name) + 4
    return order[start : order.index(b'"', start)]
