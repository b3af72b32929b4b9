"""The departments and the supervision: they answer within moments, some wrongly, some never."""

import asyncio
import json
import random
from collections.abc import Coroutine
from typing import Any, Final

from schemas.cloudevents import Headers, attributes
from schemas.lifecycle import CaseEvent
from schemas.plan import load_plan
from schemas.topics import CASES, NOTICES, assignments, feedback_of
from schemas.vocabulary import REPORTERS, SUPERVISION
from services.demo.stagehand import ear
from services.kit.clock import clock_from
from tests.faults.load.asked import Scene
from tests.faults.load.in_charge import InCharge
from tests.faults.load.teller import Teller
from tests.support.town import PLAN

_EVIDENCE: Final = [
    {"kind": kind, "link": f"https://example.org/{kind}"}
    for kind in ("before_photo", "after_photo", "report", "receipt")
]
_NEEDS: Final[dict[str, dict[str, Any]]] = {
    "done": {"result": "dealt with", "evidence": _EVIDENCE},
    "declined": {"reason": "not ours"},
    "check_failed": {"reason": "not fixed"},
    "reopen": {"reason": "not solved"},
}
_UNCHECKED, _FAILED, _NOT_SOLVED = 0.1, 0.1, 0.1
_WAIT_MS: Final = 200


class Desks:
    """Everybody who answers, in one program that knows the house only through Kafka."""

    def __init__(self, scene: Scene, teller: Teller) -> None:
        self._scene = scene
        self._load = scene.load
        self._teller = teller
        self._in_charge = InCharge(scene, teller)
        self._now = clock_from(scene.clock)
        self._departments = sorted(load_plan(PLAN).departments)
        self._orders: dict[str, dict[str, Any]] = {}
        self._heard: set[str] = set()
        self._work: set[asyncio.Task[None]] = set()

    async def listen(self) -> None:
        """Answer until cancelled."""
        orders = {assignments(code): code for code in self._departments}
        consumer = await ear(self._scene.kafka, [*orders, NOTICES, CASES], wait_ms=_WAIT_MS)
        try:
            async for record in consumer:
                told = self._told(record.headers)
                if told and told["id"] not in self._heard:
                    self._heard.add(told["id"])
                    body = json.loads(record.value)
                    self._hear(orders.get(record.topic), told["type"], body)
        finally:
            await consumer.stop()

    def _told(self, headers: Headers) -> dict[str, str] | None:
        try:
            told = attributes(headers)
        except ValueError:
            return None
        return told if {"id", "type"} <= told.keys() else None

    def _hear(self, department: str | None, kind: str, body: dict[str, Any]) -> None:
        if department is not None:
            if body["role"] == "lead":
                self._orders[body["case_id"]] = body | {"department": department}
            self._do(self._handle(department, body))
            self._do(self._in_charge.hear(body))
        elif kind == CaseEvent.CHECK_REQUESTED:
            self._do(self._check(body))
        elif kind == CaseEvent.CLOSED:
            self._do(self._reopen(body))
        elif kind == CaseEvent.REOPENED:
            self._do(self._in_charge.refuse_reopening(body))
        elif body.get("template") == "rework" and body["case_id"] in self._orders:
            order = self._orders[body["case_id"]]
            self._do(self._rework(order, attempt=str(body["at"])))

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    def _drawn(self, *cause: object) -> random.Random:
        return random.Random(f"{self._scene.seed}{cause}")

    async def _handle(self, department: str, order: dict[str, Any]) -> None:
        chance, load = self._drawn(order["assignment_id"]), self._load
        drawn = chance.random()
        may_leave = order["role"] == "lead" and not order.get("final")
        pressing = order["urgency"] in {"E", "U"}  # others' clocks run longer than a run
        if may_leave and pressing and drawn < load.sleepy:
            return  # the sign clock runs out, and the next is asked
        await asyncio.sleep(chance.uniform(0.01, 0.25))
        if may_leave and drawn < load.sleepy + load.decline:
            await self._say(department, order, "declined")
            return
        if chance.random() < load.foreign:
            others = [code for code in self._departments if code != department]
            await self._say(chance.choice(others), order, "accepted", mark="foreign")
        kinds = ["accepted", "started", "done"]
        if chance.random() < load.shuffled:
            chance.shuffle(kinds)
        for kind in kinds:
            await self._say(department, order, kind)
            await asyncio.sleep(chance.uniform(0.02, 0.4))
        if kinds[-1] != "done":
            await self._say(department, order, "done", mark="again")

    async def _rework(self, order: dict[str, Any], *, attempt: str) -> None:
        await asyncio.sleep(self._drawn(attempt).uniform(0.05, 0.3))
        await self._say(order["department"], order, "done", mark=attempt)

    async def _check(self, body: dict[str, Any]) -> None:
        chance = self._drawn(body["case_id"], body["at"])
        if chance.random() < _UNCHECKED:
            return  # nobody looks in time: the check is waived
        await asyncio.sleep(chance.uniform(0.05, 0.5))
        kind = "check_failed" if chance.random() < _FAILED else "check_passed"
        await self._say(SUPERVISION, {"case_id": body["case_id"]}, kind, mark=body["at"])

    async def _reopen(self, body: dict[str, Any]) -> None:
        """Say of some cases that it is not solved, where those in charge command at all."""
        chance = self._drawn("reopened", body["case_id"], body["at"])
        if chance.random() < _NOT_SOLVED * self._load.commands:
            await asyncio.sleep(chance.uniform(0.05, 0.5))
            await self._say(REPORTERS, {"case_id": body["case_id"]}, "reopen", mark=body["at"])

    async def _say(self, party: str, order: dict[str, Any], kind: str, *, mark: str = "") -> None:
        case_id, assignment = order["case_id"], order.get("assignment_id")
        id_ = f"{assignment or case_id}:{kind}{mark}"
        body = {
            "feedback_id": id_,
            "case_id": case_id,
            "kind": kind,
            "at": self._now().isoformat(),
            **_NEEDS.get(kind, {}),
            **({} if assignment is None else {"assignment_id": assignment}),
            **({"from_the_future": [1]} if self._load.unknown_fields else {}),
        }
        line = {"op": "feedback", "party": party, "id": id_, "kind": kind, "case_id": case_id}
        await self._teller.answer(feedback_of(party), body=body, line=line)
