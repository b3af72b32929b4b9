"""A form filled from a fact: where each value stands in it, and how people read it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from schemas.events.assignment import Offer
from schemas.lifecycle import CaseState
from schemas.vocabulary import EscalationTrigger, PartStatus, Urgency, Word
from schemas.words import labels
from schemas.words.form import Path, Words, holes, joined, listed

_MINUTES: Final = len("2026-11-25 09:03")
_NOBODY: Final = Words("-", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """For whom a sentence is written: the time zone, and what a party's code is called."""

    zone: ZoneInfo
    name: Callable[[str], Words]


def sentence(form: Words, fact: object, *, reading: Reading, **others: object) -> Words:
    """Return a form with each hole filled from the fact, or from one of the `others` by its name.

    `{result}` is the fact's result, `{case.title}` the title of `case`. A value that is there in
    two languages (`title_en`, `title_zh`) is named without them. Raises AttributeError for what is
    nowhere: a form and its fact are one, and a test holds every pair.
    """
    return joined(form, {path: _said(path, fact, others, reading) for path in holes(form)})


def _said(path: Path, fact: object, others: dict[str, object], reading: Reading) -> Words:
    first, *rest = path
    found: object = others[first] if first in others else _value(fact, first)
    for name in rest:
        found = _value(found, name)
    return _readable(path[-1], found, reading)


def _value(of: object, name: str) -> object:
    try:
        return getattr(of, name)
    except AttributeError:
        return Words(getattr(of, f"{name}_en"), getattr(of, f"{name}_zh"))


def _readable(name: str, value: object, reading: Reading) -> Words:
    if isinstance(value, tuple | list):
        several = [_readable(name, one, reading) for one in value]
        return listed(several) if several else labels.NONE.get(name, labels.NOTHING)
    if name in _BY_NAME and isinstance(value, str):
        return _BY_NAME[name](value, reading)
    by_type = _BY_TYPE.get(type(value))
    return _plain(str(value)) if by_type is None else by_type(value, reading)


def _plain(text: str) -> Words:
    return labels.PHRASES.get(text) or Words(text, text)


def _offer(offer: Offer, reading: Reading) -> Words:
    asked, person = reading.name(offer.department), offer.person
    return asked if person is None else Words(f"{asked.en} ({person})", f"{asked.zh}({person})")


def _instant(instant: datetime, reading: Reading) -> Words:
    return Words(*[local_time(instant, reading.zone)] * 2)


@lru_cache(maxsize=1_024)
def local_time(instant: datetime, zone: ZoneInfo) -> str:
    """Return an instant as people there read it, with the offset, which readers elsewhere need.

    >>> local_time(datetime.fromisoformat("2026-11-25T01:03Z"), ZoneInfo("Asia/Shanghai"))
    '2026-11-25 09:03 +08:00'
    """
    # What one batch decides starts clocks at one instant, and most limits are the same.
    told = instant.astimezone(zone).isoformat(sep=" ", timespec="minutes")
    return f"{told[:_MINUTES]} {told[_MINUTES:]}"


_BY_NAME: Final[dict[str, Callable[[str, Reading], Words]]] = {
    "department": lambda code, reading: reading.name(code),
    "owner": lambda code, reading: reading.name(code),
    "tried": lambda code, reading: reading.name(code),
    "contacts": lambda code, reading: reading.name(code),
    "party": lambda code, reading: labels.PARTY.get(code) or reading.name(code),
    "status": lambda status, _: labels.STATUS[PartStatus(status)],
    "kind": lambda word, _: labels.WORD[Word(word)],
    "missing": lambda kind, _: labels.EVIDENCE.get(kind) or Words(kind, kind),
}
"""Texts that are codes, by the last name of the hole."""

_BY_TYPE: Final[dict[type, Callable[[Any, Reading], Words]]] = {
    Words: lambda words, _: words,
    datetime: _instant,
    Offer: _offer,
    Urgency: lambda urgency, _: labels.URGENCY[urgency],
    EscalationTrigger: lambda trigger, _: labels.TRIGGER[trigger],
    CaseState: lambda state, _: labels.STATE[state],
    Word: lambda word, _: labels.WORD[word],
    type(None): lambda _nothing, _: _NOBODY,
}
