"""What an export says of a case, column by column; how reporters are reached is in none."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from schemas.standing import whose_turn
from schemas.words import labels
from services.desk.domain.view import View
from services.desk.pages.rendering import Reader, sentence
from services.desk.pages.sheets import Cell

_Column = Callable[[View, Reader], Cell]


def row_of(view: View, reader: Reader) -> list[Cell]:
    """Return what stands in the columns of a case, in the language of who reads."""
    return [of(view, reader) for of in COLUMNS.values()]


def heads_of(reader: Reader) -> list[str]:
    """Return what the columns are called."""
    return [reader.say(f"column.{name}") for name in COLUMNS]


def _field(name: str) -> _Column:
    """Return the column of what a view has by this name, as it is."""
    return lambda view, _: getattr(view, name)


def _place(name: str) -> _Column:
    return lambda view, _: view.place.get(name)


def _at(name: str) -> _Column:
    """Return the column of an instant, in the city's time."""
    return lambda view, reader: _local(getattr(view, name), reader)


def _local(instant: datetime | None, reader: Reader) -> datetime | None:
    if instant is None:
        return None
    return instant.astimezone(reader.plan.timezone).replace(tzinfo=None)


def _point(name: str) -> _Column:
    return lambda view, _: (view.place.get("point") or {}).get(name)


def _turn(view: View, reader: Reader) -> Cell:
    turn = whose_turn(view)
    return None if turn is None else reader.holder(turn.who or None, turn.person)


def _clock(view: View, reader: Reader) -> Cell:
    turn = whose_turn(view)
    return None if turn is None else reader.clock(turn.clock)


def _until(view: View, reader: Reader) -> Cell:
    turn = whose_turn(view)
    return None if turn is None else _local(turn.until, reader)


def _late(view: View, reader: Reader) -> Cell:
    turn = whose_turn(view)
    return reader.say("export.yes") if turn is not None and turn.is_late(reader.now) else None


COLUMNS: Final[dict[str, _Column]] = {
    "number": lambda view, _: str(view.case_id),
    "state": lambda view, reader: reader.heading(labels.STATE[view.state]),
    "category": _field("category"),
    "title_zh": _field("title_zh"),
    "title_en": lambda view, _: sentence(view.title_en),
    "urgency": lambda view, reader: reader.heading(labels.URGENCY[view.urgency]),
    "turn": _turn,
    "clock": _clock,
    "until": _until,
    "late": _late,
    "level": _field("level"),
    "department": lambda view, reader: (
        None if view.department is None else reader.party(view.department)
    ),
    "person": _field("person"),
    "grid": _field("grid"),
    "address": _place("address"),
    "lon": _point("lon"),
    "lat": _point("lat"),
    "description": _field("description"),
    "reports": lambda view, _: view.joined + 1,
    "reported_at": _at("reported_at"),
    "registered_at": _at("registered_at"),
    "due_by": _at("due_by"),
    "promised_by": _at("promised_by"),
    "closed_at": _at("closed_at"),
    "result": _field("closed_result"),
    "supervised_for": _field("supervised_for"),
    "exercise": lambda view, reader: reader.say("export.yes") if view.exercise else None,
    "source": _field("source"),
    "source_id": _field("source_id"),
}
"""By name, what it is called below `column` in `words.toml`."""
