"""What somebody at the desk reports for a caller or a visitor: into the log, as one more source.

The report is judged by intake like any other. Nothing of it is kept here: the contact least of all.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter
from pydantic_core import to_json

from schemas.events.incident import IncidentReport, event_of
from schemas.topics import INCIDENT_REPORTS
from schemas.vocabulary import DESK, case_id_for, derived_id
from services.access.actor import Actor
from services.desk.use_cases.saying import Saying, bring
from services.kit.stage.decoding import validated

SOURCE: Final = DESK
"""The source of what is reported at the desk."""

logger = logging.getLogger(__name__)

_REPORT: Final = TypeAdapter(IncidentReport)
_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""None of which is taken for another when it is read out (Crockford's base 32)."""
_GROUPS: Final = 3
_IN_A_GROUP: Final = 4

NUMBER: Final = rf"^[{_LETTERS}]{{{_IN_A_GROUP}}}(-[{_LETTERS}]{{{_IN_A_GROUP}}}){{{_GROUPS - 1}}}$"
"""How the number of a report looks that was taken here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What a form says of a report; all with one `once` and the same fields are one report."""

    fields: Mapping[str, Any]
    once: str


def report_of(typed: Typed, *, actor: Actor, at: datetime) -> IncidentReport:
    """Return the report that a form means, as taken now. Raises `Rejected` for what is none."""
    told = {
        **typed.fields,
        "source": SOURCE,
        "id": number_of(derived_id("desk-report", actor.id, typed.once, to_json(typed.fields))),
        "reported_at": at.isoformat(),
    }
    return validated(_REPORT, to_json(told))


async def take(report: IncidentReport, *, actor: Actor, door: Saying) -> None:
    """Put a report into the log; all replicas have it when this returns."""
    await bring(event_of(report), topic=INCIDENT_REPORTS, door=door)
    told = {"case_id": str(report.case_id), "person": actor.id}
    logger.info("a report was taken", extra=told)


def case_of(number: str) -> UUID:
    """Return the case that a report of this number stands for."""
    return case_id_for(SOURCE, number)


def number_of(id_: UUID) -> str:
    """Return a number that can be read out: twelve letters and digits, 60 bits of an id.

    >>> number_of(UUID(int=0)), number_of(UUID(int=2**60 - 1))
    ('0000-0000-0000', 'ZZZZ-ZZZZ-ZZZZ')
    """
    rest, found = id_.int, ""
    for _ in range(_GROUPS * _IN_A_GROUP):
        rest, digit = divmod(rest, len(_LETTERS))
        found = _LETTERS[digit] + found
    cut = range(0, len(found), _IN_A_GROUP)
    return "-".join(found[at : at + _IN_A_GROUP] for at in cut)
