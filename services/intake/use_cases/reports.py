"""Turn a batch of reports into cases: registered, merged into an open one, or rejected."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from schemas import topics
from schemas.events.base import CaseFact, event_of
from schemas.events.incident import IncidentReport
from schemas.lifecycle import CaseEvent
from schemas.vocabulary import INTAKE
from services.assessment.plan_index import PlanIndex
from services.assessment.refusal import RefusalReason
from services.intake.domain.dedup import Match, OpenCases
from services.intake.domain.outcome import Outcome, outcome_of
from services.intake.store import reports as store
from services.intake.store.contacts import add_contacts
from services.intake.use_cases import facts
from services.intake.use_cases.judging import Judged, Search, contact_of, judge, row_of
from services.kit.records import message_of
from services.kit.sealing.keys import Ring
from services.kit.stage.batch import Batch


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What became of one report; `searched` tells whether an open case was looked for."""

    source: str
    outcome: Outcome
    exercise: bool
    searched: bool = False
    refused: RefusalReason | None = None


@dataclass(slots=True)
class _Ledger:
    """What the reports of one batch do to cases, in the order they came."""

    open_cases: OpenCases = field(default_factory=OpenCases)
    primaries: dict[UUID, UUID] = field(default_factory=dict)
    promises: dict[UUID, datetime | None] = field(default_factory=dict)


async def record_reports(
    batch: Batch[IncidentReport], *, index: PlanIndex, ring: Ring
) -> list[Recorded]:
    """Decide every report of a batch under one version of the plan; returns what became of each.

    `ring` seals how their reporters can be reached.

    The table of reports says which are new, whatever the inbox has forgotten. One that was refused
    and comes again is judged anew: time or another plan may have lifted the reason.

    Where others work at reports too, the blocks are locked, and only then open cases are looked
    for: of two processes that see the same thing at the same moment, the second one finds the case
    of the first.
    """
    judged = [judge(incoming, index=index, now=batch.now) for incoming in batch.incoming]
    if batch.is_past:  # and a batch brings no order of what nothing numbers
        judged.sort(key=lambda one: _has_joined(one, batch))
    known = await store.outcomes_of(batch.conn, [one.case_id for one in judged])
    fresh = [one for one in judged if _is_fresh(one, known.get(one.case_id))]
    ledger = await _ledger(batch, fresh)
    to_record = {one.case_id for one in fresh}
    recorded = [
        _record(one, batch=batch, ledger=ledger, index=index)
        if one.case_id in to_record
        else _told(one, Outcome.DUPLICATE)
        for one in judged
    ]
    await _save(batch, fresh, ledger=ledger, known=known, ring=ring)
    return recorded


def _has_joined(judged: Judged, batch: Batch[IncidentReport]) -> bool:
    """Tell whether a report joined a case before, of which a later one of the batch may be."""
    became, _ = batch.said_before.what_became_of(judged.case_id)
    return became == CaseEvent.MERGED


def _is_fresh(judged: Judged, known: Outcome | None) -> bool:
    return known is None or (known is Outcome.REJECTED and judged.refusal is None)


async def _save(
    batch: Batch[IncidentReport],
    fresh: Iterable[Judged],
    *,
    ledger: _Ledger,
    known: Collection[UUID],
    ring: Ring,
) -> None:
    rows = [
        row_of(
            one,
            merged_into=ledger.primaries.get(one.case_id),
            promised_by=ledger.promises.get(one.case_id),
            now=batch.now,
        )
        for one in fresh
    ]
    await store.add_reports(batch.conn, [row for row in rows if row["case_id"] not in known])
    await store.replace_reports(batch.conn, [row for row in rows if row["case_id"] in known])
    left = (
        contact_of(one, merged_into=ledger.primaries.get(one.case_id), now=batch.now, ring=ring)
        for one in fresh
    )
    contacts = [contact for contact in left if contact is not None]
    await add_contacts(batch.conn, contacts, known=known)


async def _ledger(batch: Batch[IncidentReport], fresh: Iterable[Judged]) -> _Ledger:
    ledger = _Ledger()
    searches = [one.search for one in fresh if one.search is not None]
    if not searches:
        return ledger
    blocks = {block for search in searches for block in search.around.blocks}
    if not batch.is_alone():
        await store.lock_blocks(batch.conn, blocks)
    places = {place for search in searches for place in search.around.places}
    for case in await _open_cases(batch, searches, places=places):
        ledger.open_cases.add(case["sighting"], place=case["place"])
    return ledger


async def _open_cases(
    batch: Batch[IncidentReport], searches: Sequence[Search], *, places: set[str]
) -> list[store.OpenCase]:
    since = min(search.sighting.reported_at - search.merging.longest for search in searches)
    until = max(search.sighting.reported_at + search.merging.longest for search in searches)
    return await store.open_cases(batch.conn, places, since=since, until=until)


def _record(
    judged: Judged, *, batch: Batch[IncidentReport], ledger: _Ledger, index: PlanIndex
) -> Recorded:
    fact = _fact(judged, batch=batch, ledger=ledger, index=index)
    incoming = judged.incoming
    # Reports of one thing come on any partition, so two processes may tell of one case: what
    # intake says is not numbered, but for the first thing it says.
    merged = fact.case_id != judged.case_id
    event = event_of(fact, service=INTAKE, sequence=0 if merged else 1, cause=str(incoming.id))
    batch.emit(message_of(event, topic=topics.CASES), partition=incoming.partition)
    return _told(judged, outcome_of(CaseEvent(fact.type)))


def _fact(
    judged: Judged, *, batch: Batch[IncidentReport], ledger: _Ledger, index: PlanIndex
) -> CaseFact:
    if judged.refusal is not None:
        return facts.rejected(judged, judged.refusal, at=batch.now)
    search = judged.search
    if search is not None:
        match = _match(judged, search, batch=batch, ledger=ledger)
        if match is not None:
            ledger.primaries[judged.case_id] = match.case.case_id
            return facts.merged(judged, match, search, danger=index.danger, at=batch.now)
        ledger.open_cases.add(search.sighting, place=search.place)
    fact = facts.registered(judged, plan=index.plan, at=batch.now)
    ledger.promises[judged.case_id] = fact.promised_by
    return fact


def _match(
    judged: Judged, search: Search, *, batch: Batch[IncidentReport], ledger: _Ledger
) -> Match | None:
    """Return the open case a report belongs to; what was told of it before stands."""
    became, case_id = batch.said_before.what_became_of(judged.case_id)
    if became == CaseEvent.REGISTERED:
        return None
    return ledger.open_cases.nearest(
        search.sighting,
        places=search.around.places,
        merging=search.merging,
        only=UUID(case_id) if became == CaseEvent.MERGED else None,
    )


def _told(judged: Judged, outcome: Outcome) -> Recorded:
    return Recorded(
        source=judged.report.source,
        outcome=outcome,
        exercise=judged.report.exercise,
        searched=judged.search is not None and outcome is not Outcome.DUPLICATE,
        refused=None if judged.refusal is None else judged.refusal.reason,
    )
