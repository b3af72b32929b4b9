"""`notices.v1`: what people must be told, in Chinese and English, without names or numbers."""

from typing import ClassVar
from uuid import UUID

from schemas.events.base import CaseFact, Code, Instant, Level, Text
from schemas.vocabulary import Audience


class Notice(CaseFact):
    """One message to one recipient.

    `recipient` is opaque: `report:<source>/<id>` for a reporter, whom the upstream system knows,
    `department:<code>` or `department:<code>/<person>` for a handler, `supervision` or
    `supervision/<person>`. One that tells of an offer names the assignment, and by when the case is
    due.
    """

    type: ClassVar[str] = "notice.issued"

    audience: Audience
    recipient: Text
    template: Code
    text_en: Text
    text_zh: Text
    level: Level = 0
    exercise: bool = False
    assignment_id: UUID | None = None
    due_by: Instant | None = None
