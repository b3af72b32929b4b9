"""The upstream systems of the play: they publish the day's reports when their time has come."""

import asyncio
from datetime import datetime
from pathlib import Path

from schemas.plan import load_plan
from schemas.topics import INCIDENT_REPORTS
from services.demo.city import City
from services.demo.stagehand import Pace, Scene, Voice
from services.machine.children import become_child


async def play(scene: Scene, *, start: datetime) -> None:
    """Publish the whole day."""
    pace = Pace(scene.clock)
    day = City(load_plan(Path(scene.plan), loopback=True), start=start, seed=scene.seed).day()
    async with Voice(scene.kafka, name="demo.reporters") as voice:
        for planned in day:
            await pace.until(start + planned.after)
            await voice.say(INCIDENT_REPORTS, key=planned.key, body=planned.value)


def main(scene: Scene, start: datetime, log: Path) -> None:
    """Run as a program of its own."""
    become_child(log)
    asyncio.run(play(scene, start=start))
