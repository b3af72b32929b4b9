"""A table of people as CSV: every fault by line and field, and nobody taken while there is one."""

import csv
import difflib
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from pydantic import TypeAdapter, ValidationError

from schemas.events.base import Identifier
from schemas.events.people import MOST_BOUND, GivenName, GivenPersonId
from schemas.plan import Plan
from schemas.roles import ActingRole
from services.desk.bounds import LONGEST_SHIFT, MOST_FAULTS, MOST_PEOPLE
from services.desk.domain.people import Described, Membership
from services.kit.printable import printable

UTF_8: Final = "utf-8-sig"
"""As spreadsheets save it, with a mark at the beginning or without."""

_NEEDED: Final = ("id", "name", "roles")
_OPTIONAL: Final = ("departments", "areas", "shift")
_CHINESE: Final = {
    "编号": "id",
    "姓名": "name",
    "角色": "roles",
    "部门": "departments",
    "区域": "areas",
    "班次": "shift",
}
_SEVERAL: Final = re.compile(r"[\s;,、；，]+")
_ID: Final[TypeAdapter[str]] = TypeAdapter(GivenPersonId)
_NAME: Final[TypeAdapter[str]] = TypeAdapter(GivenName)
_SHIFT: Final[TypeAdapter[str]] = TypeAdapter(Identifier)


class FaultyFile(ValueError):
    """The file has faults; each is a line of the message, and nobody was taken."""

    def __init__(self, faults: Collection[str]) -> None:
        """Take the faults; the first ones are told."""
        told = list(faults)
        if len(told) > MOST_FAULTS:
            told = [*told[:MOST_FAULTS], f"and {len(told) - MOST_FAULTS} more"]
        super().__init__("\n".join(told))


@dataclass(slots=True)
class _Reading:
    """What was found so far."""

    parties: Collection[str]
    areas: Collection[str]
    people: dict[str, Described] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def person_in(row: Mapping[str, str], *, plan: Plan) -> Described:
    """Return the person that fields by name describe. Raises `FaultyFile`."""
    faults = [*_faults(row, _reading_of(plan))]
    if faults:
        raise FaultyFile(faults)
    return _described(row)


def people_in(data: bytes, *, plan: Plan, encoding: str = "") -> list[Described]:
    """Return the people of a CSV file; parties and areas are the plan's. Raises `FaultyFile`.

    The file is written in `encoding`, or in what `encoding_of` finds.
    """
    rows = csv.reader(io.StringIO(_text(data, encoding), newline=""), strict=True)
    reading = _reading_of(plan)
    try:
        names = _header(next(rows, []))
        for row in rows:
            if any(cell.strip() for cell in row):
                _read(row, names, line=rows.line_num, reading=reading)
    except csv.Error as broken:
        raise FaultyFile([f"line {rows.line_num}: is no CSV: {broken}"]) from broken
    if reading.faults:
        raise FaultyFile(reading.faults)
    return [*reading.people.values()]


def sound(people: Iterable[Described]) -> list[Described]:
    """Return people whose ids and names stories can carry. Raises `FaultyFile`."""
    found = list(people)
    named = ((one.id, {"id": one.id, "name": one.name}) for one in found)
    faults = [f"{printable(id_[:80])!r}: {told}" for id_, row in named for told in _misnamed(row)]
    if faults:
        raise FaultyFile(faults)
    return found


def _reading_of(plan: Plan) -> _Reading:
    areas = {grid.code for grid in plan.grids} | {one.code for one in plan.districts}
    return _Reading(parties=plan.feedback_parties(), areas=areas)


def encoding_of(data: bytes) -> str:
    """Return how a file is written: UTF-8, or GB 18030 as a spreadsheet saves it in China."""
    try:
        data.decode(UTF_8)
    except UnicodeDecodeError:
        return "gb18030"
    return UTF_8


