"""The case that the examples of messages tell of, and how a fact of it is written."""

from typing import Any, Final

Json = dict[str, Any]

CASE: Final = "1f6d6f0e-5d0c-5c7c-9b5e-0a4f4f3a2b11"
LEAD: Final = "c0a8e1f4-2b7d-5e64-8f1a-6d5b4c3a2910"
HELP: Final = "5b0f0a6e-91d4-5d0b-a1fb-2f6f7f0a4c33"
OTHER: Final = "8a1b7c52-33d1-5a52-8a39-7f0f3f1c9d20"
PLAN: Final = "4f9a1c2b7d30"
ACTING: Final[Json] = {"person": "li.wei", "roles": ["dispatcher"], "door": "desk"}

PLACE: Final[Json] = {
    "point": {"lat": 28.6885, "lon": 115.9521},
    "grid": "36011100300101",
    "address": "湖滨东路 120 号门前",
}
REPORTER: Final[Json] = {
    "source": "hotline-12345",
    "source_id": "2026-0501-000123",
    "channel": "phone",
}
BLOCKING: Final[Json] = {
    "assignment_id": HELP,
    "department": "water",
    "person": "water-duty-1",
    "reason": "the water must be turned off first",
    "until": "2026-05-01T09:24:00+08:00",
    "since": "2026-05-01T08:24:00+08:00",
    "limit_seconds": 3600.0,
    "unit": "UH",
}
HEAD: Final[Json] = {
    "party": "supervision",
    "person": "street-lead",
    "title_en": "sub-district lead on duty",
    "title_zh": "街道值班领导",
}


def minute(number: int) -> str:
    return f"2026-05-01T08:{number:02}:00+08:00"


def fact(at: int, **data: object) -> Json:
    return {"case_id": CASE, "at": minute(at), **data}


def by_lead(at: int, **data: object) -> Json:
    return fact(at, assignment_id=LEAD, department="urban-management", **data)
