"""What happens in a small city on one day: about 500 reports, tidy and untidy, from one seed."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from schemas.plan import Category, Plan
from schemas.plan.limits import LimitUnit
from schemas.vocabulary import Channel
from services.demo.bounds import DAY, LONGEST_BREAK
from services.demo.scenes import SET_PIECES, SOURCES

REPORTS: Final = 420
BURSTS: Final = 9
REPEATS: Final = 14

_WEIGHTS: Final = (40, 15, 25, 10, 6, 2, 2)
_METRES_PER_DEGREE: Final = 111_320.0
_SAID_ZH: Final = (
    "{known}",
    "请尽快处理：{known}",
    "这里{known}，麻烦派人看看",
    "又有人反映：{known}",
)
_SAID_EN: Final = ("{known}", "Please come: {known}", "{known}, please come", "{known} again")
_BURSTING: Final = ("E0192", "P0101", "E0496", "E0128")


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One record to publish: how long after the day's start, its key and its bytes."""

    after: timedelta
    key: str
    value: bytes
    told: str


def lacking(plan: Plan) -> list[str]:
    """Return in words what the day needs and a plan does not have; nothing when all is there."""
    needed = {*_BURSTING, *(piece.category for piece in SET_PIECES)}
    missing = sorted(needed - plan.categories.keys())
    found = [f"category {code}" for code in missing]
    if not any(grid.polygon for grid in plan.grids):
        found.append("a grid with an outline")
    return found


def first_midnight(plan: Plan, *, today: datetime) -> datetime:
    """Return when the day begins: of the latest that people work on, after one on which nobody did.

    A plan by which they work, or rest, on every day begins its day `today`.
    """
    working = plan.counting(LimitUnit.WORK_DAY)
    midnight = today.astimezone(plan.timezone).replace(hour=0, minute=0, second=0, microsecond=0)
    days = [midnight - timedelta(days=back) for back in range(LONGEST_BREAK + 2)]
    works = [bool(working.between(day, day + timedelta(days=1))) for day in days]
    return next(
        (day for day, now, before in zip(days, works, works[1:], strict=False) if now > before),
        midnight,
    )


