"""Rows in which what arrives is strange: again, out of order, unreadable, of another version."""

import asyncio
import json
from typing import Final

from schemas.topics import CASES, feedback_of
from services.kit.clock import system_clock
from tests.faults.draining import worked_off
from tests.faults.load.asked import Load
from tests.faults.load.teller import Teller
from tests.faults.replaying import replayed
from tests.faults.rows.row import Form, Row, enter
from tests.faults.stand import Engine, Stand

_BOTH: tuple[Engine, ...] = ("sqlite", "postgres")
_OWN_TOPICS: Final = (CASES, "incident-reports.v1")


async def delivered_again(stand: Stand, form: Form) -> None:
    """Publish what is on the topics again at new offsets, byte by byte the same: x2, x20, x100.

    Each time the copies of the time before are published again as well.
    """
    for times in (1, 9) if not form.long else (1, 9, 4):
        await asyncio.sleep(2.0)
        topics = [*_OWN_TOPICS, *(t for t in stand.topics if t.startswith("feedback."))]
        records = await replayed(stand.kafka, topics, times=times)
        stand.recorder.fault("published again", "topics", note=f"{records} records x{times}")


async def nothing_else(stand: Stand, form: Form) -> None:
    """Leave it at the load, which is the fault itself."""
    stand.recorder.fault("strange load", "incident-reports.v1", note="long" if form.long else "")


async def timer_storm(stand: Stand, form: Form) -> None:
    """Wait until the storm is over; how long that takes is the machine's, and `bench` tells it."""
    begun_at = system_clock()
    over = await worked_off(stand)
    note = f"{'long' if form.long else 'short'}, {'over' if over else 'stuck'}"
    stand.recorder.fault("timer storm", "notifier", begun_at=begun_at, note=note)


async def another_version(stand: Stand, form: Form) -> None:
    """Publish types nobody knows yet among the house's own, as a newer version would."""
    history = stand.recorder.folder
    async with Teller(stand.kafka, name="future", history=history) as teller:
        for number in range(int(form.pick(30, 500))):
            await asyncio.sleep(0.1)
            await _future_event(teller, number)
            await _future_answer(teller, number)
    stand.recorder.fault("types of another version", CASES)


async def _future_event(teller: Teller, number: int) -> None:
    case_id = f"00000000-0000-5000-8000-{number:012}"
    headers = {
        "ce_specversion": "1.0",
        "ce_id": f"00000000-0000-5000-9000-{number:012}",
        "ce_type": "case.from_the_future",
        "ce_source": "/tongxin/from-the-future",
        "ce_subject": case_id,
        "ce_time": "2026-05-01T08:00:00+08:00",
        "ce_sequence": "1",
        "content-type": "application/json",
    }
    value = json.dumps({"case_id": case_id, "at": "2026-05-01T08:00:00+08:00", "new": [number]})
    await teller.publish(
        CASES,
        key=case_id,
        value=value.encode(),
        headers=tuple((name, told.encode()) for name, told in headers.items()),
        line={"op": "raw", "note": "event of a type nobody knows"},
    )


async def _future_answer(teller: Teller, number: int) -> None:
    case_id = f"00000000-0000-5000-8000-{number:012}"
    body = {
        "feedback_id": f"future-{number}",
        "case_id": case_id,
        "kind": "delegated",
        "at": "2026-05-01T08:00:00+08:00",
    }
    await teller.publish(
        feedback_of("police"),
        key=case_id,
        value=json.dumps(body).encode(),
        line={
            "op": "raw",
            "note": "answer of a kind nobody knows",
            "expected": "invalid",
            "readers": ("notifier",),
        },
    )


enter(
    Row(
        id="R-20",
        title="delivered again x2 to x100, same bytes at new offsets",
        aims="I7",
        inject=delivered_again,
        engines=_BOTH,
        load=Load(reports=80, rate=25.0, duplicates=0.5, copies=(1, 30), steady=False),
        longer=3,
    ),
    Row(
        id="R-21",
        title="out of order: answers before their order, done before accepted",
        aims="I4 I5",
        inject=nothing_else,
        engines=_BOTH,
        load=Load(shuffled=0.6, early=0.5),
    ),
    Row(
        id="R-23",
        title="timer storm: deadlines of all cases due in the same moments",
        aims="I8",
        inject=timer_storm,
        engines=_BOTH,
        load=Load(
            reports=500, burst=True, steady=False, http=0.0, sleepy=0.9, decline=0.0, commands=0.1
        ),
        longer=10,
    ),
    Row(
        id="R-24",
        title="poison pills among the reports",
        aims="I1",
        inject=nothing_else,
        engines=_BOTH,
        load=Load(reports=150, rate=100.0, poison=450, invalid=0.2),
    ),
    Row(
        id="R-26",
        title="schema skew: fields and types of another version",
        aims="I1 I4",
        inject=another_version,
        load=Load(reports=100, unknown_fields=True),
    ),
)
