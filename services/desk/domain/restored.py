"""Tables that were put back from a backup, beside what was told of them since."""

from datetime import datetime

from schemas.events.people import KeyRecorded, PersonRecorded


def person_that_holds(row: PersonRecorded, told: PersonRecorded) -> PersonRecorded:
    """Return what holds of a person: what was said of them last.

    Whom the topic has disabled stays so, also where the row was changed later: whoever changed it
    saw in these tables somebody who is let in.
    """
    later = told if told.at >= row.at else row
    disabled = later.disabled or told.disabled
    return later.model_copy(update={"version": row.version, "disabled": disabled})


def key_that_holds(row: KeyRecorded, told: KeyRecorded) -> KeyRecorded:
    """Return what holds of a token: nothing of it changes but its ends, and the first holds."""
    ends = {
        "expires_at": _first(row.expires_at, told.expires_at),
        "revoked_at": _first(row.revoked_at, told.revoked_at),
    }
    return row.model_copy(update=ends)


def _first(*instants: datetime | None) -> datetime | None:
    return min((at for at in instants if at is not None), default=None)
