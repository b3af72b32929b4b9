"""A batch: load the cases it is about, work through it in order, save and tell once."""

import logging
from collections.abc import Iterable
from typing import Final, TypeVar
from uuid import UUID

from schemas.events.assignment import CaseAssigned, DutyUnfilled, LoopDetected
from schemas.events.case import CaseMerged, CaseRegistered, CaseRejected
from schemas.lifecycle import IllegalTransition
from schemas.plan import Plan
from services.kit.records import Fault, Incoming, Rejected
from services.kit.stage import timers
from services.kit.stage.batch import Batch
from services.kit.stage.timers import Deadline
from services.notifier.domain import notices
from services.notifier.domain.case import Case, CaseFile, Follower
from services.notifier.domain.clocks import TimerKind
from services.notifier.store import deliveries, files, parked
from services.notifier.store.parked import Parked
from services.notifier.store.rows import new_row
from services.notifier.use_cases import intake_news, router_news
from services.notifier.use_cases.deadlines import ran_out
from services.notifier.use_cases.delivering import Webhooks, deliveries_of
from services.notifier.use_cases.hearing import hear, replay, waited_in_vain
from services.notifier.use_cases.inputs import INTAKE, Answer, Input, News, in_order
from services.notifier.use_cases.leaving import watch_leavers
from services.notifier.use_cases.tally import Tally
from services.notifier.use_cases.work import Work

logger = logging.getLogger(__name__)

OfCase = TypeVar("OfCase", Parked, Follower)

_MOST_AHEAD: Final = 100
"""The router tells at most three events a round; no case misses so many."""
_UNKNOWN = (Fault("case_id", "was never registered with the notifier"),)


async def follow(batch: Batch[Input], *, plan: Plan, webhooks: Webhooks) -> Tally:
    """Follow every case of a batch under one plan; returns what to count and whom it told."""
    work = await _opened(batch, plan)
    for incoming in in_order(batch.incoming):
        work.cause = str(incoming.id)
        if isinstance(incoming.event, Answer):
            hear(work, incoming.event, partition=incoming.partition)
        else:
            _read(work, incoming, incoming.event)
    for deadline in batch.due:
        work.cause = f"timer/{deadline.kind}/{deadline.due_at.isoformat()}"
        _ran_out(work, deadline)
    await _save(work, webhooks)
    return work.tally


async def _opened(batch: Batch[Input], plan: Plan) -> Work:
    """Load everything the batch may need, in a handful of statements."""
    conn = batch.conn
    news = {i.event.case_id for i in batch.incoming if isinstance(i.event, News)}
    answered = {i.event.case_id for i in batch.incoming if isinstance(i.event, Answer)}
    due = {d.subject for d in batch.due if d.kind != TimerKind.PARKED}
    in_vain = {d.subject for d in batch.due if d.kind == TimerKind.PARKED}
    waiting = await parked.parked(conn, case_ids=news, ids=in_vain)
    waited_for = {one.case_id for one in waiting}
    known = await files.load_files(conn, news | answered | due | waited_for)
    for case_id, lane in _lanes(batch, waiting).items():
        if case_id in known:
            known[case_id].case.partition = lane
    merged = await files.merged_into(conn, (answered | waited_for) - known.keys())
    return Work(
        batch=batch,
        plan=plan,
        files=known,
        merged=merged,
        waiting=_by_case(waiting),
        early=_by_case(await files.followers_of(conn, news - known.keys())),
        rejected=await files.rejected_among(conn, _rejections(batch)),
    )


def _rejections(batch: Batch[Input]) -> set[UUID]:
    news = (i.event for i in batch.incoming if isinstance(i.event, News))
    return {one.case_id for one in news if isinstance(one.fact, CaseRejected)}


def _lanes(batch: Batch[Input], waiting: Iterable[Parked]) -> dict[UUID, int]:
    """Return the lane that decides each case now: topics may have got other partitions since."""
    due = {d.subject: d.partition for d in batch.due}
    parked = {one.case_id: due[one.id] for one in waiting if one.id in due}
    return due | parked | {i.event.case_id: i.partition for i in batch.incoming}


def _by_case(several: Iterable[OfCase]) -> dict[UUID, list[OfCase]]:
    found: dict[UUID, list[OfCase]] = {}
    for one in several:
        found.setdefault(one.case_id, []).append(one)
    return found


# News ---------------------------------------------------------------------------------------


def _read(work: Work, incoming: Incoming[Input], news: News) -> None:
    fact, file = news.fact, work.files.get(news.case_id)
    if isinstance(fact, CaseMerged):
        intake_news.merged(work, file, fact)
    elif file is not None:
        _read_known(work, incoming, news, file=file)
    elif news.case_id in work.rejected and isinstance(fact, CaseRejected):
        work.tally.repeats.append(news.producer)
    elif isinstance(fact, CaseRejected):
        work.rejected.add(fact.case_id)
        intake_news.rejected(work, fact, partition=incoming.partition)
    elif isinstance(fact, CaseRegistered):
        _note_gap(work, news, last=0)
        intake_news.registered(work, fact, news=news, partition=incoming.partition)
        replay(work, work.files[fact.case_id])
    else:
        work.batch.reject(incoming, Rejected("unknown_case", _UNKNOWN))


