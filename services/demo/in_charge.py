"""The people in charge of the play: a dispatcher, a shift lead, a supervisor, who command."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from schemas.topics import COMMANDS
from schemas.vocabulary import Door
from services.demo.scenes import SET_PIECES, Cue
from services.demo.stagehand import Line, Scene, answering
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


def spoken(cue: Cue, event: dict[str, Any], at: datetime) -> dict[str, Any]:
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


async def play(scene: Scene) -> None:
    """Command until ended."""
    cues = Cues()

    def react(kind: str, event: dict[str, Any]) -> Line | None:
        cue = cues.of(kind, event["case_id"])
        if cue is None:
            return None
        key, said = event["case_id"], partial(spoken, cue, event)
        return Line(wait=cue.wait, topic=COMMANDS, key=key, body=said)

    await answering(scene, react, name="demo.in-charge")


def main(scene: Scene, _names: Sequence[str], log: Path) -> None:
    """Run as a program of its own."""
    become_child(log)
    asyncio.run(play(scene))
