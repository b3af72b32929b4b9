"""The process of everybody who says something to the house; no fault is put to it."""

import asyncio
from pathlib import Path

from services.machine.children import become_child
from tests.faults.load.asked import Scene, done_file
from tests.faults.load.desks import Desks
from tests.faults.load.foreign import ForeignTeller
from tests.faults.load.reporters import Reporters
from tests.faults.load.teller import Teller


async def play(scene: Scene) -> None:
    """Report and answer; says when all reports are out, and answers until ended."""
    speaker = ForeignTeller if scene.load.librdkafka else Teller
    async with (
        speaker(scene.kafka, name="reporters", history=scene.history) as reporters,
        speaker(scene.kafka, name="desks", history=scene.history) as desks,
    ):
        answering = asyncio.create_task(Desks(scene, desks).listen())
        await Reporters(scene, reporters).report_all()
        done_file(scene.history).touch()
        await answering


def main(scene: Scene, log: Path) -> None:
    """Run as a program of its own."""
    become_child(log)
    asyncio.run(play(scene))
