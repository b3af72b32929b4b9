"""A line of the story of a case."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from schemas.events.case_file import FiledClock


class StoryLine(NamedTuple):
    """One thing that happened to a case, in words; `data` is the event's JSON.

    `clock` is the handling clock as it stood after what starts, stops or moves it.
    """

    case_id: UUID
    number: int
    at: datetime
    type: str
    actor: str
    party: str
    text_en: str
    text_zh: str
    data: str
    clock: FiledClock | None = None
