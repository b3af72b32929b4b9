"""What is shown of a case whose whole file was published."""

from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from schemas.events.base import in_utc
from schemas.events.case_file import CaseFiled
from schemas.plan import Plan
from schemas.vocabulary import FALLBACK_CATEGORY, INTAKE, NOTIFIER, ROUTER
from services.desk.domain.view import View

_OTHERWISE: Final = {
    *("class_code", "source", "source_id", "channel", "place", "clock", "due_by", "blocked"),
    *("joined", "took_in", "parts", "lines", "ratings"),
}
_SAME_NAME: Final = tuple(f.name for f in fields(View) if f.name not in _OTHERWISE)


def view_of(filed: CaseFiled, plan: Plan) -> View:
    """Return what a file shows; the class of its category is the plan's of now."""
    category = plan.categories.get(filed.category) or plan.category(FALLBACK_CATEGORY)
    view = View(
        **{name: _told(getattr(filed, name)) for name in _SAME_NAME},
        class_code=category.class_,
        source=filed.reporter.source,
        source_id=filed.reporter.source_id,
        channel=filed.reporter.channel,
        place=filed.place.model_dump(mode="json", exclude_none=True),
        clock=None if filed.clock is None else filed.clock.as_clock(),
        due_by=None if filed.clock is None else _told(filed.clock.due_by),
        blocked=None if filed.blocked is None else _in_utc(filed.blocked),
        joined=len(filed.followers) if filed.joined is None else filed.joined,
        took_in=len(filed.took_in),
        ratings=tuple(_in_utc(one) for one in filed.ratings),
        parts={part.assignment_id: _in_utc(part) for part in filed.parts},
        lines=len(filed.story),
    )
    view.count_by(plan)
    return view


def numbers_in(filed: CaseFiled) -> dict[str, int]:
    """Return the number of the last event of each producer that is in a file."""
    return {INTAKE: filed.intake_seq, ROUTER: filed.router_seq, NOTIFIER: filed.own_seq}


def is_ahead(view: View, filed: CaseFiled) -> bool:
    """Tell whether what is shown has an event that a file lacks, by the numbers of events."""
    return any(view.last_of(name) > number for name, number in numbers_in(filed).items())


def _in_utc(part: Any) -> Any:  # noqa: ANN401 - whatever stands within a file
    told = {name: _told(getattr(part, name)) for name in type(part).model_fields}
    return part.model_copy(update=told)


def _told(value: Any) -> Any:  # noqa: ANN401 - any field
    return in_utc(value) if isinstance(value, datetime) else value