def _read_known(work: Work, incoming: Incoming[Input], news: News, *, file: CaseFile) -> None:
    case = file.case
    last = case.intake_seq if news.producer == INTAKE else case.router_seq
    is_overtaken = news.sequence <= last
    if is_overtaken and not (news.replayed or _is_another_round(news, file)):
        work.tally.repeats.append(news.producer)
        return
    if news.sequence > last + _MOST_AHEAD:
        fault = Fault("ce_sequence", f"is {news.sequence}, far ahead of its turn, {last + 1}")
        work.batch.reject(incoming, Rejected("ahead_of_turn", (fault,)))
        return
    _note_gap(work, news, last=last)
    _note_number(case, news)
    work.changes.changed.add(case.case_id)
    if is_overtaken and not news.replayed:
        case.take_back_offer()
    try:
        _check_round(case, news)
        _take(work, file, news)
    except IllegalTransition as illegal:
        fault = Fault("case_id", str(illegal))
        work.batch.reject(incoming, Rejected("illegal_transition", (fault,)))
    except Rejected as rejected:
        work.batch.reject(incoming, rejected)


def _note_number(case: Case, news: News) -> None:
    if news.producer == INTAKE:
        case.intake_seq = max(case.intake_seq, news.sequence)
    else:
        case.router_seq = max(case.router_seq, news.sequence)


def _check_round(case: Case, news: News) -> None:
    """Reject the replay of an assignment that another one has followed."""
    if not (news.replayed and isinstance(news.fact, CaseAssigned)):
        return
    if news.fact.round <= case.round:
        told = f"{news.fact.round} is over, the case is in round {case.round}"
        raise Rejected("illegal_transition", (Fault("round", told),))


def _is_another_round(news: News, file: CaseFile) -> bool:
    """Tell whether this assignment was never heard of, whatever numbers were.

    Then one that was ahead of its turn has overtaken it, which no event of the router does.
    """
    fact = news.fact
    return isinstance(fact, CaseAssigned) and fact.lead.assignment_id not in file.parts


def _take(work: Work, file: CaseFile, news: News) -> None:
    match news.fact:
        case CaseAssigned() as fact:
            router_news.assigned(work, file, fact, news=news)
            watch_leavers(work, file)
            replay(work, file)
        case LoopDetected() as fact:
            router_news.loop_detected(work, file, fact, news=news)
        case DutyUnfilled() as fact:
            router_news.duty_unfilled(work, file, fact, news=news)
        case CaseRejected():
            fault = Fault("case_id", "is a registered case")
            raise Rejected("illegal_transition", (fault,))
        case CaseRegistered() | CaseMerged():
            work.tally.repeats.append(news.producer)


def _note_gap(work: Work, news: News, *, last: int) -> None:
    if news.sequence > last + 1:
        work.tally.gaps.append(news.producer)
        logger.error(
            "events are missing before this one",
            extra={
                "case_id": str(news.case_id),
                "producer": news.producer,
                "sequence": news.sequence,
                "last": last,
            },
        )


# Deadlines ----------------------------------------------------------------------------------


def _ran_out(work: Work, deadline: Deadline) -> None:
    kind = TimerKind(deadline.kind)
    if kind is TimerKind.PARKED:
        for one in _waiting(work, deadline.subject):
            waited_in_vain(work, one)
    elif deadline.subject in work.files:
        ran_out(work, work.files[deadline.subject], kind)


def _waiting(work: Work, id_: UUID) -> list[Parked]:
    return [one for waiting in work.waiting.values() for one in waiting if one.id == id_]


# Saving -------------------------------------------------------------------------------------


async def _save(work: Work, webhooks: Webhooks) -> None:
    conn, changes = work.batch.conn, work.changes
    new = {id_: work.files[id_] for id_ in changes.scenes}
    changed = [work.files[id_] for id_ in changes.changed - new.keys()]
    rows = [new_row(file.case, changes.scenes[id_]) for id_, file in new.items()]
    await files.add_cases(conn, rows)
    await files.save_cases(conn, changed)
    await files.save_parts(conn, changes.parts.values())
    lines = [line for id_ in changes.changed for line in work.files[id_].new_lines]
    await files.add_lines(conn, lines)
    await files.add_rejected(conn, changes.rejected)
    await _forget_rejections(work)
    await files.add_totals(conn, changes.totals)
    await files.add_followers(conn, changes.followers)
    await parked.park(conn, changes.parked.values())
    await parked.unpark(conn, changes.unparked)
    await _save_timers(work)
    announced = {one.case.case_id for one in changes.announcements}
    _announce(work, await files.followers_of(conn, announced))
    await deliveries.add(
        conn,
        await deliveries_of(
            conn, work.tally.notices, plan=work.plan, webhooks=webhooks, now=work.now
        ),
    )


async def _forget_rejections(work: Work) -> None:
    """Count no report twice that was rejected, sent again and accepted."""
    cases = {id_: work.files[id_].case for id_ in work.changes.scenes}
    for joined in work.changes.followers:
        if joined.case_id in work.files:
            cases[joined.merged_id] = work.files[joined.case_id].case
    for id_ in await files.forget_rejected(work.batch.conn, cases):
        work.count_case(cases[id_], "rejected", change=-1)


async def _save_timers(work: Work) -> None:
    conn, wanted = work.batch.conn, work.changes.timers
    kept = [deadline for deadline in wanted.values() if deadline is not None]
    dropped = [key for key, deadline in wanted.items() if deadline is None]
    await timers.cancel_all(conn, timers=dropped)
    await work.batch.set_timers(kept)


def _announce(work: Work, followers: Iterable[Follower]) -> None:
    """Tell the reporter, and every follower who had joined by then, what became of a case."""
    by_case = _by_case(followers)
    for one in work.changes.announcements:
        case, work.cause = one.case, one.cause
        later = {follower.merged_id for follower in work.changes.followers[one.joined :]}
        told = [notices.reporter(case.source, case.source_id)]
        told += [
            notices.follower(follower.source, follower.source_id)
            for follower in by_case.get(case.case_id, ())
            if follower.merged_id not in later
        ]
        for address in told:
            work.notify(case, one.template, address, **one.values)
