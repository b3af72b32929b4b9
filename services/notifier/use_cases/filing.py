"""The file of a case, whole, for whoever was not there: on `case-files.v1`.

A file is published by the lane of its case, in the transaction that made it what it is, so that an
older one never follows a newer one. Whoever asks for one from outside sets a timer.
"""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas import topics
from schemas.cloudevents import CloudEvent
from schemas.events.base import source_of
from schemas.events.case_file import MOST_BYTES, CaseFiled
from schemas.plan.handling_clock import HandlingClock
from schemas.vocabulary import NOTIFIER, derived_id
from services.kit.records import Message, message_of
from services.kit.sql.database import Database
from services.notifier.bounds import FILES_APART, FILES_AT_ONCE
from services.notifier.domain.case import Case, CaseFile, Follower
from services.notifier.domain.clocks import TimerKind
from services.notifier.domain.part import Part
from services.notifier.store import case_files, files
from services.notifier.store.case_files import Kept
from services.notifier.store.walk import BEFORE_ALL, place_of
from services.notifier.use_cases.looking_again import set_timers

_SAME_NAME: Final = (
    *("state", "level", "reported_at", "registered_at", "category", "title_en", "title_zh"),
    *("urgency", "exercise", "triage", "supervised_for", "watcher", "round", "final"),
    *("assignment_id", "department", "person"),
    *("tier", "evidence", "must_check", "assigned_at", "accepted_at", "sign_by", "check_by"),
    *("triage_by", "blocked"),
    *("reminded_at", "overdue_at", "overrun_told_at", "failures", "returns"),
    *("closed_at", "closed_result"),
    *("closed_before", "merged_into", "took_in", "joined", "set_aside"),
    *("suspended_until", "exempt_at", "requests", "spent", "hands", "ratings"),
    *("dispatch_by", "promise", "promised_at", "promised_by", "promise_missed_at"),
    *("intake_seq", "router_seq", "own_seq"),
)
_PART: Final = (
    *("assignment_id", "department", "tier", "role", "person", "status", "offered_at", "sign_by"),
    *("accepted_at", "ended_at", "asked_again_at", "expires_at", "due_by", "wanted", "result"),
    "evidence",
)
_FOLLOWER: Final = ("merged_id", "source", "source_id", "channel", "joined_at", "why")
_SAID: Final = ("description", "media", "people")
_PROOFS: Final = "parts.evidence"
_LEFT_OUT_FIRST: Final = ("story", _PROOFS, "followers", "parts")


async def published(
    conn: AsyncConnection, several: Iterable[CaseFile], *, now: datetime
) -> list[tuple[Message, int]]:
    """Return the messages with the files of these cases as they are saved, each with its lane."""
    by_id = {file.case.case_id: file for file in several}
    if not by_id:
        return []
    kept = await case_files.kept_of(conn, by_id)
    followers: dict[object, list[Follower]] = {}
    for one in await files.followers_of(conn, by_id):
        followers.setdefault(one.case_id, []).append(one)
    return [
        (_message(file, kept[id_], followers.get(id_, []), now=now), file.case.partition)
        for id_, file in by_id.items()
    ]


def _message(
    file: CaseFile, kept: Kept, followers: Iterable[Follower], *, now: datetime
) -> Message:
    key = str(file.case.case_id)
    data = fitting(_contents(file, kept, followers, now=now))
    event = CloudEvent(
        # Two files that differ in anything are two: neither is dropped as a copy of the other.
        id=derived_id("case-file", key, sha256(data).hexdigest()),
        type=CaseFiled.type,
        source=source_of(NOTIFIER),
        subject=key,
        time=now,
        data=data,
        key=key,
    )
    return message_of(event, topic=topics.CASE_FILES)


def fitting(contents: dict[str, Any]) -> bytes:
    """Return a file as JSON that a broker takes; what has to be left out for that is named."""
    encoded, gone = to_json(contents), list[str]()
    for name in _LEFT_OUT_FIRST:
        if len(encoded) <= MOST_BYTES:
            break
        gone.append(name)
        contents = contents | _without(name, contents) | {"left_out": gone}
        encoded = to_json(contents)
    return encoded


def _without(name: str, contents: dict[str, Any]) -> dict[str, Any]:
    if name == _PROOFS:
        return {"parts": [part | {"evidence": []} for part in contents["parts"]]}
    return {name: []}


def _contents(
    file: CaseFile, kept: Kept, followers: Iterable[Follower], *, now: datetime
) -> dict[str, Any]:
    case = file.case
    return {
        "case_id": case.case_id,
        "at": now,
        **_told(_SAME_NAME, case),
        "reporter": _reporter(case),
        "place": kept.scene.place,
        "description": kept.scene.description,
        "closing_rule": case.closing,
        **({} if case.clock is None else {"clock": _clock(case.clock, due_by=case.due_by)}),
        "parts": [
            _told(_PART, part)
            for part in sorted(file.parts.values(), key=lambda p: (p.offered_at, p.assignment_id))
        ],
        "followers": [_follower(one) for one in followers],
        "story": kept.lines,
    }


def _follower(one: Follower) -> dict[str, Any]:
    said = {name: value for name in _SAID if (value := getattr(one.said, name))}
    return {name: getattr(one, name) for name in _FOLLOWER} | said


def _reporter(case: Case) -> dict[str, Any]:
    return {"source": case.source, "source_id": case.source_id, "channel": str(case.channel)}


def _clock(clock: HandlingClock, *, due_by: datetime | None) -> dict[str, Any]:
    instants = {"since": clock.since, "due_by": due_by}
    known = {name: at for name, at in instants.items() if at is not None}
    return clock.in_seconds() | {"unit": str(clock.unit)} | known


def _told(names: Iterable[str], of: Case | Part) -> dict[str, Any]:
    """Return the values of these names that are there, words as texts: they encode much quicker."""
    return {
        name: str(value) if isinstance(value, StrEnum) else value
        for name in names
        if (value := getattr(of, name)) is not None
    }


async def ask_for(
    database: Database, *, stage: str, now: datetime, closed: bool, at_once: int = FILES_AT_ONCE
) -> AsyncIterator[int]:
    """Ask for the file of every open case, or of closed ones too; yields how many, by portions.

    Whoever owns its lane publishes each when its time has come, a portion a second.
    """
    after, due_at = BEFORE_ALL, now
    while True:
        async with database.write() as conn:
            found = await case_files.portion(conn, after=after, closed=closed, at_most=at_once)
            await set_timers(conn, found, stage=stage, kind=TimerKind.FILE, due_at=due_at)
        yield len(found)
        if len(found) < at_once:
            return
        after, due_at = place_of(found[-1]), due_at + FILES_APART
