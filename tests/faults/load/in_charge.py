"""Those in charge: they command what is to become of cases, by Kafka and by HTTP."""

import asyncio
import random
from typing import Any, Final

from schemas.plan import load_plan
from schemas.topics import COMMANDS
from schemas.vocabulary import Urgency
from services.kit.clock import clock_from
from tests.faults.load.asked import Scene
from tests.faults.load.teller import Teller
from tests.support.town import PLAN

_SCRIPTS: Final = (
    ("case.supervise", "case.annotate", "case.unsupervise"),
    ("case.reassign", "case.annotate"),
    ("case.correct",),
    ("case.add_co_handler", "case.drop_co_handler"),
    ("case.annotate", "case.add_co_handler", "case.annotate"),
)
"""What somebody commands of one case, one after the other."""
_BY_HTTP, _AGAIN, _WRONG = 0.4, 0.2, 0.1
_SOON_SECONDS: Final = 0.3


class InCharge:
    """People who command some of the cases that they hear of; some commands are nobody's right."""

    def __init__(self, scene: Scene, teller: Teller) -> None:
        self._scene = scene
        self._teller = teller
        self._now = clock_from(scene.clock)
        plan = load_plan(PLAN)
        self._departments = sorted(plan.departments)
        self._categories = sorted(plan.categories)

    async def hear(self, order: dict[str, Any]) -> None:
        """Command something of a case of which there is a work order, or nothing."""
        chance = random.Random(f"{self._scene.seed}in charge{order['assignment_id']}")
        drawn, load = chance.random(), self._scene.load
        if drawn < load.notes:
            await self._command(order, "case.annotate", 0, chance)
        elif drawn < load.notes + load.commands:
            for number, kind in enumerate(chance.choice(_SCRIPTS)):
                await asyncio.sleep(chance.uniform(0.0, _SOON_SECONDS))
                await self._command(order, kind, number, chance)

    async def _command(
        self, order: dict[str, Any], kind: str, number: int, chance: random.Random
    ) -> None:
        id_, case_id = f"{order['assignment_id']}:{number}", order["case_id"]
        roles = ["handler" if chance.random() < _WRONG else "shift_lead"]
        body = {
            "command_id": id_,
            "case_id": case_id,
            "kind": kind,
            "at": self._now().isoformat(),
            "acting": {"person": "Li Wei", "roles": roles, "door": "kafka"},
            **self._fields(kind, order, chance),
        }
        line = {"op": "command", "id": id_, "kind": kind, "case_id": case_id}
        by_http = chance.random() < _BY_HTTP
        for _ in range(1 + (chance.random() < _AGAIN)):
            if by_http:
                said = {name: value for name, value in body.items() if name != "acting"}
                token = self._scene.tokens[roles[0]]
                await self._teller.command(self._scene.notifier, key=token, body=said, line=line)
            else:
                await self._teller.answer(COMMANDS, body=body, line=line)

    def _fields(self, kind: str, order: dict[str, Any], chance: random.Random) -> dict[str, Any]:
        """Return what a command of this kind says; of one work order always the same department."""
        others = [code for code in self._departments if code != order["department"]]
        department = {"department": random.Random(order["assignment_id"]).choice(others)}
        is_category = chance.random() < 1 / 2
        corrected = {"category": chance.choice(self._categories)}
        urgency = {"urgency": str(chance.choice([*Urgency]))}
        said: dict[str, dict[str, Any]] = {
            "case.supervise": {"supervised_for": "the mayor"},
            "case.unsupervise": {},
            "case.correct": corrected if is_category else urgency,
        }
        if kind == "case.annotate":
            return {"note": "call first"}
        return {"reason": "it is so"} | said.get(kind, department)
