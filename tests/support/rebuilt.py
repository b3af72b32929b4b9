"""A reader that was not there: it has the file of a case and goes on with the events after it.

Of `cases.v1` it takes nothing that is in the file already, as if the log had forgotten that.
"""

import json
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any, Final

from schemas.cloudevents import Headers, attributes
from schemas.events.base import in_utc, source_of
from schemas.events.case_file import CaseFiled, FiledClock, FiledPart
from schemas.lifecycle import Actor, CaseEvent, is_possible
from schemas.plan import Plan
from schemas.plan.handling_clock import HandlingClock
from schemas.topics import CASE_FACTS, CASE_FILES, CASES
from schemas.vocabulary import INTAKE, NOTIFIER, ROUTER
from services.notifier.domain.case import Case, CaseFile
from services.notifier.domain.evolve import evolve
from services.notifier.domain.facts import Happened
from services.notifier.domain.part import Part

_NUMBERS: Final = {
    source_of(INTAKE): "intake_seq",
    source_of(ROUTER): "router_seq",
    source_of(NOTIFIER): "own_seq",
}
_ONLY_IN_A_FILE: Final = {
    *("closing", "evidence", "must_check", "lines", "partition", "joined", "raised")
}
"""What no event tells: the terms of closing change with the plan, the others are the notifier's."""
_KNOWN: Final = {str(event): event for event in CaseEvent}


class Rebuilt:
    """A case as such a reader knows it; nothing before the first file."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.file: CaseFile | None = None
        self.filed: CaseFiled | None = None

    def read(self, topic: str, headers: Headers, value: bytes | None) -> None:
        """Read a record of either topic, in the order of each."""
        if topic == CASE_FILES:
            self.filed = None if value is None else CaseFiled.model_validate_json(value)
            self.file = None if self.filed is None else file_in(self.filed)
            if self.file is not None:
                self.file.case.count_by(self._plan, department=self.file.case.department)
        elif topic == CASES and self.file is not None:
            self._go_on(self.file, attributes(headers), value or b"")

    def _go_on(self, file: CaseFile, told: dict[str, str], value: bytes) -> None:
        number, name = int(told.get("sequence", "0")), _NUMBERS[told["source"]]
        if number <= getattr(file.case, name):
            return
        fact = CASE_FACTS[told["type"]].model_validate_json(value)
        happened = Happened(fact=fact, actor=_actor(file, told["type"]))
        evolve(file, happened, self._plan)
        setattr(file.case, name, number)


def _actor(file: CaseFile, kind: str) -> Actor:
    """Return somebody who may cause an event: that it happened, the log says."""
    event = _KNOWN.get(kind)
    may = (a for a in Actor if event and is_possible(file.case.state, event, actor=a))
    return next(may, Actor.SYSTEM)


def standing(file: CaseFile) -> dict[str, Any]:
    """Return all that a file says of where a case stands, for a comparison."""
    fields = asdict(replace(file.case, clock=None)) | {"clock": file.case.clock}
    case = {n: v for n, v in fields.items() if n not in _ONLY_IN_A_FILE}
    return case | {"parts": {id_: asdict(part) for id_, part in file.parts.items()}}


def file_in(filed: CaseFiled) -> CaseFile:
    """Return the file that the notifier had."""
    fields = {n: getattr(filed, n) for n in type(filed).model_fields}
    case = Case(
        **{n: v for n, v in _utc(fields).items() if n in Case.__slots__ and n != "clock"},
        partition=-1,
        source=filed.reporter.source,
        source_id=filed.reporter.source_id,
        channel=filed.reporter.channel,
        closing=filed.closing_rule,
        clock=None if filed.clock is None else _clock(filed.clock),
        due_by=None if filed.clock is None else _told(filed.clock.due_by),
        lines=len(filed.story),
    )
    case.evidence = [*filed.evidence]
    case.took_in = [str(id_) for id_ in filed.took_in]
    return CaseFile(case=case, parts={p.assignment_id: _part(filed, p) for p in filed.parts})


def _utc(fields: dict[str, Any]) -> dict[str, Any]:
    return {n: in_utc(v) if hasattr(v, "utcoffset") else v for n, v in fields.items()}


def _clock(clock: FiledClock) -> HandlingClock:
    return HandlingClock(
        limit=timedelta(seconds=clock.limit_seconds),
        used=timedelta(seconds=clock.used_seconds),
        since=_told(clock.since),
        unit=clock.unit,
        extensions=clock.extensions,
    )


def _told(at: datetime | None) -> datetime | None:
    return None if at is None else in_utc(at)


def _part(filed: CaseFiled, part: FiledPart) -> Part:
    fields = _utc({n: getattr(part, n) for n in type(part).model_fields})
    proofs = [json.loads(proof.model_dump_json(exclude_none=True)) for proof in part.evidence]
    return Part(**fields | {"case_id": filed.case_id, "evidence": proofs})
