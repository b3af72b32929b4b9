"""A sound report, and the ways tests spoil it."""

import json
from dataclasses import dataclass
from typing import Any

from schemas.cloudevents import Headers

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRecord:
    """One record for `incident-reports.v1`, and the code it must be refused with."""

    name: str
    code: str
    value: bytes | None
    headers: Headers = ()


def good_report() -> Json:
    """Return a report with every field, which everything here spoils in one way."""
    return {
        "source": "hotline-12345",
        "id": "2026-0501-000123",
        "channel": "phone",
        "reported_at": "2026-05-01T08:00:00+08:00",
        "place": {
            "point": {"lat": 28.6885, "lon": 115.9521},
            "grid": "36011100300101",
            "address": "湖滨东路 120 号门前",
        },
        "category": "E0501",
        "description": "自来水管爆裂,路面积水",
        "urgency": "E",
        "media": ["https://media.example.org/a1.jpg"],
        "contact": {"name": "张先生", "phone": "13800000000", "email": "zhang@example.org"},
        "exercise": False,
    }


def good_bytes() -> bytes:
    """Return the good report as it stands on the wire."""
    return json.dumps(good_report(), ensure_ascii=False).encode()


def good_headers() -> Headers:
    """Return headers that fit the good report."""
    return (
        ("ce_specversion", b"1.0"),
        ("ce_id", b"7b0f5d52-6f0c-5c39-9c4e-3f1d8d9e7a10"),
        ("ce_type", b"incident.reported"),
        ("ce_source", b"/hotline"),
        ("content-type", b"application/json"),
    )


def with_tail(tail: bytes) -> bytes:
    """Return the good report with a further member."""
    return good_bytes()[:-1] + b"," + tail + b"}"


def changed(path: str, value: object) -> bytes:
    """Return the good report with the field at a dotted path replaced."""
    report = good_report()
    *parents, last = path.split(".")
    target: Any = report
    for parent in parents:
        target = target[parent]
    target[last] = value
    return json.dumps(report, ensure_ascii=False).encode()
