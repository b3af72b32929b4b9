"""The supervision and the reporters of the play: they check what is done, and complain."""

import asyncio
import json
import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from schemas.cloudevents import event_type
from schemas.lifecycle import CaseEvent
from schemas.topics import CASES, feedback_of
from schemas.vocabulary import REPORTERS, SUPERVISION
from services.demo.stagehand import Pace, Scene, Voice, ear
from services.machine.children import become_child

_FAIL, _REOPEN = 0.12, 0.02


async def play(scene: Scene) -> None:
    """Check and complain until ended."""
    pace = Pace(scene.clock)
    waiting: set[asyncio.Task[None]] = set()
    async with Voice(scene.kafka, name="demo.supervision") as voice:
        consumer = await ear(scene.kafka, [CASES])
        try:
            async for record in consumer:
                kind = event_type(record.headers)
                if kind in {CaseEvent.CHECK_REQUESTED, CaseEvent.CLOSED}:
                    answer = _answer(kind, json.loads(record.value), seed=scene.seed)
                    if answer is not None:
                        task = asyncio.create_task(_say(pace, voice, *answer))
                        waiting.add(task)
                        task.add_done_callback(waiting.discard)
        finally:
            await consumer.stop()


def _answer(
    kind: str, body: dict[str, Any], *, seed: int
) -> tuple[str, timedelta, dict[str, Any]] | None:
    chance = random.Random(f"{seed}{kind}{body['case_id']}{body['at']}")
    told = {"case_id": body["case_id"], "feedback_id": f"{kind}:{body['case_id']}:{body['at']}"}
    if kind == CaseEvent.CHECK_REQUESTED:
        wait = timedelta(minutes=chance.uniform(3, 20))
        if chance.random() < _FAIL:
            return (
                SUPERVISION,
                wait,
                told | {"kind": "check_failed", "reason": "还没修好 not fixed"},
            )
        return SUPERVISION, wait, told | {"kind": "check_passed", "by": "inspector on duty"}
    if chance.random() < _REOPEN:
        wait = timedelta(minutes=chance.uniform(20, 60))
        return REPORTERS, wait, told | {"kind": "reopen", "reason": "又坏了 it is broken again"}
    return None


async def _say(pace: Pace, voice: Voice, party: str, wait: timedelta, body: dict[str, Any]) -> None:
    await pace.until(pace.now() + wait)
    await voice.say(
        feedback_of(party), key=body["case_id"], body=body | {"at": pace.now().isoformat()}
    )


def main(scene: Scene, _names: Sequence[str], log: Path) -> None:
    """Run as a program of its own."""
    become_child(log)
    asyncio.run(play(scene))
