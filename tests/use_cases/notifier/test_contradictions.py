"""A thousand answers at once that contradict each other: one counts, and the story is legal."""

import asyncio
import random

import pytest

from schemas.lifecycle import CaseState
from schemas.topics import FEEDBACK_REFUSALS
from services.kit.records import Record
from tests.support.notifier import NotifierBench, assigned, registered

LEAD = "urban-management"
ANSWERS, AT_ONCE = 1_000, 20


def contradicting(bench: NotifierBench) -> list[Record]:
    """Return answers of one lead to one offer, half of which accept it and half decline it."""
    found = [bench.answer(LEAD, kind) for kind in ("accepted", "declined") for _ in range(500)]
    random.Random(7).shuffle(found)
    return found


@pytest.mark.timeout(600)
async def test_one_answer_wins(bench: NotifierBench) -> None:
    await bench.tell(registered(), assigned(LEAD))
    records = contradicting(bench)
    batches = [records[start::AT_ONCE] for start in range(AT_ONCE)]
    told = await asyncio.gather(*(bench.read(*batch) for batch in batches))
    kinds = [kind for one in told for kind in one.kinds]
    decided = [kind for kind in kinds if kind in {"assignment.accepted", "case.returned"}]
    refused = [m for one in told for m in one.messages if m.topic == FEEDBACK_REFUSALS]
    assert len(decided) == 1
    assert len(refused) == ANSWERS - 1
    case = await bench.case()
    wins = {"assignment.accepted": CaseState.ACCEPTED, "case.returned": CaseState.RETURNED}
    assert case["state"] == wins[decided[0]]
