"""By when a case is to be closed, as its reporters are told."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A case is to be closed by another instant, as the `sequence`-th event of its teller says.

    What was promised never comes sooner, so the latest is what holds.
    """

    case_id: UUID
    promised_by: datetime
    sequence: int
