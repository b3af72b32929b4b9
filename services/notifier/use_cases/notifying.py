"""The notices of a batch: who is told what, in whose words, once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from schemas import topics
from schemas.events.assignment import CaseAssigned, CoHandlerOffered, Offer
from schemas.events.base import event_of
from schemas.events.case import CaseRejected
from schemas.events.notice import Notice
from schemas.plan import Plan
from schemas.vocabulary import NOTIFIER, derived_id
from schemas.words.form import Words
from schemas.words.notices import TEXTS
from schemas.words.sentence import Reading, sentence
from schemas.words.templates import Template
from services.kit.records import message_of
from services.kit.stage.batch import Batch
from services.notifier.domain.case import Case, CaseFile, Follower
from services.notifier.domain.facts import Happened
from services.notifier.domain.notices import Address, as_exercise, follower, handler, reporter
from services.notifier.domain.part import Part
from services.notifier.domain.tells import TELLS
from services.notifier.use_cases.tally import Issued


class _Said(NamedTuple):
    """What is told of a case: the text, what led to it, and after which event of our own.

    `joined` is how many reports of the batch had joined by then: who comes later is told what holds
    when he joins.
    """

    template: Template
    text: Words
    cause: str
    case: Case
    level: int
    joined: int


@dataclass(slots=True, kw_only=True)
class Notices:
    """What a batch tells people.

    `issued` are all notices so far, `joined` the reports that joined cases in the batch, in order.
    """

    batch: Batch[Any]
    plan: Plan
    reading: Reading
    issued: list[Issued]
    joined: list[Follower] = field(default_factory=list)
    _to_everybody: list[_Said] = field(default_factory=list)

    def tell(
        self, file: CaseFile, happened: Happened, parts: Sequence[Part], *, cause: str
    ) -> None:
        """Tell a fact to whom its rows name; to everybody who waits for the case, at the end."""
        after = file.case.told_after(cause, line=file.case.lines)
        for row in TELLS.get(type(happened.fact), ()):
            if not row.holds(happened.fact):
                continue
            if row.to is None:
                self._to_everybody.append(self._said(row.template, file, happened, cause=after))
                continue
            if addresses := [*dict.fromkeys(row.to(file, happened, parts))]:
                said = self._said(row.template, file, happened, cause=after)
                for address in addresses:
                    self._notify(said, address, offer=_offered(happened, address))

    def _said(self, template: Template, file: CaseFile, happened: Happened, *, cause: str) -> _Said:
        case = file.case
        text = sentence(
            TEXTS[template], happened.fact, reading=self.reading, case=case, plan=self.plan
        )
        return _Said(
            template=template,
            text=text,
            cause=cause,
            case=case,
            level=case.level,
            joined=len(self.joined),
        )

    @property
    def awaited(self) -> set[UUID]:
        """The cases of which everybody who waits for them is to be told."""
        return {said.case.case_id for said in self._to_everybody}

    def tell_everybody(self, waiting: Mapping[UUID, Sequence[Follower]]) -> None:
        """Tell the reporter, and everybody who waits and had joined by then, what became of it."""
        for said in self._to_everybody:
            case = said.case
            later = {one.merged_id for one in self.joined[said.joined :]}
            self._notify(said, reporter(case.source, case.source_id))
            for one in waiting.get(case.case_id, ()):
                if one.merged_id not in later:
                    self._notify(said, follower(one.source, one.source_id))

    def reject(self, fact: CaseRejected, *, partition: int, cause: str) -> None:
        """Tell a reporter why a report is not accepted."""
        text = sentence(TEXTS[Template.REJECTED], fact, reading=self.reading)
        address = reporter(fact.reporter.source, fact.reporter.source_id)
        notice = Notice(
            case_id=fact.case_id,
            at=self.batch.now,
            audience=address.audience,
            recipient=address.recipient,
            template=Template.REJECTED,
            text_en=text.en,
            text_zh=text.zh,
            exercise=fact.exercise,
        )
        self._issue(notice, address, partition=partition, cause=cause)

    def _notify(self, said: _Said, address: Address, *, offer: Offer | None = None) -> None:
        notice = Notice(
            case_id=said.case.case_id,
            at=self.batch.now,
            audience=address.audience,
            recipient=address.recipient,
            template=said.template,
            text_en=said.text.en,
            text_zh=said.text.zh,
            level=said.level,
            exercise=said.case.exercise,
            assignment_id=None if offer is None else offer.assignment_id,
            due_by=None if offer is None else said.case.due_by,
        )
        self._issue(notice, address, partition=said.case.partition, cause=said.cause)

    def _issue(self, notice: Notice, address: Address, *, partition: int, cause: str) -> None:
        """Publish a notice; its id follows from its cause, so a repeat has the same.

        Of an exercise only the plan's contacts for exercises are told, and that it is one.
        """
        if notice.exercise:
            if address.party not in self.plan.exercises.contacts:
                return
            text = as_exercise(Words(notice.text_en, notice.text_zh))
            notice = notice.model_copy(update={"text_en": text.en, "text_zh": text.zh})
        id_ = derived_id("notice", notice.case_id, cause, notice.template, notice.recipient)
        event = event_of(notice, service=NOTIFIER, sequence=0, cause=cause, id_=id_)
        self.batch.emit(message_of(event, topic=topics.NOTICES), partition=partition)
        self.issued.append(Issued(id=event.id, notice=notice))


def _offered(happened: Happened, address: Address) -> Offer | None:
    """Return what an address is offered by an assignment."""
    fact = happened.fact
    if isinstance(fact, CoHandlerOffered):
        offers: tuple[Offer, ...] = (fact.offer,)
    elif isinstance(fact, CaseAssigned):
        offers = (fact.lead, *fact.co_handlers)
    else:
        return None
    return next((o for o in offers if handler(o.department, o.person) == address), None)
