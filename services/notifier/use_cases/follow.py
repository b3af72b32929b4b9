"""A batch: load the cases it is about, work through it in order, save and tell once."""

from collections.abc import Iterable, Mapping
from typing import TypeVar
from uuid import UUID

from schemas.events.assignment import CaseAssigned
from schemas.events.case import CaseMerged, CaseRegistered, CaseRejected
from schemas.plan import Plan
from services.case_events import Told
from services.kit.stage import timers
from services.kit.stage.batch import Batch
from services.kit.stage.timers import Deadline
from services.notifier.bounds import FILES_APART, FILES_AT_ONCE
from services.notifier.domain.case import CaseFile, Follower
from services.notifier.domain.clocks import TimerKind
from services.notifier.domain.decide import TIMERS
from services.notifier.store import files, merges, parked
from services.notifier.store.parked import Parked
from services.notifier.use_cases import filing
from services.notifier.use_cases.casework import Casework, caused_by
from services.notifier.use_cases.hearing import Hearing, named_in, said_in
from services.notifier.use_cases.inputs import Input, in_order
from services.notifier.use_cases.news import NewsOfCases
from services.notifier.use_cases.tally import Tally

OfCase = TypeVar("OfCase", Parked, Follower)


async def follow(batch: Batch[Input], *, plan: Plan) -> Tally:
    """Follow every case of a batch under one plan; returns what to count and whom it told."""
    news = await _opened(batch, plan)
    work, hearing = news.casework, news.hearing
    # Of what is past, what waited for its case had its effect between the news.
    for incoming in batch.incoming if batch.is_past else in_order(batch.incoming):
        if isinstance(incoming.event, Told):
            news.read(incoming, incoming.event)
        else:
            hearing.hear(incoming.event, partition=incoming.partition)
    for deadline in batch.due:
        _ran_out(work, hearing, deadline)
    await _save(news)
    return work.tally


async def _opened(batch: Batch[Input], plan: Plan) -> NewsOfCases:
    """Load everything the batch may need, in a handful of statements."""
    conn = batch.conn
    told = {i.event.case_id for i in batch.incoming if isinstance(i.event, Told)}
    spoken_of = {i.event.case_id for i in batch.incoming if not isinstance(i.event, Told)}
    due = {d.subject for d in batch.due if d.kind != TimerKind.PARKED}
    in_vain = {d.subject for d in batch.due if d.kind == TimerKind.PARKED}
    waiting = await parked.parked(conn, case_ids=told, ids=in_vain)
    waited_for = {one.case_id for one in waiting}
    named = _named(batch, waiting)
    known = await files.load_files(conn, told | spoken_of | due | waited_for | named)
    for file in known.values():
        file.case.count_by(plan, department=file.case.department)
    for case_id, lane in _lanes(batch, waiting).items():
        if case_id in known:
            known[case_id].case.partition = lane
    merged = await files.merged_into(conn, (spoken_of | waited_for | named) - known.keys())
    work = Casework(batch=batch, plan=plan, files=known, lanes=await _look_at_merges(batch, known))
    return NewsOfCases(
        casework=work,
        hearing=Hearing(casework=work, merged=merged, waiting=_by_case(waiting)),
        early=_by_case(await files.followers_of(conn, told - known.keys())),
        followers=_by_case(await files.followers_of(conn, _assigned_anew(batch, known))),
        known_rejected=await files.rejected_among(conn, _begun(batch)),
    )


def _named(batch: Batch[Input], waiting: Iterable[Parked]) -> set[UUID]:
    """Return the cases that others are to be merged into.

    They are locked with the others, in one order: of two that are to be merged into each other at
    once, the second finds the first merged.
    """
    said = [i.event for i in batch.incoming if not isinstance(i.event, Told)]
    several = (named_in(one) for one in (*said, *map(said_in, waiting)))
    return {id_ for id_ in several if id_ is not None}


async def _look_at_merges(batch: Batch[Input], known: Mapping[UUID, CaseFile]) -> dict[UUID, int]:
    """Let the cases that are looked at know what is merged into them; returns primaries' lanes."""
    looked_at = {d.subject for d in batch.due if d.kind == TimerKind.MERGED} & known.keys()
    for id_, here in (await merges.merged_here(batch.conn, looked_at)).items():
        known[id_].merged_here = here
    primaries = {file.case.merged_into for file in known.values()} - known.keys() - {None}
    return await merges.lanes_of(batch.conn, {id_ for id_ in primaries if id_ is not None})


