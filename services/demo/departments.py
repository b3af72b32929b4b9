"""The departments of the play: programs of their own that know Tongxin only through Kafka.

Each reads its work orders and its notices, and answers on its feedback topic. Most accept and
finish; some decline, some are late, some deliver work that does not pass the check.
"""

import asyncio
import json
import random
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from schemas.cloudevents import attributes
from schemas.topics import NOTICES, assignments, feedback_of
from schemas.words.templates import Template
from services.demo.bounds import LONGEST_WORK
from services.demo.scenes import SET_PIECES
from services.demo.stagehand import Pace, Scene, Voice, ear
from services.machine.children import become_child

_DECLINE, _SLEEP, _LATE = 0.07, 0.05, 0.05
_AGAIN = frozenset({Template.REWORK, Template.RESUMED})
_STOP = frozenset({Template.RELEASED, Template.SUSPENDED, Template.TAKEN_BACK, Template.REASSIGNED})
_SILENT = {(str(piece.case_id), piece.silent) for piece in SET_PIECES}


@dataclass(frozen=True, slots=True)
class Order:
    """What the department keeps of a work order."""

    department: str
    case_id: str
    assignment_id: str
    body: dict[str, Any]


class Actor:
    """One department: hears work orders, and answers in its own time."""

    def __init__(self, department: str, *, pace: Pace, voice: Voice, seed: int) -> None:
        """Answer as `department`."""
        self._department = department
        self._pace = pace
        self._voice = voice
        self._seed = seed
        self._orders: dict[str, Order] = {}
        self._work: dict[str, asyncio.Task[None]] = {}

    def hear_order(self, body: dict[str, Any]) -> None:
        """Take a work order up."""
        if (body["case_id"], self._department) in _SILENT:
            return
        order = Order(self._department, body["case_id"], body["assignment_id"], body)
        if body["role"] == "lead":
            self._orders[order.case_id] = order
        self._do(order.case_id, self._handle(order))

    def hear_notice(self, body: dict[str, Any]) -> None:
        """Work again when the check failed or a rest is over; stop when nothing is to be done."""
        case_id = body["case_id"]
        order = self._orders.get(case_id)
        if body["template"] in _AGAIN and order is not None:
            again = self._finish(order, wait=timedelta(minutes=40), attempt=str(body["at"]))
            self._do(case_id, again)
        elif body["template"] in _STOP and case_id in self._work:
            self._work.pop(case_id).cancel()

    def _do(self, case_id: str, work: Coroutine[Any, Any, None]) -> None:
        """Do this for a case from now on, instead of what was being done for it."""
        if case_id in self._work:
            self._work[case_id].cancel()
        self._work[case_id] = asyncio.create_task(work)

    async def _handle(self, order: Order) -> None:
        chance = random.Random(f"{self._seed}{order.assignment_id}")
        now = self._pace.now()
        sign_by = datetime.fromisoformat(order.body["sign_by"])
        due_by = datetime.fromisoformat(order.body["due_by"])
        lead, urgent = order.body["role"] == "lead", order.body["urgency"] == "E"
        drawn = chance.random()
        # On the top level nobody is hurried any more: nobody sleeps when a case comes again.
        if not urgent and lead and order.body["round"] == 1 and drawn < _SLEEP:
            return  # nobody looks: the sign clock runs out, and the next is asked
        await self._pace.until(
            now + (sign_by - now) * chance.uniform(0.02, 0.05 if urgent else 0.25)
        )
        declines = _SLEEP <= drawn < _SLEEP + _DECLINE
        if declines and lead and not urgent and not order.body.get("final"):
            await self._say(order, "declined", reason="这不归我们管 not our duty")
            return
        await self._say(order, "accepted", by=f"{self._department} desk")
        await self._pace.until(self._pace.now() + timedelta(minutes=chance.uniform(2, 12)))
        await self._say(order, "started")
        late = drawn > 1 - _LATE
        share = chance.uniform(1.02, 1.2) if late else chance.uniform(0.1, 0.6)
        await self._finish(order, wait=min((due_by - now) * share, LONGEST_WORK), attempt="1")

    async def _finish(self, order: Order, *, wait: timedelta, attempt: str) -> None:
        await self._pace.until(self._pace.now() + wait)
        evidence = [
            {"kind": kind, "link": "https://example.org/photo"}
            for kind in order.body.get("evidence", ())
        ]
        await self._say(
            order, "done", attempt=attempt, result="已处理 dealt with", evidence=evidence
        )

    async def _say(self, order: Order, kind: str, *, attempt: str = "", **fields: Any) -> None:
        await self._voice.say(
            feedback_of(self._department),
            key=order.case_id,
            body={
                "feedback_id": f"{order.assignment_id}:{kind}{attempt}",
                "case_id": order.case_id,
                "assignment_id": order.assignment_id,
                "kind": kind,
                "at": self._pace.now().isoformat(),
                **fields,
            },
        )


async def play(scene: Scene, departments: Sequence[str]) -> None:
    """Be these departments until ended."""
    pace = Pace(scene.clock)
    async with Voice(scene.kafka, name="demo.departments") as voice:
        actors = {
            code: Actor(code, pace=pace, voice=voice, seed=scene.seed) for code in departments
        }
        orders = {assignments(code): code for code in departments}
        consumer = await ear(scene.kafka, [*orders, NOTICES])
        heard: set[str] = set()
        try:
            async for record in consumer:
                # After a restart a service may publish again what it had published: an old order
                # taken up once more would stop the rework that was under way.
                id_ = attributes(record.headers)["id"]
                if id_ in heard:
                    continue
                heard.add(id_)
                body = json.loads(record.value)
                if record.topic == NOTICES:
                    recipient = body["recipient"].removeprefix("department:").split("/")[0]
                    if recipient in actors:
                        actors[recipient].hear_notice(body)
                else:
                    actors[orders[record.topic]].hear_order(body)
        finally:
            await consumer.stop()


def main(scene: Scene, departments: Sequence[str], log: Path) -> None:
    """Run as a program of its own."""
    become_child(log)
    asyncio.run(play(scene, departments))
