"""Job J as data: the same reports for the product and for every peer, made again from a seed.

About 1 KB each; 5 % are exact repeats of an earlier one, 1 % break the contract; places follow
Zipf's law, so that some are near enough to be merged. `python -m bench.job` tells about a job.
"""

# ruff: noqa: S311, TID251 - data of a benchmark is drawn from a seed, and stands in real time

import bisect
import itertools
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from bench.plan_200 import CATEGORIES, RULES, category_code, lead_of, rule_lead_of
from schemas.vocabulary import case_id_for

SOURCE = "bench"
PLAN = Path(__file__).parent / "plan-200.toml"
DUPLICATES = 0.05
INVALID = 0.01
PLACES = 20_000
_ZIPF_PLACES = 0.8
_ZIPF_CATEGORIES = 0.6
_SPREAD_DEGREES = 0.0015
_RECENT = 2_000
_BYTES = 1_000
_CHANNELS = ("grid_member", "sensor", "app", "phone")
_FILLER = "people write what they saw, where, since when and whom it troubles; "


class Kind(StrEnum):
    """What a report of the job is."""

    FRESH = "fresh"
    DUPLICATE = "duplicate"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Planned:
    """One report: `number` counts the job's records from 0; `case` is its case's id as bytes.

    `department` is who must get it by the plan, empty when nobody may.
    """

    number: int
    kind: Kind
    key: bytes
    value: bytes
    case: bytes
    department: str


def department_for(category: int, channel: str) -> str:
    """Return who leads a report by the 200-row table: the first rule, else the category's own.

    >>> department_for(0, "phone"), department_for(0, "sensor")
    ('urban-management', 'housing')
    """
    rule, rest = divmod(category, 9)
    if channel == "sensor" and rest == 0 and rule < RULES:
        return rule_lead_of(rule)
    return lead_of(category)


class _Skewed:
    """Draws a rank from 0 by Zipf's law."""

    def __init__(self, count: int, exponent: float) -> None:
        self._sums = list(itertools.accumulate((rank + 1) ** -exponent for rank in range(count)))

    def draw(self, chance: random.Random) -> int:
        return bisect.bisect_left(self._sums, chance.random() * self._sums[-1])


def reports(count: int, *, seed: int, at: datetime) -> Iterator[Planned]:
    """Yield a job of `count` reports, all dated within the hour before `at`.

    The same arguments give the same bytes; only dates depend on `at`.
    """
    chance = random.Random(seed)
    places = [(chance.uniform(28.63, 28.75), chance.uniform(115.91, 116.04)) for _ in range(PLACES)]
    chance.shuffle(places)
    place, category = _Skewed(PLACES, _ZIPF_PLACES), _Skewed(CATEGORIES, _ZIPF_CATEGORIES)
    recent: list[Planned] = []
    for number in range(count):
        dice = chance.random()
        if dice < DUPLICATES and recent:
            again = chance.choice(recent)
            yield Planned(number, Kind.DUPLICATE, again.key, again.value, again.case, "")
            continue
        lat, lon = places[place.draw(chance)]
        point = (
            lat + chance.uniform(-_SPREAD_DEGREES, _SPREAD_DEGREES),
            lon + chance.uniform(-_SPREAD_DEGREES, _SPREAD_DEGREES),
        )
        kind = Kind.INVALID if dice > 1 - INVALID else Kind.FRESH
        drawn = category.draw(chance), chance.choice(_CHANNELS)
        reported = at - timedelta(seconds=3_600 - 3_500 * number / count)
        planned = _report(number, kind, drawn, point=point, seed=seed, reported=reported)
        if kind is Kind.FRESH:
            recent.append(planned)
            if len(recent) > _RECENT:
                del recent[: _RECENT // 2]
        yield planned


def _report(
    number: int,
    kind: Kind,
    drawn: tuple[int, str],
    *,
    point: tuple[float, float],
    seed: int,
    reported: datetime,
) -> Planned:
    category, channel = drawn
    id_ = f"{seed:x}-{number:07d}"
    lat = 91.5 if kind is Kind.INVALID else round(point[0], 6)
    body = {
        "source": SOURCE,
        "id": id_,
        "channel": channel,
        "reported_at": reported.isoformat(timespec="milliseconds"),
        "category": category_code(category),
        "place": {
            "point": {"lat": lat, "lon": round(point[1], 6)},
            "address": f"{number % 300} Hubin South Road",
        },
        "description": "",
    }
    room = _BYTES - len(json.dumps(body))
    body["description"] = (_FILLER * (room // len(_FILLER) + 1))[:room]
    department = department_for(category, channel) if kind is Kind.FRESH else ""
    return Planned(
        number,
        kind,
        f"{SOURCE}/{id_}".encode(),
        json.dumps(body).encode(),
        str(case_id_for(SOURCE, id_)).encode(),
        department,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When each report of a job is meant to be sent: `rate` a second from `begin` (epoch seconds).

    A rate of 0 means: all at `begin`, as fast as the broker takes them.
    """

    count: int
    rate: float
    begin: float = 0.0

    def intended(self, number: int) -> float:
        """Return when the n-th report is meant to be sent, in epoch seconds."""
        return self.begin + (number / self.rate if self.rate else 0.0)

    @property
    def seconds(self) -> float:
        """How long sending takes when nothing is late."""
        return self.count / self.rate if self.rate else 0.0


def main() -> None:
    """Tell how many reports of which kind and size a job has."""
    found = list(reports(20_000, seed=1, at=datetime.now(UTC)))
    for kind in Kind:
        print(kind.value, sum(1 for one in found if one.kind is kind))
    print("bytes each, mean:", sum(len(one.value) for one in found) / len(found))


if __name__ == "__main__":
    main()
