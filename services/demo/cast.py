"""Who plays: programs of their own, and the department that people take over from one of them."""

import asyncio
from datetime import datetime
from typing import Final

from schemas.plan import Plan
from schemas.vocabulary import Tier
from services.demo import departments, in_charge, reporters, supervision
from services.demo.stagehand import Pace, Scene
from services.demo.tempo import Tempo
from services.machine.house import House

_TAKEN_OVER: Final = "taken-over"


def enter(house: House, scene: Scene, plan: Plan, *, start: datetime, people: str) -> None:
    """Start the actors of the day that begins at `start`: groups of departments, and three voices.

    The department that `people` will take over is a group of its own; empty for none.
    """
    departments_of = {str(tier): list[str]() for tier in Tier} | {_TAKEN_OVER: []}
    for code, department in plan.departments.items():
        departments_of[_TAKEN_OVER if code == people else department.tier].append(code)
    for group, codes in departments_of.items():
        if codes:
            log = house.logs / f"departments-{group}.log"
            house.children.start(f"departments-{group}", departments.main, scene, codes, log)
    for name, actor in (("supervision", supervision), ("in-charge", in_charge)):
        house.children.start(name, actor.main, scene, [], house.logs / f"{name}.log")
    house.children.start("reporters", reporters.main, scene, start, house.logs / "reporters.log")


def hand_over(house: House, scene: Scene, tempo: Tempo, *, at: datetime, people: str) -> None:
    """Let time pass until `at`; then the clock goes like the machine's, and a department rests.

    The others stay programs, and somebody reports something now and then.
    """
    tempo.play()
    asyncio.run(Pace(scene.clock).until(at))
    tempo.rest()
    house.children.stop(f"departments-{_TAKEN_OVER}")
    log = house.logs / "reporters.log"
    house.children.start("reporters-later", reporters.main_later, scene, people, log)
