"""A line of the story of a case."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryLine:
    """One thing that happened to a case, in words; `data` is the event's JSON."""

    case_id: UUID
    number: int
    at: datetime
    type: str
    actor: str
    party: str
    text_en: str
    text_zh: str
    data: str
