"""The upstream systems of the play: they publish the day's reports when their time has come."""

import asyncio
from datetime import datetime
from itertools import cycle
from pathlib import Path

from schemas.plan import load_plan
from schemas.topics import INCIDENT_REPORTS
from services.demo.bounds import REPORT_EVERY_SECONDS
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


async def go_on(scene: Scene, *, lead: str) -> None:
    """Publish a report now and then until ended, every other one of what a department leads."""
    pace = Pace(scene.clock)
    city = City(load_plan(Path(scene.plan), loopback=True), start=pace.now(), seed=scene.seed + 1)
    async with Voice(scene.kafka, name="demo.reporters") as voice:
        for of in cycle((lead, "")):
            planned = city.another(pace.now(), lead=of)
            await voice.say(INCIDENT_REPORTS, key=planned.key, body=planned.value)
            await asyncio.sleep(REPORT_EVERY_SECONDS)


def main_later(scene: Scene, lead: str, log: Path) -> None:
    """Go on as a program of its own."""
    become_child(log)
    asyncio.run(go_on(scene, lead=lead))


def main(scene: Scene, start: datetime, log: Path) -> None:
    """Run as a program of its own."""
    become_child(log)
    asyncio.run(play(scene, start=start))
