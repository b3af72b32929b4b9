"""The form of a report that somebody takes for a caller: what was typed, and what it means."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from schemas.folding import fold
from schemas.plan import Category, Grid
from schemas.roles import ActingRole
from schemas.vocabulary import Channel
from services.access.actor import Actor
from services.desk.pages.bounds import MOST_CHOICES
from services.desk.pages.rendering import Reader, sentence
from services.desk.use_cases.taking import Typed

WORDS: Final = "description"
CATEGORY: Final = "category"
GRID: Final = "place.grid"
ADDRESS: Final = "place.address"
POINT: Final = "place.point"
NAME: Final = "contact.name"
PHONE: Final = "contact.phone"
CHANNEL: Final = "channel"
EXERCISE: Final = "exercise"
FIELDS: Final = (WORDS, CATEGORY, GRID, ADDRESS, POINT, NAME, PHONE, CHANNEL, EXERCISE)
MOST: Final = {WORDS: 4000, CATEGORY: 200, GRID: 200, ADDRESS: 500, NAME: 100, PHONE: 40}
"""Characters that a field takes: as many as a report has room for, or a title."""

CHANNELS: Final[Mapping[ActingRole, tuple[Channel, ...]]] = {
    ActingRole.ACCEPTOR: (Channel.PHONE, Channel.RESIDENT),
    ActingRole.COLLECTOR: (Channel.GRID_MEMBER,),
}
"""By which ways somebody in a role hears of things."""
_DEGREES: Final = re.compile(r"-?\d{1,3}\.\d{1,6},-?\d{1,2}\.\d{1,6}", re.ASCII)


class Choice(NamedTuple):
    """What may be written into a field: a code, and what it is called."""

    code: str
    title: str


Wrong = dict[str, str]
"""What is wrong with a form, by field, in the reader's words."""


def channels_of(actor: Actor) -> tuple[Channel, ...]:
    """Return by which ways somebody hears of things, the likeliest first."""
    found = [one for role in ActingRole if role in actor.roles for one in CHANNELS.get(role, ())]
    return (*dict.fromkeys(found),) or (Channel.PHONE,)


def categories_of(reader: Reader) -> list[Choice]:
    """Return the categories that can be chosen."""
    found = sorted(reader.plan.categories.values(), key=lambda one: one.code)
    return [
        Choice(one.code, sentence(reader.either(one.title_zh, one.title_en)))
        for one in found[:MOST_CHOICES]
    ]


def grids_of(reader: Reader) -> list[Choice]:
    """Return the grids that can be chosen."""
    return [
        Choice(one.code, reader.either(one.title_zh, one.title_en))
        for one in reader.plan.grids[:MOST_CHOICES]
    ]


def typed_of(
    given: Mapping[str, str], *, once: str, actor: Actor, reader: Reader
) -> tuple[Typed, Wrong]:
    """Return what a form says, as a report has it, and what is wrong with it so far."""
    filled = {name: text for name in FIELDS if (text := given.get(name, "").strip())}
    filled.setdefault(CHANNEL, channels_of(actor)[0])
    category = code_of(filled.get(CATEGORY), reader.plan.categories.values())
    grid = code_of(filled.get(GRID), reader.plan.grids)
    wrong = {name: reader.say(word) for name, word in _lacking(filled, actor).items()}
    if category is None and CATEGORY in filled:
        wrong[CATEGORY] = reader.say("report.no_such_category")
    if grid is None and GRID in filled:
        wrong[GRID] = reader.say("report.no_such_grid")
    for name, most in MOST.items():
        if len(filled.get(name, "")) > most:
            wrong[name] = reader.say("report.too_long", most=most)
    fields: dict[str, Any] = {
        "channel": filled[CHANNEL],
        "description": filled.get(WORDS),
        "category": category,
        "place": _without_none(
            {
                "point": _told(point_in(filled.get(POINT, ""))),
                "grid": grid,
                "address": filled.get(ADDRESS),
            }
        ),
        "contact": _without_none({"name": filled.get(NAME), "phone": filled.get(PHONE)}),
        "exercise": EXERCISE in filled,
    }
    return Typed(fields=_without_none(fields), once=once), wrong


def _lacking(filled: Mapping[str, str], actor: Actor) -> dict[str, str]:
    """Return what a form lacks, by field, as `words.toml` names it."""
    lacks = {}
    if filled.keys().isdisjoint({GRID, ADDRESS}):
        lacks[ADDRESS] = "report.no_place"
    if filled.keys().isdisjoint({WORDS, CATEGORY}):
        lacks[WORDS] = "report.no_words"
    if filled[CHANNEL] not in channels_of(actor):
        lacks[CHANNEL] = "report.no_such_channel"
    return lacks


def _without_none(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that say something."""
    return {name: value for name, value in fields.items() if value is not None and value != {}}


def point_in(text: str) -> tuple[float, float] | None:
    """Return the longitude and latitude in degrees that a form carries; None for none.

    >>> point_in("115.952000,28.688000"), point_in("nan,inf"), point_in("")
    ((115.952, 28.688), None, None)
    """
    if not _DEGREES.fullmatch(text):
        return None
    longitude, latitude = map(float, text.split(","))
    return longitude, latitude


def _told(point: tuple[float, float] | None) -> dict[str, float] | None:
    return None if point is None else {"lon": point[0], "lat": point[1]}


def code_of(text: str | None, known: Iterable[Category | Grid]) -> str | None:
    """Return the code that a text is, or the only one that is called so; None for none."""
    if text is None:
        return None
    wanted, called = fold(text), set[str]()
    for one in known:
        if one.code == text:
            return text
        if wanted in {fold(one.title_zh), fold(one.title_en)}:
            called.add(one.code)
    return called.pop() if len(called) == 1 else None
