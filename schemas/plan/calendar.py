"""When a limit that starts now is over: the one count of working time, for whoever needs it."""

from datetime import datetime

from schemas.plan.limits import Limit


def due_by(limit: Limit, since: datetime) -> datetime:
    """Return the instant at which a limit that begins at `since` is used up.

    There is no calendar yet: every unit runs on day and night (`Limit.continuous`).

    >>> due_by(Limit.parse("2 UH"), datetime.fromisoformat("2026-05-01T08:00Z")).isoformat()
    '2026-05-01T10:00:00+00:00'
    """
    return since + limit.continuous()
