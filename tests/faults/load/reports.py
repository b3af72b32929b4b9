"""The reports of a run: from one seed always the same, sound and unsound."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import count
from typing import Any, Final, Literal

from tests.faults.load.asked import Load
from tests.support.bad_records import bad_records
from tests.support.good_report import BadRecord

_SOURCES: Final = ("hotline-12345", "grid-app", "sensor-network")
_CHANNELS: Final = {
    "hotline-12345": "phone",
    "grid-app": "grid_member",
    "sensor-network": "sensor",
}
# Urgent ones most: their clocks run out within a run.
_CATEGORIES: Final = (
    *("P0101", "E0501", "X-FI1", "X-PO3"),
    *("E0401", "E0129", "X-PO5", "E0108", "E0128", "E0304", "S-SAFE", "X-PO1"),
    *("E0112", "E0110", "X-PO2"),
)
_LATITUDES: Final = (28.63, 28.75)
_LONGITUDES: Final = (115.91, 116.04)
_NEAR_DEGREES: Final = 0.0001
_DANGER: Final = ", and somebody is hurt"
"""What every other report says that may join a case: it is an emergency from then on."""
_SPOILED: Final[tuple[dict[str, Any], ...]] = (
    {"reported_at": 7},
    {"channel": "pigeon"},
    {"place": {"point": {"lat": 123.4, "lon": 115.9}}},
    {"place": {}},
)

Expected = Literal["valid", "invalid", "duplicate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One thing to report: how often, what is expected of it, and whether over HTTP."""

    source: str
    id: str
    category: str
    body: dict[str, Any]
    expected: Expected = "valid"
    http: bool = False
    copies: int = 0
    early: bool = False

    @property
    def key(self) -> str:
        """The record's key, and the request's idempotency key."""
        return f"{self.source}/{self.id}"

    def value(self, now: datetime) -> bytes:
        """Return the bytes, reported at this instant unless that is what is wrong with it."""
        return json.dumps({"reported_at": now.isoformat()} | self.body, ensure_ascii=False).encode()

    def line(self, *, again: bool = False) -> dict[str, Any]:
        """Return what the history keeps of an attempt to say it."""
        expected = "duplicate" if again and self.expected == "valid" else self.expected
        return {"op": "report", "source": self.source, "id": self.id, "expected": expected}


def planned_reports(load: Load, chance: random.Random) -> Iterator[Planned]:
    """Yield reports in the order they are sent, as many as are asked for."""
    places: dict[str, tuple[float, float]] = {}
    for number in count():
        source = chance.choice(_SOURCES)
        category = chance.choice(_CATEGORIES)
        known = places.get(category)
        near = known is not None and chance.random() < load.nearby
        lat, lon = _near(known, chance) if near and known else _somewhere(chance)
        places[category] = (lat, lon)
        body: dict[str, Any] = {
            "source": source,
            "id": f"f{number}",
            "channel": _CHANNELS[source],
            "category": category,
            "place": {"point": {"lat": round(lat, 6), "lon": round(lon, 6)}},
            "description": f"fault suite {number}{_DANGER if near and number % 2 else ''}",
        }
        if load.unknown_fields:
            body |= {"from_the_future": {"deep": [number]}, "severity_v2": "amber"}
        invalid = chance.random() < load.invalid
        if invalid:
            body |= chance.choice(_SPOILED)
        repeated = chance.random() < load.duplicates
        yield Planned(
            source=source,
            id=f"f{number}",
            category=category,
            body=body,
            expected="invalid" if invalid else "valid",
            http=chance.random() < load.http,
            copies=chance.randint(*load.copies) if repeated else 0,
            early=chance.random() < load.early,
        )


def _somewhere(chance: random.Random) -> tuple[float, float]:
    return chance.uniform(*_LATITUDES), chance.uniform(*_LONGITUDES)


def _near(known: tuple[float, float], chance: random.Random) -> tuple[float, float]:
    lat, lon = known
    step = _NEAR_DEGREES
    return lat + chance.uniform(-step, step), lon + chance.uniform(-step, step)


def poison(many: int, chance: random.Random) -> list[BadRecord]:
    """Return records that intake cannot read: the whole corpus before any twice."""
    corpus = [bad for bad in bad_records() if len(bad.value or b"") < 900_000]
    chance.shuffle(corpus)
    return [corpus[number % len(corpus)] for number in range(many)]


def poison_line(bad: BadRecord) -> dict[str, Any]:
    """Return what the history keeps of a record that nobody can read."""
    return {
        "op": "raw",
        "expected": "invalid",
        "readers": ("intake",),
        "sha256": sha256(bad.value or b"").hexdigest(),
        "note": bad.name[:80],
    }
