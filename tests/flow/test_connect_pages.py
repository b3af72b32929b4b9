"""The reader that the department's page gives to begin with, as it stands there."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka.admin import NewTopic

from schemas.events.assignment import WorkOrder
from schemas.events.base import event_of
from schemas.events.feedback import FEEDBACK, Accepted, Feedback
from schemas.topics import assignments, feedback_of
from services.kit.kafka.publisher import Publisher
from services.kit.kafka.topics import administered
from services.kit.records import message_of
from tests.support.command import everything, until
from tests.support.examples import EXAMPLES
from tests.support.node import NODE, node_modules
from tests.support.pages import DEPARTMENT, blocks

pytestmark = pytest.mark.kafka


@asynccontextmanager
async def _running(*command: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=PIPE)
    try:
        yield process
    finally:
        process.kill()
        await process.wait()


async def _order_to(kafka: str, department: str) -> WorkOrder:
    """Make a department's topics and publish a work order twice, as after a kill."""
    topics = [assignments(department), feedback_of(department)]
    async with administered(kafka) as admin:
        await admin.create_topics([NewTopic(t, 2, 1) for t in topics])
    order = WorkOrder.model_validate(
        EXAMPLES[WorkOrder] | {"department": department, "answer_to": topics[1]}, strict=False
    )
    event = event_of(order, service="router", sequence=0, cause="a test")
    publisher = Publisher(kafka, client_id="test")
    await publisher.start()
    try:
        await publisher.publish([message_of(event, topic=topics[0])] * 2)
    finally:
        await publisher.stop()
    return order


async def _answers(kafka: str, department: str) -> list[tuple[bytes, Feedback]]:
    found = await everything(kafka, feedback_of(department))
    return [(record.key, FEEDBACK.validate_json(record.value)) for record in found]


async def _signs(kafka: str, department: str, *command: str) -> None:
    """See that a program signs for an order of its department, and for its repeat not again."""
    order = await _order_to(kafka, department)
    async with _running(*command, kafka, department) as reader:
        assert reader.stdout is not None
        shown = (await reader.stdout.readline()).decode()
        assert order.title_zh in shown
        [(key, answer)] = await until(
            lambda: _answers(kafka, department), told=f"an answer of {department}"
        )
    assert key == str(order.case_id).encode()
    assert isinstance(answer, Accepted)
    assert (answer.case_id, answer.assignment_id) == (order.case_id, order.assignment_id)


class TestReader:
    async def test_in_javascript_signs_for_a_work_order(self, kafka: str, tmp_path: Path) -> None:
        script = tmp_path / "sign.mjs"
        script.write_text(blocks(DEPARTMENT, "js")[0], encoding="utf-8")
        (tmp_path / "node_modules").symlink_to(node_modules())
        await _signs(kafka, "page-javascript", str(NODE), str(script))

    async def test_in_python_signs_for_a_work_order(self, kafka: str, tmp_path: Path) -> None:
        script = tmp_path / "sign.py"
        script.write_text(blocks(DEPARTMENT, "python")[0], encoding="utf-8")
        await _signs(kafka, "page-python", sys.executable, str(script))
