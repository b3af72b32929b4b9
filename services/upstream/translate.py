"""A row becomes a report, is skipped on purpose, or is refused with the reason of each field.

Pure: the same row and mapping give the same outcome. The city's `agency` or department is never
asked; who is responsible follows from the category, by the routing plan.
"""

import re
from collections.abc import Callable
from typing import Final

from pydantic import ValidationError

from schemas.events.incident import (
    MAX_REPORT_BYTES,
    MOST_PEOPLE,
    Contact,
    IncidentReport,
    Place,
    Point,
)
from schemas.vocabulary import Channel, Urgency
from services.upstream.bounds import MAX_ADDRESS, MAX_DESCRIPTION, MAX_SHOWN
from services.upstream.code_table import SEPARATOR
from services.upstream.columns import Piece, first_value
from services.upstream.mapping import UpstreamMapping
from services.upstream.outcomes import BadRow, Outcome, Row, Skipped, Translated

_WORDS: Final = {"string_unicode": "has half a character: text that is not Unicode"}
_NUMBER: Final = re.compile(r"[0-9]{1,7}")
_COORDINATES: Final = frozenset({"latitude", "longitude"})


def translate(row: Row, mapping: UpstreamMapping) -> Outcome:
    """Return what becomes of a row."""
    for skip in mapping.skip:
        if skip.leaves_out(row.cells, empty=mapping.empty):
            return Skipped(row.line, skip.reason)
    reading = _Reading(row, mapping)
    report = reading.report()
    if report is None:
        return BadRow(row.line, reading.reasons, row.cells)
    outside = mapping.outside(report.reported_at)
    if outside is not None:
        return Skipped(row.line, outside)
    return Translated(row.line, report, reading.unknown_kind)


