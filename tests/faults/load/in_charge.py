"""Those in charge: they command what is to become of cases, by Kafka and by HTTP."""

import asyncio
import random
from datetime import timedelta
from typing import Any, Final

from schemas.plan import load_plan
from schemas.topics import COMMANDS
from schemas.vocabulary import Urgency, derived_id
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
    ("case.request", "case.approve", "case.resume"),
    ("case.request", "case.refuse"),
    ("case.request", "case.withdraw_request"),
    ("case.merge", "case.annotate"),
    ("case.merge", "case.unmerge"),
    ("case.dismiss",),
    ("case.withdraw",),
)
"""What somebody commands of one case, one after the other."""
_DECIDES: Final = {"case.approve", "case.refuse"}
"""What another person says than who asked."""
_ASKS: Final = {"case.request", "case.withdraw_request"}
_BARE: Final = (
    *("case.resume", "case.unmerge", "case.dismiss", "case.withdraw", "case.refuse_reopening"),
)
"""What is said with a reason alone."""
_MOST_KNOWN: Final = 40
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
        self._cases: list[str] = []

    async def hear(self, order: dict[str, Any]) -> None:
        """Command something of a case of which there is a work order, or nothing."""
        chance = random.Random(f"{self._scene.seed}in charge{order['assignment_id']}")
        self._cases = [*self._cases, order["case_id"]][-_MOST_KNOWN:]
        drawn, load = chance.random(), self._scene.load
        if drawn < load.notes:
            await self._command(order, "case.annotate", 0, chance)
        elif drawn < load.notes + load.commands:
            for number, kind in enumerate(chance.choice(_SCRIPTS)):
                await asyncio.sleep(chance.uniform(0.0, _SOON_SECONDS))
                await self._command(order, kind, number, chance)

    async def refuse_reopening(self, body: dict[str, Any]) -> None:
        """Say of some cases that were opened again that they stay closed, once they are offered."""
        case_id, at = body["case_id"], body["at"]
        chance = random.Random(f"{self._scene.seed}reopened{case_id}{at}")
        if chance.random() < self._scene.load.commands:
            order = {"assignment_id": f"{case_id}:{at}", "case_id": case_id, "department": ""}
            await self._command(order, "case.refuse_reopening", 0, chance)

    async def _command(
        self, order: dict[str, Any], kind: str, number: int, chance: random.Random
    ) -> None:
        id_, case_id = f"{order['assignment_id']}:{number}", order["case_id"]
        roles = ["handler" if chance.random() < _WRONG else "shift_lead"]
        person = "Zhang Wei" if kind in _DECIDES else "Li Wei"
        if kind in _ASKS | _DECIDES:  # what nobody decides moves for as long as a house is watched
            roles = ["handler", "shift_lead"]
        body = {
            "command_id": id_,
            "case_id": case_id,
            "kind": kind,
            "at": self._now().isoformat(),
            "acting": {"person": person, "roles": roles, "door": "kafka"},
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
        mine = derived_id("request", order["case_id"], f"{order['assignment_id']}:0")
        until = self._now() + timedelta(minutes=chance.uniform(2, 15))
        asked = chance.choice(["suspension", "extension", "extension", "force_close", "appeal"])
        others_cases = [id_ for id_ in self._cases if id_ != order["case_id"]]
        said: dict[str, dict[str, Any]] = {
            "case.request": {
                "what": asked,
                "department": order["department"],
                "until": until.isoformat(),
                "legal_basis": "article 12",
            },
            "case.approve": {"request_id": str(mine)},
            "case.refuse": {"request_id": str(mine)},
            "case.withdraw_request": {"request_id": str(mine)},
            "case.merge": {"into": chance.choice(others_cases or [order["case_id"]])},
            **{bare: {} for bare in _BARE},
            "case.supervise": {"supervised_for": "the mayor"},
            "case.unsupervise": {},
            "case.correct": corrected if is_category else urgency,
        }
        if kind == "case.annotate":
            return {"note": "call first"}
        return {"reason": "it is so"} | said.get(kind, department)