def _text(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding or encoding_of(data))
    except LookupError as unknown:
        raise FaultyFile([f"encoding: {encoding!r} is none; write big5, say"]) from unknown
    except UnicodeDecodeError as wrong:
        line = 1 + data.count(b"\n", 0, wrong.start)
        what = f"not {encoding}" if encoding else "neither UTF-8 nor GB 18030"
        raise FaultyFile([f"line {line}: is {what}; save the file as CSV UTF-8"]) from wrong


def _header(cells: list[str]) -> list[str]:
    names = [_CHINESE.get(cell.strip(), cell.strip().lower()) for cell in cells]
    known = (*_NEEDED, *_OPTIONAL)
    faults = [
        f"line 1: {printable(name[:80])!r} is no column; there are {', '.join(known)}"
        for name in names
        if name not in known
    ]
    faults += [f"line 1: the column {name} is missing" for name in _NEEDED if name not in names]
    faults += [f"line 1: {name} stands twice" for name in known if names.count(name) > 1]
    if faults:
        raise FaultyFile(faults)
    return names


def _read(cells: list[str], names: list[str], *, line: int, reading: _Reading) -> None:
    if len(cells) != len(names):
        told = f"has {len(cells)} fields, the first line {len(names)}"
        reading.faults.append(f"line {line}: {told}")
        return
    row = {name: cell.strip() for name, cell in zip(names, cells, strict=True)}
    faults = [*_faults(row, reading)]
    reading.faults += [f"line {line}: {fault}" for fault in faults]
    id_ = row["id"]
    if (first := reading.lines.setdefault(id_, line)) != line:
        reading.faults.append(f"line {line}: id: {id_[:80]!r} stands on line {first} already")
    if len(reading.lines) > MOST_PEOPLE:
        raise FaultyFile([f"line {line}: a file has at most {MOST_PEOPLE} people"])
    if not faults:
        reading.people[id_] = _described(row)


def _faults(row: Mapping[str, str], reading: _Reading) -> Iterator[str]:
    yield from (f"{name}: is empty" for name in _NEEDED if not row[name])
    yield from _misnamed(row)
    yield from _unknown("roles", row, [*ActingRole])
    yield from _unknown("departments", row, reading.parties)
    yield from _unknown("areas", row, reading.areas)
    for name in ("departments", "areas"):
        if len({*_several(row.get(name, ""))}) > MOST_BOUND:
            yield f"{name}: has more than {MOST_BOUND}"
    if len(row.get("shift", "")) > LONGEST_SHIFT:
        yield f"shift: has more than {LONGEST_SHIFT} characters"


def _misnamed(row: Mapping[str, str]) -> Iterator[str]:
    for name, rule in (("id", _ID), ("name", _NAME), ("shift", _SHIFT)):
        try:
            rule.validate_python(row.get(name) or "-")
        except ValidationError as invalid:
            yield f"{name}: {invalid.errors(include_url=False)[0]['msg']}"


def _unknown(name: str, row: Mapping[str, str], known: Collection[str]) -> Iterator[str]:
    for code in _several(row.get(name, "")):
        if code not in known:
            close = difflib.get_close_matches(code[:80], known, n=1)
            advice = f"; did you mean {close[0]}?" if close else ""
            yield f"{name}: {printable(code[:80])!r} is unknown{advice}"


def _described(row: Mapping[str, str]) -> Described:
    shift = row.get("shift", "")
    places = product(
        _several(row.get("departments", "")) or [""], _several(row.get("areas", "")) or [""]
    )
    memberships = {Membership(department=one, area=area, shift=shift) for one, area in places}
    return Described(
        id=row["id"],
        name=row["name"],
        roles=frozenset(map(ActingRole, _several(row["roles"]))),
        memberships=frozenset(memberships - {Membership()}),
    )


def _several(text: str) -> list[str]:
    """Return the codes of a field.

    >>> _several("handler; shift_lead")
    ['handler', 'shift_lead']
    """
    return [code for code in _SEVERAL.split(text) if code]
