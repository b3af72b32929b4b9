"""A batch: load what is shown of its cases, let each thing happen in order, save once.

Every producer numbers its events of a case, so what was read before is passed over. A whole file
replaces what is shown, and the events that are beyond it are let happen again on top. What is told
of a case that nobody told the beginning of waits for its file.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from schemas.events.base import in_utc
from schemas.events.case import CaseMerged
from schemas.events.case_file import CaseFiled
from schemas.plan import Plan
from schemas.words.titles import reading_of
from services.case_events import Told
from services.desk.domain.filed import is_ahead
from services.desk.domain.parties import parties_of
from services.desk.domain.totals import days_of, totals_of
from services.desk.domain.view import View
from services.desk.store import changes, totals
from services.desk.store import views as store
from services.desk.store.rows import Row
from services.desk.use_cases.inputs import (
    KINDS,
    Filed,
    Happened,
    Input,
    Reported,
    TakenAway,
    case_of,
)
from services.desk.use_cases.showing import Showing
from services.kit.stage.batch import Batch


@dataclass(slots=True)
class Seen:
    """What to count of a batch: repeats and gaps, by who told."""

    repeats: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)


async def follow(batch: Batch[Input], *, plan: Plan) -> Seen:
    """Show what a batch tells; returns what to count."""
    showing = await _opened(batch, plan)
    for incoming in batch.incoming:
        match incoming.event:
            case Happened(told):
                showing.happen(incoming, told)
            case Filed(told):
                showing.file(told.fact)
            case TakenAway(case_id):
                showing.take_away(case_id)
            case Reported():
                pass
    await _save(batch, showing)
    return Seen(showing.repeats, showing.gaps)


async def _opened(batch: Batch[Input], plan: Plan) -> Showing:
    """Load what the batch may need, in a handful of statements."""
    conn = batch.conn
    ids = {case_of(i) for i in batch.incoming if not isinstance(i.event, Reported)}
    views = await store.load(conn, ids)
    for view in views.values():
        view.count_by(plan)
    files = [i.event.told.fact for i in batch.incoming if isinstance(i.event, Filed)]
    unknown = ids - views.keys()
    lines: dict[UUID, list[Row]] = {id_: [] for id_ in unknown | _longer(files, views)}
    for line in await store.lines_of(conn, lines.keys()):
        lines[line["case_id"]].append(line)
    joined = {id_ for id_ in lines if lines[id_]} | {id_ for id_ in views if views[id_].joined}
    joining = {f.merged_id for f in _facts(batch) if isinstance(f, CaseMerged)}
    return Showing(
        batch=batch,
        plan=plan,
        reading=reading_of(plan),
        views=views,
        whole=lines,
        filed_at=await store.filed_at(conn, unknown | {file.case_id for file in files}),
        followed=await store.followers_of(conn, joined),
        joined=await store.joined_before(conn, joining),
        counted=totals_of(views.values()),
        counted_by_day=days_of(views.values(), zone=plan.timezone),
    )


def _longer(files: Iterable[CaseFiled], views: Mapping[UUID, View]) -> set[UUID]:
    """Return the cases whose story may have lines that their file lacks, by what is shown."""
    return {
        file.case_id
        for file in files
        if "story" in file.left_out
        or (view := views.get(file.case_id)) is None
        or view.joined  # reports that join stand outside the numbers
        or is_ahead(view, file)
    }


def _facts(batch: Batch[Input]) -> Iterable[Any]:
    return (i.event.told.fact for i in batch.incoming if isinstance(i.event, Happened))


async def _save(batch: Batch[Input], showing: Showing) -> None:
    conn = batch.conn
    changed = {id_: showing.views[id_] for id_ in showing.changed & showing.views.keys()}
    news = [*_news(batch, showing)]
    touched = changed.keys() | showing.gone | {row["case_id"] for row in news}
    before = await store.parties_of(conn, touched)
    await store.take_away(conn, showing.gone)
    await store.save(conn, changed.values())
    await store.save_terms(conn, [changed[id_] for id_ in showing.said_anew & changed.keys()])
    await store.save_lines(conn, showing.rows(), anew=showing.rewritten - showing.gone)
    await store.save_followers(
        conn, [*showing.followers.values()], anew=showing.files.keys(), left=showing.left
    )
    await store.save_filed(conn, showing.file_rows())
    await store.save_news(conn, news)
    sources = showing.sources()
    parties = {id_: parties_of(view, sources.get(id_, ())) for id_, view in changed.items()}
    await store.save_parties(conn, parties, showing.views, before=before)
    grown = totals_of(showing.views.values())
    grown.subtract(showing.counted)
    # Last: a lane's rows of totals and changes are waited for by whoever else adds to them.
    lane = min((i.partition for i in batch.incoming), default=0)
    await totals.add(conn, grown, lane=lane)
    days = days_of(showing.views.values(), zone=showing.plan.timezone)
    days.subtract(showing.counted_by_day)
    await totals.add_days(conn, days, lane=lane)
    seen_by = {id_: {*before[id_], *parties.get(id_, ())} for id_ in touched}
    await changes.note(conn, seen_by, lane=lane)


def _news(batch: Batch[Input], showing: Showing) -> Iterable[Row]:
    found: dict[UUID, Row] = {}
    for incoming in batch.incoming:
        if isinstance(incoming.event, Reported) and case_of(incoming) not in showing.gone:
            told: Told[Any] = incoming.event.told
            found[incoming.id] = {
                "case_id": told.case_id,
                "news_id": incoming.id,
                "kind": KINDS[told.fact.type],
                "at": in_utc(told.fact.at),
                "data": told.data.decode(),
            }
    return found.values()
