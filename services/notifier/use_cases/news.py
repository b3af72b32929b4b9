"""What intake and the router tell: in turn, once, and put aside where it cannot be."""

import logging
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from schemas.events.assignment import CaseAssigned, CoHandlerOffered, DutyUnfilled, LoopDetected
from schemas.events.base import in_utc
from schemas.events.case import CaseMerged, CaseRegistered, CaseRejected
from schemas.lifecycle import IllegalTransition
from schemas.vocabulary import INTAKE
from services.case_events import check_turn
from services.kit.records import Fault, Incoming, Rejected
from services.notifier.bounds import MOST_AHEAD
from services.notifier.domain.beginning import assigned, file_of, registered, told_of
from services.notifier.domain.case import Case, CaseFile, Follower, Statement
from services.notifier.domain.joining import joined
from services.notifier.use_cases.casework import Casework
from services.notifier.use_cases.hearing import Hearing
from services.notifier.use_cases.inputs import Input, News

logger = logging.getLogger(__name__)

_UNKNOWN: Final = (Fault("case_id", "was never registered with the notifier"),)


@dataclass(slots=True, kw_only=True)
class NewsOfCases:
    """The news of a batch.

    `early` are reports that joined a case before it was known here, by case, `followers` those that
    joined cases which this batch assigns; `known_rejected` are reports of this batch that were
    rejected until now, `rejected` the ones that it rejected.
    """

    casework: Casework
    hearing: Hearing
    early: dict[UUID, list[Follower]]
    followers: dict[UUID, list[Follower]]
    known_rejected: set[UUID]
    rejected: list[CaseRejected] = field(default_factory=list)

    def read(self, incoming: Incoming[Input], news: News) -> None:
        """Let one piece of news have its effect; what can never have one becomes a dead letter."""
        fact, file = news.fact, self.casework.files.get(news.case_id)
        if isinstance(fact, CaseMerged):
            self._join(file, fact, cause=str(incoming.id))
        elif file is not None:
            self._read_known(incoming, news, file=file)
        elif isinstance(fact, CaseRejected):
            self._reject(incoming, news, fact)
        elif isinstance(fact, CaseRegistered):
            self._register(incoming, news, fact)
        else:
            self.casework.batch.reject(incoming, Rejected("unknown_case", _UNKNOWN))

    # Of a case that is not known yet --------------------------------------------------------

    def _register(self, incoming: Incoming[Input], news: News, fact: CaseRegistered) -> None:
        work, cause = self.casework, str(incoming.id)
        self._note_gap(news, last=0)
        file = work.files[fact.case_id] = file_of(fact, partition=incoming.partition)
        file.case.intake_seq = news.sequence
        work.live(file, registered(fact, news.data, work.plan, work.now), cause=cause)
        early = self.followers[fact.case_id] = self.early.pop(fact.case_id, [])
        work.live(file, joined(file, early, work.plan, work.now), cause=cause)
        self.hearing.replay(file)

    def _join(self, file: CaseFile | None, fact: CaseMerged, *, cause: str) -> None:
        """Add a follower; one who comes before the case itself waits for it.

        Reports of one thing come on any partition, so their merges may overtake the registration.
        """
        reporter = fact.reporter
        follower = Follower(
            merged_id=fact.merged_id,
            case_id=fact.case_id,
            source=reporter.source,
            source_id=reporter.source_id,
            channel=reporter.channel,
            joined_at=in_utc(fact.at),
            why=fact.why,
            said=Statement(
                description=fact.description,
                media=fact.media,
                people=fact.people,
                urgency=fact.urgency,
                danger=fact.danger,
            ),
        )
        self.casework.notices.joined.append(follower)
        if file is None:
            self.early.setdefault(fact.case_id, []).append(follower)
        else:
            work = self.casework
            work.live(file, joined(file, [follower], work.plan, work.now), cause=cause)

    def _followers(self, case_id: UUID) -> list[Follower]:
        """Return who joined a case until now, in their order."""
        here = [one for one in self.casework.notices.joined if one.case_id == case_id]
        return [*self.followers.get(case_id, ()), *here]

    def _reject(self, incoming: Incoming[Input], news: News, fact: CaseRejected) -> None:
        """Keep a report that is not accepted, and tell its reporter why."""
        work = self.casework
        if fact.case_id in self.known_rejected:
            work.tally.repeats.append(news.producer)
            return
        self.known_rejected.add(fact.case_id)
        self.rejected.append(fact)
        work.notices.reject(fact, partition=incoming.partition, cause=str(incoming.id))

    # Of a known case ------------------------------------------------------------------------

    def _read_known(self, incoming: Incoming[Input], news: News, *, file: CaseFile) -> None:
        work, case = self.casework, file.case
        last = case.intake_seq if news.producer == INTAKE else case.router_seq
        is_overtaken = news.sequence <= last
        if is_overtaken and not (news.replayed or _is_another_round(news, file)):
            work.tally.repeats.append(news.producer)
            return
        try:
            check_turn(news.sequence, last=last, most=MOST_AHEAD)
        except Rejected as rejected:
            work.batch.reject(incoming, rejected)
            return
        self._note_gap(news, last=last)
        _note_number(case, news)
        work.changed.add(case.case_id)
        if is_overtaken and not news.replayed:
            work.tell_overrun(file)
            case.take_back_offer()
        try:
            _check_round(case, news)
            self._take(file, news, cause=str(incoming.id))
        except IllegalTransition as illegal:
            fault = Fault("case_id", str(illegal))
            work.batch.reject(incoming, Rejected("illegal_transition", (fault,)))
        except Rejected as rejected:
            work.batch.reject(incoming, rejected)

    def _take(self, file: CaseFile, news: News, *, cause: str) -> None:
        work = self.casework
        match news.fact:
            case CaseAssigned() as fact:
                life = assigned(
                    file,
                    fact,
                    news.data,
                    work.plan,
                    work.now,
                    followers=self._followers(fact.case_id),
                )
                work.live(file, life, cause=cause)
                self.hearing.replay(file)
            case CoHandlerOffered() as fact:
                work.live(file, told_of(fact, news.data), cause=cause)
                self.hearing.replay(file)
            case LoopDetected() | DutyUnfilled() as fact:
                work.live(file, told_of(fact, news.data), cause=cause)
            case CaseRejected():
                fault = Fault("case_id", "is a registered case")
                raise Rejected("illegal_transition", (fault,))
            case CaseRegistered() | CaseMerged():
                work.tally.repeats.append(news.producer)

    def _note_gap(self, news: News, *, last: int) -> None:
        if news.sequence > last + 1:
            self.casework.tally.gaps.append(news.producer)
            logger.error(
                "events are missing before this one",
                extra={
                    "case_id": str(news.case_id),
                    "producer": news.producer,
                    "sequence": news.sequence,
                    "last": last,
                },
            )


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