class _Reading:
    """One row being read; what is wrong is collected, so that all of it is told at once."""

    def __init__(self, row: Row, mapping: UpstreamMapping) -> None:
        self._row = row
        self._mapping = mapping
        self.reasons: dict[str, str] = {}
        self.unknown_kind: str | None = None

    def report(self) -> IncidentReport | None:
        """Return the report, or None when `reasons` say why there is none."""
        mapping, columns = self._mapping, self._mapping.columns
        parts: dict[str, object] = {
            "source": mapping.source,
            "id": self._needed("id", columns.id, str),
            "channel": self._channel(),
            "reported_at": self._needed("reported_at", columns.reported_at, self._instant),
            "place": self._place(),
            "category": self._category(),
            "description": self._text(columns.description, most=MAX_DESCRIPTION),
            "urgency": self._urgency(),
            "media": self._media(),
            "people": self._people(),
            "contact": self._contact(),
        }
        if parts["category"] is None and parts["description"] is None:
            kind = "" if self.unknown_kind is None else f" {_shown(self.unknown_kind)}"
            self._refuse("category", f"no category fits{kind} and there is no description")
        return None if self.reasons else self._validated(parts)

    def _validated(self, parts: dict[str, object]) -> IncidentReport | None:
        try:
            report = IncidentReport.model_validate(parts)
        except ValidationError as invalid:
            self._refuse_all(invalid, within="report")
            return None
        size = len(report.model_dump_json(exclude_none=True).encode())
        if size > MAX_REPORT_BYTES:
            self._refuse("report", f"is {size} bytes long, and {MAX_REPORT_BYTES} are taken")
            return None
        return report

    def _refuse(self, field: str, reason: str) -> None:
        self.reasons.setdefault(field, reason)

    def _refuse_all(self, invalid: ValidationError, *, within: str) -> None:
        for error in invalid.errors(include_url=False):
            field = ".".join(map(str, error["loc"])) or within
            self._refuse(
                field, _WORDS.get(error["type"], error["msg"]).removeprefix("Value error, ")
            )

    def _value(self, pieces: tuple[Piece, ...]) -> object | None:
        return first_value(pieces, self._row.cells, empty=self._mapping.empty)

    def _needed(
        self, field: str, pieces: tuple[Piece, ...], read: Callable[[object], object]
    ) -> object | None:
        value = self._value(pieces)
        if value is None:
            self._refuse(field, f"{_named(pieces)} is empty")
            return None
        try:
            return read(value)
        except ValueError as unreadable:
            self._refuse(field, str(unreadable))
            return None

    def _instant(self, value: object) -> object:
        return self._mapping.calendar.instant(value)

    def _text(self, pieces: tuple[Piece, ...], *, most: int | None = None) -> str | None:
        value = self._value(pieces)
        if value is None:
            return None
        text = str(value)
        return text if most is None or len(text) <= most else f"{text[: most - 1]}…"

    def _channel(self) -> Channel | None:
        text = self._text(self._mapping.columns.channel) or ""
        code = self._mapping.channel_table.find(text)
        if code is None:
            self._refuse("channel", f'{_shown(text)} is not in [channels], which has no "*"')
            return None
        return Channel(code)

    def _urgency(self) -> Urgency | None:
        text = self._text(self._mapping.columns.urgency)
        code = None if text is None else self._mapping.urgency_table.find(text)
        return None if code is None else Urgency(code)

    def _category(self) -> str | None:
        words = [self._text((piece,)) or "" for piece in self._mapping.columns.category]
        if not any(words):
            return None
        table = self._mapping.category_table
        if not table.knows(*words):
            self.unknown_kind = SEPARATOR.join(filter(None, words))
        return table.find(*words)

    def _place(self) -> Place | None:
        columns = self._mapping.columns
        point, grid = self._point(), self._text(columns.grid)
        address = self._text(columns.address, most=MAX_ADDRESS)
        if point is None and grid is None and address is None:
            address = self._text(columns.address_if_nowhere, most=MAX_ADDRESS)
        if point is None and grid is None and address is None:
            if self.reasons.keys() & _COORDINATES:
                return None  # it said where; what is wrong with that is told
            looked = columns.latitude + columns.longitude + columns.grid + columns.address
            self._refuse("place", f"{_named(looked)} are all empty")
            return None
        try:
            return Place(point=point, grid=grid, address=address)
        except ValidationError as invalid:
            self._refuse_all(invalid, within="place")
            return None

    def _point(self) -> Point | None:
        columns = self._mapping.columns
        latitude = self._degrees("latitude", columns.latitude, most=90)
        longitude = self._degrees("longitude", columns.longitude, most=180)
        if latitude is None or longitude is None:
            if latitude is not longitude:
                missing = "latitude" if latitude is None else "longitude"
                self._refuse(missing, "is empty, but the other coordinate is not")
            return None
        if self.reasons.keys() & _COORDINATES or self._mapping.is_nowhere(latitude, longitude):
            return None
        return Point(lat=latitude, lon=longitude)

    def _degrees(self, field: str, pieces: tuple[Piece, ...], *, most: int) -> float | None:
        value = self._value(pieces)
        if value is None:
            return None
        try:
            degrees = float(str(value).replace(self._mapping.file.decimal, "."))
        except ValueError:
            self._refuse(field, f"{_shown(value)} is not a number")
            return None
        if not -most <= degrees <= most:
            self._refuse(field, f"{_shown(value)} is not between -{most} and {most} degrees")
        return degrees

    def _media(self) -> tuple[str, ...]:
        found = [self._text((piece,)) for piece in self._mapping.columns.media]
        return tuple(link for link in found if link is not None)

    def _people(self) -> int | None:
        """Return how many people it is about; a sheet may have the number as `3.0`, or as text."""
        value = self._value(self._mapping.columns.people)
        if value is None:
            return None
        text = str(value).strip()
        number = text.removesuffix(".0")
        if not _NUMBER.fullmatch(number) or not 1 <= int(number) <= MOST_PEOPLE:
            self._refuse("people", f"{_shown(text)} is not a number from 1 to {MOST_PEOPLE}")
            return None
        return int(number)

    def _contact(self) -> Contact | None:
        columns = self._mapping.columns
        parts = {
            "name": self._text(columns.contact_name),
            "phone": self._text(columns.contact_phone),
            "email": self._text(columns.contact_email),
        }
        if not any(parts.values()):
            return None
        try:
            return Contact.model_validate(parts)
        except ValidationError as invalid:
            self._refuse_all(invalid, within="contact")
            return None


def _named(pieces: tuple[Piece, ...]) -> str:
    return ", ".join(dict.fromkeys(name for piece in pieces for name in piece.columns))


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."
