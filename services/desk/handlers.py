"""The desk's stage: everything that is told of cases, for whoever looks at them."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from schemas import topics
from schemas.events.base import in_utc
from schemas.plan import Plan
from schemas.vocabulary import derived_id
from services.desk.bounds import PAUSE
from services.desk.metrics import DeskMetrics
from services.desk.use_cases.filed_stories import check_story
from services.desk.use_cases.follow import follow
from services.desk.use_cases.inputs import (
    CASES,
    FILES,
    NEWS,
    Filed,
    Happened,
    Input,
    Reported,
    TakenAway,
)
from services.kit.records import Fault, Incoming, Record, Rejected
from services.kit.stage.batch import Batch
from services.kit.stage.subscriber import Subscription

STAGE: Final = "desk.cases"
_NAMED: Final = (topics.CASES, topics.CASE_FILES, topics.NOTICES, topics.FEEDBACK_REFUSALS)


def all_that_is_told(instance: str | None) -> Subscription:
    """Return what the stage reads: all topics about cases, work orders of every department too."""
    named = "|".join(map(re.escape, _NAMED))
    pattern = f"^(?:{named}|{topics.ASSIGNMENTS_PATTERN})$"
    return Subscription(group="tongxin.desk", pattern=pattern, instance=instance, pause=PAUSE)


class CasesReader:
    """Reads all that is told of cases, and shows it under the plan of the moment."""

    def __init__(self, *, plan: Callable[[], Plan], metrics: DeskMetrics) -> None:
        """Take where the current plan is found, and what counts."""
        self._plan = plan
        self._metrics = metrics
        self.seen: dict[int, datetime] = {}
        """The instant of the last thing that was shown, by lane."""

    def decode(self, record: Record) -> Incoming[Input] | None:
        """Return what a record tells, None for what is none of a case's."""
        match record.topic:
            case topics.CASES:
                return _told(CASES.read(record), Happened)
            case topics.CASE_FILES if record.value is None:
                return _taken_away(record)
            case topics.CASE_FILES:
                return _filed(FILES.read(record))
            case _:
                return _told(NEWS.read(record), Reported)

    async def decide(self, batch: Batch[Input]) -> None:
        """Show what the batch tells, and count."""
        found = await follow(batch, plan=self._plan())
        self._metrics.count(found)
        for incoming in batch.incoming:
            if isinstance(incoming.event, Happened):
                at = in_utc(incoming.event.told.fact.at)
                self.seen[incoming.partition] = max(at, self.seen.get(incoming.partition, at))


def _told(found: Incoming[Any] | None, kind: Callable[[Any], Input]) -> Incoming[Input] | None:
    if found is None:
        return None
    event = kind(found.event)
    return Incoming(found.id, event, found.record, found.known_by_state, found.home)


def _filed(found: Incoming[Any] | None) -> Incoming[Input] | None:
    if found is not None:
        check_story(found.event.fact)
    return _told(found, Filed)


def _taken_away(record: Record) -> Incoming[Input]:
    """Return that a file was taken away. Raises `Rejected` for a key that is no case's."""
    try:
        case_id = UUID((record.key or b"").decode())
    except ValueError as error:
        raise Rejected("wrong_key", (Fault("key", "must be a case_id"),)) from error
    return Incoming(
        id=derived_id("taken-away", record.position),
        event=TakenAway(case_id),
        record=record,
        known_by_state=True,
        home=str(case_id),
    )
