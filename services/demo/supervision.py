"""The supervision and the reporters of the play: they check what is done, and complain."""

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from schemas.lifecycle import CaseEvent
from schemas.topics import feedback_of
from schemas.vocabulary import REPORTERS, SUPERVISION
from services.demo.stagehand import Line, Scene, answering
from services.machine.children import become_child

_FAIL, _REOPEN = 0.12, 0.02


async def play(scene: Scene) -> None:
    """Check and complain until ended."""
    await answering(scene, partial(_answer, seed=scene.seed), name="demo.supervision")


def _answer(kind: str, body: dict[str, Any], *, seed: int) -> Line | None:
    chance = random.Random(f"{seed}{kind}{body['case_id']}{body['at']}")
    if kind == CaseEvent.CHECK_REQUESTED:
        wait = timedelta(minutes=chance.uniform(3, 20))
        if chance.random() < _FAIL:
            failed = {"kind": "check_failed", "reason": "还没修好 not fixed"}
            return _line(SUPERVISION, wait, kind, body, said=failed)
        passed = {"kind": "check_passed", "by": "inspector on duty"}
        return _line(SUPERVISION, wait, kind, body, said=passed)
    if kind == CaseEvent.CLOSED and chance.random() < _REOPEN:
        wait = timedelta(minutes=chance.uniform(20, 60))
        again = {"kind": "reopen", "reason": "又坏了 it is broken again"}
        return _line(REPORTERS, wait, kind, body, said=again)
    return None


def _line(
    party: str, wait: timedelta, kind: str, body: dict[str, Any], *, said: dict[str, str]
) -> Line:
    case_id = body["case_id"]
    told = {"case_id": case_id, "feedback_id": f"{kind}:{case_id}:{body['at']}", **said}
    return Line(
        wait=wait,
        topic=feedback_of(party),
        key=case_id,
        body=lambda at: told | {"at": at.isoformat()},
    )


def main(scene: Scene, _names: Sequence[str], log: Path) -> None:
    """Run as a program of its own."""
    become_child(log)
    asyncio.run(play(scene))
