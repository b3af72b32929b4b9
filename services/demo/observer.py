"""The observer: counts all that is on the topics until the day is over and nothing moves."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aiokafka import AIOKafkaConsumer

from schemas.topics import CASES, FEEDBACK_REFUSALS, INCIDENT_REPORTS, NOTICES, dead_letters
from services.demo.bounds import (
    BREATH_SECONDS,
    MOST_SECONDS,
    QUIET_HOURS,
    QUIET_SECONDS,
    STUCK_SECONDS,
)
from services.demo.ledger import Ledger
from services.demo.stagehand import Pace, Scene, ear
from services.demo.tempo import Backlog, Tempo
from services.kit.sealing.keys import KeyFile

LOOKS_PER_SECOND: Final = 4
_OBSERVED: Final = (CASES, INCIDENT_REPORTS, NOTICES, FEEDBACK_REFUSALS, dead_letters("intake"))

OnLook = Callable[[Ledger, datetime, float], None]
"""Called several times a second with the book, the play's time, and the pace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The day to observe: how many records it has at least, and when its evening is over."""

    records: int
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was observed; `settled` is false when time ran out while things still moved."""

    ledger: Ledger
    settled: bool


async def observe(scene: Scene, day: Day, *, tempo: Tempo, on_look: OnLook, keys: KeyFile) -> Seen:
    """Count until the day has come to rest; the clock follows the house meanwhile.

    The evening lasts until nothing moves: a report that the house has not answered, or a case that
    still changes, is waited for. After 20 minutes, or when nothing has come for one, it is over.
    `keys` open the letters of what intake put aside.
    """
    ledger, backlog, pace = Ledger(keys=keys), Backlog(), Pace(scene.clock)
    consumer = await ear(scene.kafka, _OBSERVED)
    rest = Rest(day, began=time.monotonic(), at=pace.now())
    try:
        tempo.play()
        while True:
            await asyncio.sleep(BREATH_SECONDS)
            await _take_all(consumer, ledger)
            now = pace.now()
            tempo.follow(backlog.oldest(ledger.waiting(), at=time.monotonic()))
            on_look(ledger, now, tempo.factor)
            over = rest.is_over(ledger, at=now, monotonic=time.monotonic())
            if over is not None:
                return Seen(ledger=ledger, settled=over)
    finally:
        await consumer.stop()


class Rest:
    """Knows when the day has come to rest."""

    def __init__(self, day: Day, *, began: float, at: datetime) -> None:
        """Begin at `began` by the machine's monotonic clock, `at` by the play's."""
        self._day = day
        self._began = began
        self._moves = 0
        self._moved, self._moved_at = began, at

    def is_over(self, ledger: Ledger, *, at: datetime, monotonic: float) -> bool | None:
        """Return None while the day goes on, true when it is settled, false when time is up."""
        if ledger.moves != self._moves:
            self._moves, self._moved, self._moved_at = ledger.moves, monotonic, at
        still = monotonic - self._moved
        if still > STUCK_SECONDS:
            return True
        if monotonic - self._began > MOST_SECONDS:
            return False
        if ledger.records < self._day.records or ledger.missing() or still < QUIET_SECONDS:
            return None
        evening_over = at > max(self._day.end, self._moved_at + QUIET_HOURS)
        return True if evening_over or not ledger.open_cases() else None


async def _take_all(consumer: AIOKafkaConsumer, ledger: Ledger) -> None:
    polled = await consumer.getmany(timeout_ms=1000 // LOOKS_PER_SECOND)
    # Reports before all, so that a screen never shows more cases than reports; notices after what
    # they tell of.
    order = {INCIDENT_REPORTS: 0, CASES: 1}
    for partition in sorted(polled, key=lambda tp: order.get(tp.topic, 2)):
        for record in polled[partition]:
            ledger.take(partition.topic, record.value, tuple(record.headers), record.key)
