"""The people in charge of the play: a dispatcher, a shift lead, a supervisor, who command."""

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from schemas.cloudevents import attributes
from schemas.topics import CASES, COMMANDS
from schemas.vocabulary import Door
from services.demo.scenes import SET_PIECES, Cue
from services.demo.stagehand import Pace, Scene, Voice, ear
from services.machine.children import become_child


class Cues:
    """What is still to be said in each scene, each thing once."""

    def __init__(self) -> None:
        """Begin with all of them."""
        self._left = {str(piece.case_id): list(piece.cues) for piece in SET_PIECES}

    def of(self, kind: str, case_id: str) -> Cue | None:
        """Return what comes next in a scene if this event was awaited for it."""
        left = self._left.get(case_id)
        return left.pop(0) if left and left[0].after == kind else None


async def play(scene: Scene) -> None:
    """Command until ended."""
    pace, cues = Pace(scene.clock), Cues()
    waiting: set[asyncio.Task[None]] = set()
    async with Voice(scene.kafka, name="demo.in-charge") as voice:
        consumer = await ear(scene.kafka, [CASES])
        try:
            async for record in consumer:
                told = attributes(record.headers)
                cue = cues.of(told["type"], told["subject"])
                if cue is not None:
                    task = asyncio.create_task(_say(pace, voice, cue, json.loads(record.value)))
                    waiting.add(task)
                    task.add_done_callback(waiting.discard)
        finally:
            await consumer.stop()


def spoken(cue: Cue, event: dict[str, Any], *, at: datetime) -> dict[str, Any]:
    """Return the command that a cue leads to after an event, said at an instant."""
    case_id = event["case_id"]
    return {
        "command_id": f"{cue.kind}:{case_id}:{event['at']}",
        "case_id": case_id,
        "kind": cue.kind,
        "at": at.isoformat(),
        "acting": {"person": cue.person, "roles": [cue.role], "door": Door.KAFKA},
        **{
            name: (at + said).isoformat() if isinstance(said, timedelta) else said
            for name, said in cue.says.items()
        },
        **{name: event[name] for name in cue.copied},
    }


async def _say(pace: Pace, voice: Voice, cue: Cue, event: dict[str, Any]) -> None:
    await pace.until(pace.now() + cue.wait)
    await voice.say(COMMANDS, key=event["case_id"], body=spoken(cue, event, at=pace.now()))


def main(scene: Scene, _names: Sequence[str], log: Path) -> None:
    """Run as a program of its own."""
    become_child(log)
    asyncio.run(play(scene))
