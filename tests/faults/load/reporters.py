"""Upstream systems: they send when the time has come, whether or not they were answered before."""

import asyncio
import random
from collections.abc import Coroutine, Iterator
from itertools import islice
from typing import Any

from schemas.plan import load_plan
from schemas.topics import INCIDENT_REPORTS, feedback_of
from schemas.vocabulary import assignment_id_for, case_id_for
from services.kit.clock import clock_from
from tests.faults.load.asked import Scene
from tests.faults.load.reports import Planned, planned_reports, poison, poison_line
from tests.faults.load.teller import Teller
from tests.support.good_report import BadRecord
from tests.support.town import PLAN


class Reporters:
    """Send the reports of a scene at its rate, each on its own."""

    def __init__(self, scene: Scene, teller: Teller) -> None:
        self._scene = scene
        self._teller = teller
        self._now = clock_from(scene.clock)
        self._chance = random.Random(f"{scene.seed}reports")
        self._plan = load_plan(PLAN)

    async def report_all(self) -> None:
        """Send everything and return when all of it was answered, or given up."""
        load = self._scene.load
        loop = asyncio.get_running_loop()
        started = loop.time()
        tasks: list[asyncio.Task[None]] = []
        for number, one in enumerate(self._work()):
            due = started if load.burst else started + number / load.rate
            await asyncio.sleep(max(0.0, due - loop.time()))
            tasks.append(asyncio.create_task(one))
        await asyncio.gather(*tasks)

    def _work(self) -> Iterator[Coroutine[Any, Any, None]]:
        """Yield what to send: the reports, poison strewn in, and more while things break."""
        load, chance = self._scene.load, self._chance
        planned = planned_reports(load, random.Random(f"{self._scene.seed}planned"))
        work = [self._report(one) for one in islice(planned, load.reports)]
        for bad in poison(load.poison, chance):
            work.insert(chance.randrange(len(work) + 1), self._poison(bad))
        yield from work
        while load.steady and not self._scene.over_file.exists():
            yield self._report(next(planned))

    async def _poison(self, bad: BadRecord) -> None:
        await self._teller.publish(
            INCIDENT_REPORTS,
            key="poison",
            value=bad.value,
            headers=bad.headers,
            line=poison_line(bad),
        )

    async def _report(self, planned: Planned) -> None:
        value = planned.value(self._now())
        if planned.early:
            await self._answer_early(planned)
        await self._send(planned, value, line=planned.line())
        for _ in range(planned.copies):
            await asyncio.sleep(self._chance.uniform(0.0, 0.4))
            await self._send(planned, value, line=planned.line(again=True))

    async def _send(self, planned: Planned, value: bytes, *, line: dict[str, Any]) -> None:
        if planned.http:
            await self._teller.post(self._scene.intake, value=value, key=planned.key, line=line)
        else:
            await self._teller.publish(INCIDENT_REPORTS, key=planned.key, value=value, line=line)

    async def _answer_early(self, planned: Planned) -> None:
        """Answer an order that cannot be there yet; the department's own answer comes later."""
        case_id = case_id_for(planned.source, planned.id)
        party = self._plan.category(planned.category).lead
        assignment = assignment_id_for(case_id, 1, party)
        for kind in ("started", "accepted"):
            id_ = f"{assignment}:{kind}"
            body = {
                "feedback_id": id_,
                "case_id": str(case_id),
                "assignment_id": str(assignment),
                "kind": kind,
                "at": self._now().isoformat(),
            }
            line = {
                "op": "feedback",
                "party": party,
                "id": id_,
                "kind": kind,
                "case_id": str(case_id),
            }
            await self._teller.answer(feedback_of(party), body=body, line=line)
