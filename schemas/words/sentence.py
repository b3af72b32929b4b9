"""A form filled from a fact: where each value stands in it, and how people read it."""

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final
from zoneinfo import ZoneInfo

from schemas.events.assignment import Offer, Wanted
from schemas.events.blocking import Unblocked
from schemas.events.case import Head
from schemas.lifecycle import CaseState
from schemas.roles import ActingRole
from schemas.vocabulary import (
    CommandKind,
    EscalationTrigger,
    PartStatus,
    RequestKind,
    Satisfaction,
    Urgency,
    Word,
)
from schemas.words import labels
from schemas.words.form import Path, Said, Words, compiled, joined, listed
from schemas.words.joining import because

_MINUTES: Final = len("2026-11-25 09:03")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """For whom a sentence is written: the time zone, and what codes of the plan are called.

    `name` is of parties, `rule` says why a case went to a department.
    """

    zone: ZoneInfo
    name: Callable[[str], Words]
    rule: Callable[[str], Words]


def sentence(form: Words, fact: object, *, reading: Reading, **others: object) -> Words:
    """Return a form with each hole filled from the fact, or from one of the `others` by its name.

    `{result}` is the fact's result, `{case.title}` the title of `case`. A value that is there in
    two languages (`title_en`, `title_zh`) is named without them. Raises AttributeError for what is
    nowhere: a form and its fact are one, and a test holds every pair.
    """
    ready = compiled(form)
    return joined(ready, [_said(path, fact, others, reading) for path in ready.holes])


def _said(path: Path, found: Any, others: dict[str, object], reading: Reading) -> Said:  # noqa: ANN401 - whatever has it
    elsewhere = path[0] in others
    found = others[path[0]] if elsewhere else found
    for name in path[elsewhere:]:
        found = _getter(found.__class__, name)(found)
    return _readable(path[-1], found, reading)


@lru_cache(maxsize=1_024)
def _getter(kind: type, name: str) -> Callable[[Any], object]:
    """Return how a value is read off objects of a class, where it may stand in two languages."""
    own = (
        {f.name for f in fields(kind)} if is_dataclass(kind) else getattr(kind, "model_fields", ())
    )
    if name in own or hasattr(kind, name):
        return attrgetter(name)
    en, zh = attrgetter(f"{name}_en"), attrgetter(f"{name}_zh")
    return lambda found: Words(en(found), zh(found))


def _readable(name: str, value: Any, reading: Reading) -> Said:  # noqa: ANN401 - whatever a fact has
    kind = type(value)
    if kind is str:
        by_name = _BY_NAME.get(name)
        return labels.PHRASES.get(value, value) if by_name is None else by_name(value, reading)
    if kind is tuple or kind is list:
        several = [_readable(name, one, reading) for one in value]
        return listed(several) if several else labels.NONE.get(name, labels.NOTHING)
    if value is None and name in labels.NONE:
        return labels.NONE[name]
    by_type = (_OF_A_PROMISE if name in _PROMISES else _BY_TYPE).get(kind)
    return str(value) if by_type is None else by_type(value, reading)


def _offer(offer: Offer, reading: Reading) -> Words:
    asked, person = reading.name(offer.department), offer.person
    if person is None:
        return asked
    english, chinese = offer.person_title_en or person, offer.person_title_zh or person
    return Words(f"{asked.en} ({english})", f"{asked.zh}({chinese})")


def _wanted(wanted: Wanted, reading: Reading) -> Said:
    if wanted.by is None:
        return wanted.reason
    asks = reading.name(wanted.by)
    return Words(f"{asks.en} asks: {wanted.reason}", f"{asks.zh}请求:{wanted.reason}")


def _why(text: str, _: Reading) -> Said:
    return labels.PHRASES.get(text) or because(text) or text


def _head(head: Head, reading: Reading) -> Words:
    party = reading.name(head.party)
    return Words(
        f"{head.title_en or head.person} of {party.en}", f"{party.zh}{head.title_zh or head.person}"
    )


@lru_cache(maxsize=1_024)
def local_time(instant: datetime, zone: ZoneInfo) -> str:
    """Return an instant as people there read it, with the offset, which readers elsewhere need.

    >>> local_time(datetime.fromisoformat("2026-11-25T01:03Z"), ZoneInfo("Asia/Shanghai"))
    '2026-11-25 09:03 +08:00'
    """
    # What one batch decides starts clocks at one instant, and most limits are the same.
    told = instant.astimezone(zone).isoformat(sep=" ", timespec="minutes")
    return f"{told[:_MINUTES]} {told[_MINUTES:]}"


@lru_cache(maxsize=1_024)
def day_and_time(instant: datetime, zone: ZoneInfo) -> Words:
    """Return an instant as people there say it.

    >>> day_and_time(datetime.fromisoformat("2026-11-30T01:30Z"), ZoneInfo("Asia/Shanghai")).en
    'Monday 09:30 (2026-11-30)'
    """
    local = instant.astimezone(zone)
    day, written = labels.WEEKDAYS[local.weekday()], local.isoformat(timespec="minutes")
    date, time = written[: len("2026-11-30")], written[len("2026-11-30T") : _MINUTES]
    return Words(
        f"{day.en} {time} ({date})",
        f"{local.year}年{local.month}月{local.day}日({day.zh}){time}",
    )


_PROMISES: Final = {"promised_by", "promised_before"}
"""Instants that reporters are told, by the last name of the hole."""
_OF_A_PROMISE: Final[dict[type, Callable[[Any, Reading], Said]]] = {
    datetime: lambda instant, reading: day_and_time(instant, reading.zone),
    type(None): lambda _nothing, _: labels.NO_PROMISE,
}

_BY_NAME: Final[dict[str, Callable[[str, Reading], Said]]] = {
    "department": lambda code, reading: reading.name(code),
    "to_department": lambda code, reading: reading.name(code),
    "by_department": lambda code, reading: reading.name(code),
    "asking_department": lambda code, reading: reading.name(code),
    "owner": lambda code, reading: reading.name(code),
    "tried": lambda code, reading: reading.name(code),
    "contacts": lambda code, reading: reading.name(code),
    "party": lambda code, reading: labels.PARTY.get(code) or reading.name(code),
    "clock": lambda code, _: labels.CLOCK.get(code, code),
    "status": lambda status, _: labels.STATUS[PartStatus(status)],
    "kind": lambda kind, _: labels.KIND[kind],
    "why": _why,
    "rule": lambda id_, reading: reading.rule(id_),
    "changed": lambda what, _: labels.CORRECTED.get(what, what),
    "missing": lambda kind, _: labels.EVIDENCE.get(kind, kind),
}
"""Texts that are codes, by the last name of the hole."""

_BY_TYPE: Final[dict[type, Callable[[Any, Reading], Said]]] = {
    Words: lambda words, _: words,
    datetime: lambda instant, reading: local_time(instant, reading.zone),
    Offer: _offer,
    Wanted: _wanted,
    Head: _head,
    Unblocked: lambda why, _: labels.UNBLOCKED[why],
    Urgency: lambda urgency, _: labels.URGENCY[urgency],
    EscalationTrigger: lambda trigger, _: labels.TRIGGER[trigger],
    CaseState: lambda state, _: labels.STATE[state],
    Word: lambda word, _: labels.WORD[word],
    CommandKind: lambda kind, _: labels.COMMAND[kind],
    RequestKind: lambda what, _: labels.REQUEST[what],
    Satisfaction: lambda how, _: labels.SATISFACTION[how],
    type(None): lambda _nothing, _: "-",
    ActingRole: lambda role, _: labels.ROLE[role],
}