class City:
    """Makes the day's reports for a plan; the same seed makes the same day."""

    def __init__(self, plan: Plan, *, start: datetime, seed: int) -> None:
        """Begin the day at `start`, an aware instant of the demo's clock."""
        self._plan = plan
        self._start = start
        self._chance = random.Random(seed)
        self._count = 0
        self._corners = [g.polygon for g in plan.grids if g.polygon]

    def day(self) -> list[Planned]:
        """Return every record of the day in the order it is published."""
        records = [*self._ordinary(), *self._bursts(), *self._set_pieces(), *self._broken()]
        again = self._chance.sample(records[:REPORTS], REPEATS)
        records += [
            Planned(
                after=one.after + timedelta(minutes=self._chance.uniform(1, 60)),
                key=one.key,
                value=one.value,
                told="sent twice",
            )
            for one in again
        ]
        return sorted(records, key=lambda record: record.after)

    def another(self, at: datetime, *, lead: str = "") -> Planned:
        """Return one more report, made at an instant, of what `lead` leads, or of anything."""
        categories = list(self._plan.categories.values())
        of_lead = [category for category in categories if category.lead == lead]
        return self._report(
            self._chance.choice(of_lead or categories),
            after=at - self._start,
            id_=f"later-{self._count + 1}",
        )

    def _ordinary(self) -> Iterator[Planned]:
        categories = list(self._plan.categories.values())
        for number in range(REPORTS):
            # Every category appears before chance decides.
            chosen = (
                categories[number] if number < len(categories) else self._chance.choice(categories)
            )
            yield self._report(chosen, after=self._moment())

    def _moment(self) -> timedelta:
        # Two busy times of the day, and a thin spread over the rest.
        share = self._chance.choice(
            (
                self._chance.gauss(0.45, 0.08),
                self._chance.gauss(0.8, 0.08),
                self._chance.random(),
            )
        )
        return DAY * min(max(share, 0.0), 1.0)

    def _bursts(self) -> Iterator[Planned]:
        for _ in range(BURSTS):
            category = self._plan.category(self._chance.choice(_BURSTING))
            point, first = self._point(), self._moment() * 0.9
            for _ in range(self._chance.randint(3, 6)):
                yield self._report(
                    category,
                    after=first + timedelta(minutes=self._chance.uniform(0, 20)),
                    point=self._near(point, metres=18),
                    coded=True,
                )

    def _set_pieces(self) -> Iterator[Planned]:
        for piece in SET_PIECES:
            yield self._report(
                self._plan.category(piece.category),
                after=piece.after,
                text=piece.text,
                channel=piece.channel,
                id_=piece.id,
                coded=piece.coded,
            )

    def _broken(self) -> Iterator[Planned]:
        good = json.loads(self._report(self._any(), after=timedelta()).value)
        spoiled: Sequence[tuple[str, Any]] = (
            ("no place", {"place": {}}),
            ("wrong type", {"reported_at": 7}),
            ("unknown channel", {"channel": "pigeon"}),
            ("latitude out of range", {"place": {"point": {"lat": 123.4, "lon": 115.9}}}),
            ("outside the district", {"place": {"point": {"lat": 39.9, "lon": 116.4}}}),
            ("unknown grid", {"place": {"grid": "no-such-grid"}}),
            ("in the future", {"reported_at": self._instant(timedelta(days=30))}),
        )
        for told, change in spoiled:
            for _ in range(2):
                self._count += 1
                after = self._moment()
                body = (
                    good | {"id": f"b{self._count}", "reported_at": self._instant(after)} | change
                )
                yield Planned(after=after, key="broken", value=_bytes(body), told=told)
        for value in (b"", b"{not json", b'{"a":1,"a":2}', b"\xff\xfe", b"[1,2"):
            yield Planned(after=self._moment(), key="broken", value=value, told="not a report")

    def _any(self) -> Category:
        return self._chance.choice(list(self._plan.categories.values()))

    def _report(
        self,
        category: Category,
        *,
        after: timedelta,
        text: str = "",
        point: tuple[float, float] | None = None,
        channel: Channel | None = None,
        id_: str = "",
        coded: bool | None = None,
    ) -> Planned:
        self._count += 1
        chance = self._chance
        by = channel or chance.choices(list(SOURCES), weights=_WEIGHTS)[0]
        lon, lat = point or self._point()
        source = SOURCES[by]
        body: dict[str, Any] = {
            "source": source,
            "id": id_ or f"{source}-{self._count}",
            "channel": by.value,
            "reported_at": self._instant(after),
            "place": {"point": {"lat": round(lat, 6), "lon": round(lon, 6)}},
            "description": text or self._text(category),
        }
        if coded is None:
            coded = chance.random() < 0.7  # noqa: PLR2004 - the rest is told in words only
        if coded:
            body["category"] = category.code
        return Planned(
            after=after, key=f"{source}/{body['id']}", value=_bytes(body), told=category.title_en
        )

    def _text(self, category: Category) -> str:
        is_chinese = self._chance.random() < 0.6  # noqa: PLR2004 - most people write Chinese
        words = category.keywords_zh if is_chinese else category.keywords_en
        known = self._chance.choice(words) if words else ""
        return self._chance.choice(_SAID_ZH if is_chinese else _SAID_EN).format(known=known)

    def _point(self) -> tuple[float, float]:
        ring = self._chance.choice(self._corners)
        lons, lats = [c[0] for c in ring], [c[1] for c in ring]
        return (
            self._chance.uniform(min(lons), max(lons)),
            self._chance.uniform(min(lats), max(lats)),
        )

    def _near(self, point: tuple[float, float], *, metres: float) -> tuple[float, float]:
        step = metres / _METRES_PER_DEGREE
        return (
            point[0] + self._chance.uniform(-step, step),
            point[1] + self._chance.uniform(-step, step),
        )

    def _instant(self, after: timedelta) -> str:
        return (self._start + after).isoformat()


def _bytes(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()
