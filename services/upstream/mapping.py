"""How a city's export becomes reports: the TOML file an operator writes for it."""

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from schemas.events.base import Code
from schemas.plan.base import TimeZone
from schemas.plan.checking.lines import find_lines
from schemas.plan.checking.schema_errors import dotted
from schemas.vocabulary import Channel, Urgency
from services.upstream.code_table import CodeTable
from services.upstream.columns import Piece, Pieces
from services.upstream.dates import Dates, check_format
from services.upstream.layout import Layout, Table
from services.upstream.leaving_out import NULL_ISLAND, Nowhere, Skip

_TOML_LINE: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


class InvalidMapping(ValueError):
    """The mapping cannot be used; the message names file, line and key of everything wrong."""


class Columns(Table):
    """`[columns]`: where in a row each part of a report is.

    All but `category` are alternatives, the first filled one counts; `category` is the levels of
    a key in `[categories]`, kind first. `address_if_nowhere` is for rows that name no place.
    """

    id: Pieces
    reported_at: Pieces
    category: Pieces = ()
    description: Pieces = ()
    channel: Pieces = ()
    urgency: Pieces = ()
    latitude: Pieces = ()
    longitude: Pieces = ()
    grid: Pieces = ()
    address: Pieces = ()
    address_if_nowhere: Pieces = ()
    media: Pieces = ()
    people: Pieces = ()
    contact_name: Pieces = ()
    contact_phone: Pieces = ()
    contact_email: Pieces = ()

    def items(self) -> Iterator[tuple[str, tuple[Piece, ...]]]:
        """Yield each part that is mapped and its alternatives."""
        for name in type(self).model_fields:
            pieces: tuple[Piece, ...] = getattr(self, name)
            if pieces:
                yield name, pieces


