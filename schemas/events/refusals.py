"""`feedback-refusals.v1`: answers and commands that changed nothing, and why."""

from typing import ClassVar

from pydantic import Field

from schemas.events.acting import ActedFact
from schemas.events.base import MOST_LISTED, CaseFact, Code, Text
from schemas.events.commands import CommandId
from schemas.events.feedback import FeedbackId
from schemas.lifecycle import CaseState


class Refused(CaseFact):
    """What was said of a case, and why it changed nothing; `field` is what to mend in it."""

    kind: Code
    reason: Code
    field: Text | None = None
    message_en: Text
    message_zh: Text
    state: CaseState | None = None
    allowed: tuple[Text, ...] = Field(default=(), max_length=MOST_LISTED)


class FeedbackRefused(Refused):
    """An answer that changed nothing, and why."""

    type: ClassVar[str] = "feedback.refused"

    feedback_id: FeedbackId
    party: Code


class CommandRefused(Refused, ActedFact):
    """A command that changed nothing, and why."""

    type: ClassVar[str] = "command.refused"

    command_id: CommandId
