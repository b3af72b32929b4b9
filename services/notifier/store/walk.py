"""Going through cases in the order of their registration, or another, a portion at a time."""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, bindparam, tuple_

from services.kit.sql.declaring import table_of
from services.notifier.store.tables import FollowUp

Place = tuple[datetime, UUID]
"""How far a walk is: the instant of the last case by which it goes, and its id."""
Found = Row[*tuple[Any, ...]]
"""A case of a portion: `case_id`, `partition`, `registered_at`, and what its query has besides."""

BEFORE_ALL: Final[Place] = (datetime(1900, 1, 1, tzinfo=UTC), UUID(int=0))

_CASE = table_of(FollowUp)
COLUMNS: Final = (_CASE.c.case_id, _CASE.c.partition, _CASE.c.registered_at)
IN_ORDER: Final = (_CASE.c.registered_at, _CASE.c.case_id)
"""What a portion is ordered by."""


def comes_after(at: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return that a case comes after a place, by one of its instants; see `parameters`."""
    place = bindparam("at", type_=at.type), bindparam("id", type_=_CASE.c.case_id.type)
    return tuple_(at, _CASE.c.case_id) > tuple_(*place)


AFTER: Final = comes_after(_CASE.c.registered_at)
"""That a case comes after a place, whose `parameters` the query is given."""


def parameters(after: Place) -> dict[str, Any]:
    """Return what a query with `AFTER`, or what `comes_after`, is given."""
    at, id_ = after
    return {"at": at, "id": id_}


def place_of(case: Found) -> Place:
    """Return how far a walk is that has come to this case."""
    return case.registered_at, case.case_id