def _checked(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(check_format(text) for text in texts)


_MONTHS: Final = 12


def _twelve(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(names) not in {0, _MONTHS} or not all(names) or len(set(names)) != len(names):
        raise ValueError("needs the twelve names of January to December, each another one")
    return names


class UpstreamMapping(Table):
    """The whole file.

    `months` are the names of January to December where they are not English. Reports before
    `since`, and those of `until` and later, are left out; a date is that day's first instant.
    """

    source: Code
    title: str = ""
    timezone: TimeZone
    dates: Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_checked)] = ("iso",)
    months: Annotated[tuple[str, ...], AfterValidator(_twelve)] = ()
    since: datetime | date | None = None
    until: datetime | date | None = None
    file: Layout = Field(default_factory=Layout)
    columns: Columns
    channels: Mapping[str, Channel] = Field(default_factory=lambda: {"*": Channel.PHONE})
    urgencies: Mapping[str, Urgency] = Field(default_factory=dict)
    categories: Mapping[str, Code | Literal["", "*"]] = Field(default_factory=dict)
    skip: tuple[Skip, ...] = ()
    nowhere: tuple[Nowhere, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        columns = self.columns
        if bool(columns.category) != bool(self.categories):
            raise ValueError("`columns.category` and [categories] need each other")
        if not columns.category and not columns.description:
            raise ValueError("[columns] needs `category` or `description`: what is reported?")
        if bool(columns.latitude) != bool(columns.longitude):
            raise ValueError("`columns.latitude` and `columns.longitude` need each other")
        if not (columns.latitude or columns.address or columns.grid):
            raise ValueError("[columns] needs latitude and longitude, `address` or `grid`")
        if self.since and self.until and self._instant(self.since) >= self._instant(self.until):
            raise ValueError("`since` has to be before `until`")
        return self

    def _instant(self, bound: datetime | date) -> datetime:
        at = bound if isinstance(bound, datetime) else datetime(bound.year, bound.month, bound.day)  # noqa: DTZ001 - local until the zone is put in below
        return (at if at.tzinfo else at.replace(tzinfo=self.timezone)).astimezone(UTC)

    @cached_property
    def _span(self) -> tuple[datetime | None, datetime | None]:
        return (
            None if self.since is None else self._instant(self.since),
            None if self.until is None else self._instant(self.until),
        )

    def outside(self, at: datetime) -> str | None:
        """Return why a report of this instant is left out, or None when it is not."""
        since, until = self._span
        if since is not None and at < since:
            return f"before {self.since}"
        if until is not None and at >= until:
            return f"{self.until} or later"
        return None

    def is_nowhere(self, lat: float, lon: float) -> bool:
        """Tell whether a point means that the upstream knows none."""
        return any(point.is_at(lat, lon) for point in (NULL_ISLAND, *self.nowhere))

    @cached_property
    def empty(self) -> frozenset[str]:
        """Return the texts that stand for nothing."""
        return frozenset(self.file.empty)

    @cached_property
    def calendar(self) -> Dates:
        """Return how the upstream writes dates."""
        return Dates(self.dates, self.timezone, self.months)

    @cached_property
    def category_table(self) -> CodeTable:
        """Return the categories, ready to be looked up."""
        return CodeTable(self.categories)

    @cached_property
    def channel_table(self) -> CodeTable:
        """Return the channels, ready to be looked up."""
        return CodeTable({key: channel.value for key, channel in self.channels.items()})

    @cached_property
    def urgency_table(self) -> CodeTable:
        """Return the urgencies, ready to be looked up."""
        return CodeTable({key: urgency.value for key, urgency in self.urgencies.items()})


def load_mapping(path: Path) -> UpstreamMapping:
    """Return the mapping of a file; raises `InvalidMapping`.

    A file that `extends` another, named relative to it, takes from there every key and table it
    does not have itself.
    """
    return _validated(*_read(path, ()), name=str(path))


def parse_mapping(data: bytes, *, name: str) -> UpstreamMapping:
    """Return the mapping that bytes spell; raises `InvalidMapping` with every error in them."""
    return _validated(*_parsed(data, name=name), name=name)


def _read(path: Path, extending: tuple[Path, ...]) -> tuple[dict[str, object], str]:
    if path.resolve() in extending:
        raise InvalidMapping(f"{path}: extends itself")
    try:
        data = path.read_bytes()
    except OSError as unreadable:
        raise InvalidMapping(f"{path}: {unreadable.strerror or unreadable}") from unreadable
    table, text = _parsed(data, name=str(path))
    base = table.pop("extends", None)
    if base is None:
        return table, text
    if not isinstance(base, str):
        raise InvalidMapping(f"{path}: `extends` is the name of a file, in quotes")
    base_path = path.parent / base
    inherited, base_text = _read(base_path, (*extending, path.resolve()))
    _validated(inherited, base_text, name=str(base_path))
    return inherited | table, text


def _parsed(data: bytes, *, name: str) -> tuple[dict[str, object], str]:
    try:
        text = data.decode()
        return tomllib.loads(text), text
    except UnicodeDecodeError as broken:
        line = data[: broken.start].count(b"\n") + 1
        raise InvalidMapping(f"{name}:{line}: the file is not UTF-8") from broken
    except tomllib.TOMLDecodeError as broken:
        raise InvalidMapping(_syntax(broken, data, name=name)) from broken


def _validated(table: dict[str, object], text: str, *, name: str) -> UpstreamMapping:
    try:
        return UpstreamMapping.model_validate(table)
    except ValidationError as invalid:
        lines = find_lines(text)
        problems = [
            f"{name}:{lines.of(*error['loc'])}: {_explain(error)}"
            for error in invalid.errors(include_url=False)
        ]
        raise InvalidMapping("\n".join(problems)) from invalid


def _syntax(broken: tomllib.TOMLDecodeError, data: bytes, *, name: str) -> str:
    message = str(broken)
    found = _TOML_LINE.search(message)
    line = found[1] if found and found[1] else data.count(b"\n") + 1
    return f"{name}:{line}: {_TOML_LINE.sub('', message)}"


def _explain(error: ErrorDetails) -> str:
    path = error["loc"]
    last = str(path[-1]) if path else ""
    if error["type"] == "extra_forbidden":
        table = _TABLES.get(str(path[0]), UpstreamMapping) if path[1:] else UpstreamMapping
        known = [field.alias or name for name, field in table.model_fields.items()]
        close = difflib.get_close_matches(last, known, n=1)
        advice = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"
        return f"{dotted(path)}: unknown key ({advice})"
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "missing":
        message = "is missing"
    elif error["type"] in {"string_pattern_mismatch", "literal_error"} and path[0] == "categories":
        message = f'{error["input"]!r} is no code; write one of the plan, "" for none, or "*"'
    return f"{dotted(path)}: {message}" if path else message


_TABLES: Final[Mapping[str, type[Table]]] = {
    "file": Layout,
    "columns": Columns,
    "skip": Skip,
    "nowhere": Nowhere,
}
