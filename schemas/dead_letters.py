"""What a service says of its dead letters: which records, and why in a word, but no byte of them.

A record that could not be read may have anybody's number in it, in a fault's text too.
"""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from schemas.events.base import Instant, Text
from schemas.topics import SERVICES

MOST_NAME_LETTERS: Final = 400
"""Of a letter's name: a topic has 249 at most."""


class WhyNot(StrEnum):
    """Why a dead letter's record cannot be published again."""

    SEALED = "sealed"
    """No master key that is there opens it."""
    NO_RECORD = "no_record"
    """It is bytes in which no record could be read."""
    NOT_OURS = "not_ours"
    """It is of a topic that this service does not both read and write."""


class LetterView(BaseModel):
    """One dead letter; `size` is how many bytes the record's value had, None for no value.

    `rejected_at` is None where that is not to be read. With `why_not` it cannot be replayed here.
    """

    name: str
    topic: str
    code: str
    rejected_at: Instant | None
    size: int | None
    why_not: WhyNot | None


class LettersView(BaseModel):
    """The newest dead letters of a service, the last one first, and whether there may be older."""

    letters: list[LetterView]
    some_older: bool


def _service(name: str) -> str:
    if name not in SERVICES:
        msg = f"must be one of {', '.join(SERVICES)}"
        raise ValueError(msg)
    return name


class Which(BaseModel):
    """A dead letter, by its name."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Text, StringConstraints(min_length=1, max_length=MOST_NAME_LETTERS)]


class Again(Which):
    """A dead letter whose record is to be published again.

    `services` are the others that put the same record aside: it is a replay to them, too.
    """

    services: Annotated[list[Annotated[str, AfterValidator(_service)]], Field(max_length=10)] = []
