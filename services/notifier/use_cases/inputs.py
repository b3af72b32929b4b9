"""What the notifier hears: news of intake and the router, the parties' answers, and commands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from schemas.events import commands
from schemas.events.assignment import CaseAssigned, CoHandlerOffered, DutyUnfilled, LoopDetected
from schemas.events.case import CaseMerged, CaseRegistered, CaseRejected
from schemas.events.feedback import DepartmentAnswer, Feedback
from schemas.events.refusals import CommandRefused, FeedbackRefused, Refused
from schemas.lifecycle import Actor
from schemas.plan import Plan
from schemas.roles import answers_of
from schemas.vocabulary import INTAKE, NOTIFIER, ROUTER, CommandKind, Word, derived_id
from schemas.words.refusals import Reason
from services.case_events import CaseEvents, Told
from services.kit.records import Incoming
from services.notifier.domain.answers import WAITS_FOR_THE_ROUTER, not_now_said
from services.notifier.domain.authority import barred, is_early, not_now
from services.notifier.domain.case import CaseFile
from services.notifier.domain.decide import ANSWERS, COMMANDS
from services.notifier.domain.facts import Life, Refusal
from services.notifier.domain.requests import waits_for_router

_WORDS: Final = {str(word): word for word in Word}

IntakeFact = CaseRegistered | CaseMerged | CaseRejected
RouterFact = CaseAssigned | CoHandlerOffered | LoopDetected | DutyUnfilled

NEWS: Final = CaseEvents[IntakeFact | RouterFact](
    NOTIFIER,
    {
        CaseRegistered.type: (INTAKE, CaseRegistered),
        CaseMerged.type: (INTAKE, CaseMerged),
        CaseRejected.type: (INTAKE, CaseRejected),
        CaseAssigned.type: (ROUTER, CaseAssigned),
        CoHandlerOffered.type: (ROUTER, CoHandlerOffered),
        LoopDetected.type: (ROUTER, LoopDetected),
        DutyUnfilled.type: (ROUTER, DutyUnfilled),
    },
    # A case's row has the last number of each producer; joiners and refused reports have no row.
    loose={CaseMerged.type, CaseRejected.type},
)
"""Which events matter, and of which service."""

News = Told[IntakeFact | RouterFact]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a party said; `id` is the event's, `data` its JSON."""

    id: UUID
    party: str
    said: Feedback
    data: bytes

    @property
    def kind(self) -> Word:
        """The word that was said."""
        return _WORDS[self.said.kind]

    @property
    def possible(self) -> tuple[Word, ...]:
        """The words that this party may say at all."""
        return tuple(sorted(answers_of(self.party)))

    @property
    def case_id(self) -> UUID:
        """The case it is about."""
        return self.said.case_id

    @property
    def assignment_id(self) -> UUID | None:
        """The assignment it answers; only departments answer one."""
        return self.said.assignment_id if isinstance(self.said, DepartmentAnswer) else None

    def barred(self) -> Refusal | None:
        """Return why this party cannot say this of any case."""
        if self.kind in answers_of(self.party):
            return None
        return Refusal(reason=Reason.NOT_YOUR_WORD, allowed=self.possible)

    def is_early(self, file: CaseFile) -> bool:
        """Tell whether it answers what the case does not know yet, or waits for the router."""
        if self.assignment_id is not None:
            return self.assignment_id not in file.parts
        return self.kind in WAITS_FOR_THE_ROUTER and file.awaits_assignment

    def decide(self, file: CaseFile, plan: Plan, now: datetime) -> Life:
        """Return what follows from it."""
        return ANSWERS[self.kind](file, self.said, self.party, plan, now)

    def waited_in_vain(self, file: CaseFile) -> Refusal:
        """Return why it cannot wait for its case any more."""
        return not_now_said(file.case, actor=Actor.REPORTER)

    @property
    def refusal_id(self) -> UUID:
        """The id of the event that refuses it."""
        return derived_id("refusal", self.party, self.said.feedback_id)

    def refused(self, **why: Any) -> Refused:
        """Return that it changed nothing, and why."""
        return FeedbackRefused(feedback_id=self.said.feedback_id, party=self.party, **why)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command of a person; `id` is the event's, `data` its JSON. It answers no assignment."""

    id: UUID
    said: commands.Command
    data: bytes
    assignment_id: None = None

    @property
    def kind(self) -> CommandKind:
        """What is commanded."""
        return CommandKind(self.said.kind)

    @property
    def possible(self) -> tuple[CommandKind, ...]:
        """What a person may command at all."""
        return tuple(CommandKind)

    @property
    def party(self) -> str:
        """The person."""
        return self.said.acting.person

    @property
    def case_id(self) -> UUID:
        """The case it is about."""
        return self.said.case_id

    def barred(self) -> Refusal | None:
        """Return why this person may not command this of any case."""
        return barred(self.kind, self.said.acting)

    def is_early(self, file: CaseFile) -> bool:
        """Tell whether it waits for the router's next word."""
        return is_early(file, self.kind) or waits_for_router(file, self.said)

    def decide(self, file: CaseFile, plan: Plan, now: datetime) -> Life:
        """Return what follows from it."""
        return COMMANDS[self.kind](file, self.said, plan, now)

    def waited_in_vain(self, file: CaseFile) -> Refusal:
        """Return why it cannot wait for its case any more."""
        return not_now(file.case)

    @property
    def refusal_id(self) -> UUID:
        """The id of the event that refuses it."""
        return derived_id("refusal", self.id)

    def refused(self, **why: Any) -> Refused:
        """Return that it changed nothing, and why."""
        return CommandRefused(command_id=self.said.command_id, acting=self.said.acting, **why)


Said = Answer | Command
"""What somebody says of a case, which it may refuse."""

Input = News | Said


def in_order(incoming: list[Incoming[Input]]) -> list[Incoming[Input]]:
    """Return a batch with all news before all that is said, each in the order read.

    An answer is never older than the assignment it answers, but another topic's records may be
    read first.
    """
    return sorted(incoming, key=lambda item: not isinstance(item.event, Told))
