"""`feedback.<party>.v1`: what departments, the supervision and the reporters answer."""

from typing import Annotated, Final, Literal, get_args
from uuid import UUID

from pydantic import Field, StringConstraints, TypeAdapter, ValidationInfo, field_validator

from schemas.cloudevents import CloudEvent
from schemas.events.acting import Acting
from schemas.events.base import Body, Code, Identifier, Instant, OwnWords, Text
from schemas.events.case import Evidence
from schemas.vocabulary import Satisfaction, Word, derived_id

FeedbackId = Annotated[Identifier, StringConstraints(min_length=1, max_length=128)]


class _Answer(Body):
    """What every answer carries; a repeat of the sender's own `feedback_id` changes nothing.

    `acting` is who says it, null for a machine that speaks for its party.
    """

    feedback_id: FeedbackId
    case_id: UUID
    at: Instant
    by: Annotated[Text, StringConstraints(max_length=100)] | None = None
    acting: Acting | None = None


class _DepartmentAnswer(_Answer):
    """An answer to one assignment, by the department that received it."""

    assignment_id: UUID


class Accepted(_DepartmentAnswer):
    """We take it (签收)."""

    kind: Literal["accepted"]


class Declined(_DepartmentAnswer):
    """Not ours (退单), always with a reason."""

    kind: Literal["declined"]
    reason: OwnWords
    suggested_department: Code | None = None


class Started(_DepartmentAnswer):
    """We are at work."""

    kind: Literal["started"]


class Progress(_DepartmentAnswer):
    """How it goes."""

    kind: Literal["progress"]
    note: OwnWords


class Done(_DepartmentAnswer):
    """Done, with the result and its evidence."""

    kind: Literal["done"]
    result: OwnWords
    evidence: tuple[Evidence, ...] = Field(default=(), max_length=50)


class Blocked(_DepartmentAnswer):
    """We cannot go on before a co-handler's part is done; `blocked_by` is its department."""

    kind: Literal["blocked"]
    blocked_by: Code
    reason: OwnWords


class Unblock(_DepartmentAnswer):
    """We wait for nobody any more."""

    kind: Literal["unblocked"]


class CheckPassedAnswer(_Answer):
    """The supervision looked and found it done."""

    kind: Literal["check_passed"]


class CheckFailedAnswer(_Answer):
    """The supervision looked and found it not done."""

    kind: Literal["check_failed"]
    reason: OwnWords


class Reopen(_Answer):
    """The reporter, or the supervision, says it is not solved."""

    kind: Literal["reopen"]
    reason: OwnWords


class WithdrawAnswer(_Answer):
    """The reporter takes the report back: it is settled, or was a mistake."""

    kind: Literal["withdraw"]
    reason: OwnWords


MOST_OF_A_REASON: Final = 500
"""Characters: one says why in a few sentences."""


class Rate(_Answer):
    """Whoever reported says how satisfied they are, once after each closing.

    `report_id` is whose: absent for the case's own report. Who is dissatisfied says why.
    """

    kind: Literal["rate"]
    report_id: UUID | None = None
    satisfaction: Satisfaction
    reason: Annotated[OwnWords, StringConstraints(max_length=MOST_OF_A_REASON)] | None = Field(
        default=None, validate_default=True
    )

    @field_validator("reason")
    @classmethod
    def _is_given(cls, reason: str | None, known: ValidationInfo) -> str | None:
        if reason is None and known.data.get("satisfaction") is Satisfaction.DISSATISFIED:
            raise ValueError("is missing: who is dissatisfied says why")
        return reason


Feedback = Annotated[
    Accepted
    | Declined
    | Started
    | Progress
    | Done
    | Blocked
    | Unblock
    | CheckPassedAnswer
    | CheckFailedAnswer
    | Reopen
    | WithdrawAnswer
    | Rate,
    Field(discriminator="kind"),
]
DepartmentAnswer = Accepted | Declined | Started | Progress | Done | Blocked | Unblock

FEEDBACK: TypeAdapter[Feedback] = TypeAdapter(Feedback)
FEEDBACK_TYPE = "feedback.given"

_OF_WORD: Final[dict[str, TypeAdapter[Feedback]]] = {
    get_args(model.model_fields["kind"].annotation)[0]: TypeAdapter(model)
    for model in get_args(get_args(Feedback)[0])
}


def as_answer(word: Word) -> TypeAdapter[Feedback]:
    """Return what reads the answer of one word alone, whose faults name no kind."""
    return _OF_WORD[word]


def event_id(party: str, said: Feedback) -> UUID:
    """Return the id of an answer's event: a repeat of the answer has the same."""
    return derived_id("feedback", party, said.feedback_id)


def event_of(party: str, said: Feedback) -> CloudEvent:
    """Return the event that brings an answer of a party into the log."""
    case_id = str(said.case_id)
    return CloudEvent(
        id=event_id(party, said),
        type=FEEDBACK_TYPE,
        source=f"/parties/{party}",
        subject=case_id,
        time=said.at,
        data=said.model_dump_json(exclude_none=True).encode(),
        key=case_id,
    )
