"""From a Kafka record to what a history keeps of it. Never fails: what is unreadable is said so."""

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from schemas.cloudevents import Headers, NotACloudEvent, attributes
from schemas.topics import INCIDENT_REPORTS
from schemas.vocabulary import case_id_for
from services.kit.stage.dead_letters import position_of
from tests.faults.history import Offer, Seen

_DATA = (
    "case_id",
    "at",
    "merged_id",
    "primary_id",
    "department",
    "assignment_id",
    "role",
    "round",
    "sign_seconds",
    "limit_seconds",
    "resumes",
    "urgency",
    "level",
    "trigger",
    "sign_by",
    "due_by",
    "request_id",
    "asked_by",
    "until",
    "decide_by",
    "again_at",
    "left_seconds",
    "after",
    "limit_text",
    "template",
    "recipient",
    "party",
    "state",
    "intake_seq",
    "router_seq",
    "own_seq",
)
_OFFER = ("assignment_id", "department", "person")
_DEAD = ".dead-letters.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """A record as a consumer got it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


def seen_of(raw: Raw, *, seen_at: datetime) -> Seen:
    """Return what the history keeps of a record."""
    where: dict[str, Any] = {
        "topic": raw.topic,
        "partition": raw.partition,
        "offset": raw.offset,
        "seen_at": seen_at,
        "sha256": sha256(raw.value or b"").hexdigest(),
        "key": None if raw.key is None else raw.key.decode("utf-8", "replace"),
    }
    if raw.topic.endswith(_DEAD):
        return Seen(**where, letter_of=position_of(where["key"]), taken_off=raw.value is None)
    told, body = _told(raw.headers), _object(raw.value)
    if told is None or body is None:
        return Seen(**where, readable=False)
    try:
        return Seen(**where, **told, **_of_body(raw.topic, body))
    except ValueError:  # a poison record may have the right shape and hold anything
        return Seen(**where, readable=False)


def _told(headers: Headers) -> dict[str, Any] | None:
    try:
        found = attributes(headers)
    except NotACloudEvent:
        return None
    sequence = found.get("sequence", "0")
    return {
        "ce_id": found.get("id", ""),
        "ce_type": found.get("type", ""),
        "ce_source": found.get("source", ""),
        "sequence": int(sequence) if sequence.isdecimal() else 0,
        "cause": found.get("causationid", ""),
    }


def _object(value: bytes | None) -> dict[str, Any] | None:
    try:
        body = json.loads(value or b"")
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _of_body(topic: str, body: dict[str, Any]) -> dict[str, Any]:
    if topic == INCIDENT_REPORTS:
        source, id_ = body.get("source"), body.get("id")
        if not isinstance(source, str) or not isinstance(id_, str):
            msg = "a report has a source and an id"
            raise ValueError(msg)
        return {"source": source, "id": id_, "case_id": str(case_id_for(source, id_))}
    # Of a part that is offered, whose it is.
    told = body | body["offer"] if isinstance(body.get("offer"), dict) else body
    found = {name: told[name] for name in _DATA if told.get(name) is not None}
    for name in {"feedback_id", "command_id"} & body.keys():
        found["id"] = body[name]
    if topic.startswith("feedback."):
        found["party"] = topic.removeprefix("feedback.").removesuffix(".v1")
    reporter = body.get("reporter")
    if isinstance(reporter, dict):
        found |= {"source": reporter.get("source", ""), "id": reporter.get("source_id", "")}
    found |= _person(body.get("acting"))
    found |= _waiting(body)
    if "lead" in body and isinstance(body["lead"], dict):
        found["lead"] = _offer(body["lead"])
        found["co_handlers"] = tuple(_offer(one) for one in body.get("co_handlers", ()))
    return found


def _waiting(body: dict[str, Any]) -> dict[str, Any]:
    """Return which clock moved, or for whom a lead waits and until when."""
    clock, waits = body.get("clock"), body.get("blocking")
    if isinstance(waits, dict):
        return {"party": waits.get("department", ""), "until": waits.get("until")}
    return {"clock": clock} if isinstance(clock, str) else {}


def _person(acting: object) -> dict[str, str]:
    person = acting.get("person") if isinstance(acting, dict) else None
    return {"person": person} if isinstance(person, str) else {}


def _offer(body: dict[str, Any]) -> Offer:
    return Offer(**{name: body[name] for name in _OFFER if body.get(name) is not None})