def _assigned_anew(batch: Batch[Input], known: Mapping[UUID, CaseFile]) -> set[UUID]:
    """Return the cases that somebody joined and that come to another lead."""
    facts = (i.event.fact for i in batch.incoming if isinstance(i.event, Told))
    return {
        fact.case_id
        for fact in facts
        if isinstance(fact, CaseAssigned)
        and fact.case_id in known
        and known[fact.case_id].case.joined
    }


def _begun(batch: Batch[Input]) -> set[UUID]:
    """Return the reports of which intake tells what became of them."""
    facts = (i.event.fact for i in batch.incoming if isinstance(i.event, Told))
    return {
        fact.merged_id if isinstance(fact, CaseMerged) else fact.case_id
        for fact in facts
        if isinstance(fact, CaseRejected | CaseRegistered | CaseMerged)
    }


def _lanes(batch: Batch[Input], waiting: Iterable[Parked]) -> dict[UUID, int]:
    """Return the lane that decides each case now: topics may have got other partitions since."""
    due = {d.subject: d.partition for d in batch.due}
    of_parked = {one.case_id: due[one.id] for one in waiting if one.id in due}
    return due | of_parked | {i.event.case_id: i.partition for i in batch.incoming}


def _by_case(several: Iterable[OfCase]) -> dict[UUID, list[OfCase]]:
    found: dict[UUID, list[OfCase]] = {}
    for one in several:
        found.setdefault(one.case_id, []).append(one)
    return found


def _ran_out(work: Casework, hearing: Hearing, deadline: Deadline) -> None:
    kind = TimerKind(deadline.kind)
    if kind is TimerKind.PARKED:
        hearing.waited_in_vain(deadline.subject)
        return
    file = work.files.get(deadline.subject)
    if kind is TimerKind.FILE:
        _ask_for_file(work, deadline)
    elif file is not None:
        cause = caused_by(deadline.kind, deadline.due_at)
        work.live(file, TIMERS[kind](file, work.plan, work.now), cause=cause)
        work.wait_on(file, kind)


def _ask_for_file(work: Casework, deadline: Deadline) -> None:
    """Have a file published with this batch, or soon: after a pause many are due at once."""
    if len(work.asked_for) < FILES_AT_ONCE:
        work.asked_for.add(deadline.subject)
        return
    later = work.now + FILES_APART
    work.set_timer(deadline.subject, TimerKind.FILE, partition=deadline.partition, due_at=later)


# Saving -------------------------------------------------------------------------------------


async def _save(news: NewsOfCases) -> None:
    work, hearing = news.casework, news.hearing
    conn, notices = work.batch.conn, work.notices
    changed = [work.files[id_] for id_ in work.changed]
    new = [file for file in changed if file.scene is not None]
    await files.add_cases(conn, new)
    await files.save_cases(conn, [file for file in changed if file.scene is None])
    await files.save_corrections(conn, [file for file in changed if file.scene is None])
    await files.save_parts(conn, work.parts.values())
    await files.add_lines(conn, work.lines)
    await files.add_rejected(conn, news.rejected)
    await _forget_rejections(news, new=[file.case.case_id for file in new])
    await files.add_followers(conn, notices.joined)
    await merges.save(conn, work.merges)
    await parked.park(conn, hearing.parked.values())
    await parked.unpark(conn, hearing.unparked)
    await _save_timers(work)
    await _file(work)
    notices.tell_everybody(await merges.waiting_for(conn, notices.awaited))


async def _file(work: Casework) -> None:
    """Publish the files of cases that ended, that changed after their end, or were asked for."""
    ended = {id_ for id_ in work.changed if work.files[id_].case.closed_at is not None}
    wanted = [work.files[id_] for id_ in sorted(ended | (work.asked_for & work.files.keys()))]
    for message, lane in await filing.published(work.batch.conn, wanted, now=work.now):
        work.batch.emit(message, partition=lane)


async def _forget_rejections(news: NewsOfCases, *, new: Iterable[UUID]) -> None:
    """Keep no reason of a report that was rejected, sent again and accepted."""
    work = news.casework
    joined = {one.merged_id for one in work.notices.joined if one.case_id in work.files}
    accepted = sorted(news.known_rejected & {*new, *joined})
    await files.forget_rejected(work.batch.conn, accepted)


async def _save_timers(work: Casework) -> None:
    kept = [deadline for deadline in work.timers.values() if deadline is not None]
    dropped = [key for key, deadline in work.timers.items() if deadline is None]
    await timers.cancel_all(work.batch.conn, timers=dropped)
    await work.batch.set_timers(kept)
