"""What is held of a person, and what is left after an erasure, as JSON that people read."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.topics import INCIDENT_REPORTS, dead_letters
from services.intake.use_cases.persons import Held, Who
from services.kit.sql.database import Database
from services.kit.stage.dead_letters import DeadLetter
from services.notifier.store import reading

_STAYS = {
    INCIDENT_REPORTS: "the report as it was sent, until 7 days after that",
    "intake's outbox": "dead letters, sealed, until TONGXIN_KEEP_DAYS after they were published",
    "backups": "sealed: until `tongxin person forget-keys` takes the master keys of their time",
    "PostgreSQL": "old rows, sealed, until VACUUM, and in its write-ahead log",
    "cases": "what was reported, where, and in which words: data of the case, without a contact",
}


def as_json(
    who: Who, held: Iterable[Held], words: Mapping[UUID, Any], letters: Iterable[DeadLetter] | None
) -> dict[str, Any]:
    """Return all that is held of a person; `letters` are None where no broker was asked."""
    return {
        "asked_for": _asked(who),
        "reports": [_report(one, words.get(one.report.case_id)) for one in held],
        "dead_letters": _letters(letters),
    }


def proof(
    held: Iterable[Held], letters: Iterable[DeadLetter] | None, *, by: str, at: datetime
) -> dict[str, Any]:
    """Return what was erased, and what stays where and until when; no contact is in it."""
    return {
        "erased_at": at.isoformat(),
        "by": by,
        "reports": [_named(one) for one in held],
        "dead_letters": _letters(letters),
        "stays": _STAYS,
    }


async def words_of(database: Database, held: Iterable[Held]) -> dict[UUID, Any]:
    """Return what each of these reports says, by the notifier's book; of none that was refused."""
    found: dict[UUID, Any] = {}
    async with database.read() as conn:
        for one in held:
            report = one.report
            if report.primary_id is None:
                case = await reading.case(conn, report.case_id)
                if case is not None:
                    found[report.case_id] = {
                        "description": case["description"],
                        "place": case["place"],
                    }
                continue
            for follower in await reading.followers(conn, report.primary_id):
                if follower["merged_id"] == report.case_id:
                    found[report.case_id] = follower["said"]
    return found


def _asked(who: Who) -> dict[str, str]:
    given = {
        "phone": who.phone,
        "mail": who.mail,
        "report": "/".join(who.report) if who.report else None,
    }
    return {name: value for name, value in given.items() if value is not None}


def _named(held: Held) -> dict[str, Any]:
    report = held.report
    case_id = report.primary_id or report.case_id
    return {"source": report.source, "id": report.source_id, "case_id": str(case_id)}


def _report(held: Held, words: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    report = held.report
    contact = None if held.contact is None else held.contact.model_dump(exclude_none=True)
    return {
        **_named(held),
        "contact": "sealed under a key that is not in the file" if held.sealed else contact,
        "category": report.category,
        "grid": report.grid,
        "position": None if report.lat is None else {"lat": report.lat, "lon": report.lon},
        "reported_at": report.reported_at.isoformat(),
        "received_at": report.received_at.isoformat(),
        "outcome": report.outcome,
        "said": words,
        "looks": [
            {"at": one.at.isoformat(), "by": one.name, "role": one.role, "reason": one.reason}
            for one in held.looks
        ],
        "erasures": [
            {"at": one.at.isoformat(), "by": one.by, "reason": one.reason} for one in held.erasures
        ],
    }


def _letters(letters: Iterable[DeadLetter] | None) -> list[dict[str, str]] | str:
    if letters is None:
        return f"{dead_letters('intake')} was not looked through: no broker is known or answers"
    return [{"name": one.name, "put_aside_at": one.rejected_at} for one in letters]
