"""How a city's export becomes reports: the TOML file an operator writes for it."""

import codecs
import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from schemas.events.base import Code
from schemas.plan.base import TimeZone
from schemas.plan.lines import find_lines
from schemas.plan.schema_errors import dotted
from schemas.vocabulary import Channel, Urgency
from services.commands.upstream.code_table import CodeTable, fold, pattern_of
from services.commands.upstream.columns import Cells, Piece, Pieces, present
from services.commands.upstream.dates import check_format

_TOML_LINE: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


class InvalidMapping(ValueError):
    """The mapping cannot be used; the message names file, line and key of everything wrong."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


def _known_encoding(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError as unknown:
        raise ValueError(f"unknown encoding {name!r}; write utf-8, latin-1, gb18030") from unknown


class Layout(_Table):
    """`[file]`: how the file is written."""

    format: Literal["auto", "csv", "json", "jsonl"] = "auto"
    encoding: Annotated[str, AfterValidator(_known_encoding)] = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    quote: Annotated[str, Field(min_length=1, max_length=1)] = '"'
    header: bool = True
    columns: tuple[str, ...] = ()
    rows: str | None = None
    empty: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _named_columns(self) -> Self:
        if not self.header and not self.columns:
            raise ValueError("a file without a header needs `columns`, their names in order")
        if len(set(self.columns)) != len(self.columns):
            raise ValueError("`columns` names a column twice")
        return self


class Columns(_Table):
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
    contact_name: Pieces = ()
    contact_phone: Pieces = ()
    contact_email: Pieces = ()

    def items(self) -> Iterator[tuple[str, tuple[Piece, ...]]]:
        """Yield each part that is mapped and its alternatives."""
        for name in type(self).model_fields:
            pieces: tuple[Piece, ...] = getattr(self, name)
            if pieces:
                yield name, pieces


class Skip(_Table):
    """`[[skip]]`: rows that are left out on purpose, counted under their reason."""

    reason: Annotated[str, Field(min_length=1)]
    column: Annotated[str, Field(min_length=1)]
    is_: Annotated[tuple[str, ...], Field(alias="is")] = ()
    is_not: tuple[str, ...] = ()
    empty: bool = False

    @model_validator(mode="after")
    def _one_test(self) -> Self:
        if sum(map(bool, (self.is_, self.is_not, self.empty))) != 1:
            raise ValueError("needs exactly one of `is`, `is_not` and `empty = true`")
        return self

    @cached_property
    def _patterns(self) -> tuple[re.Pattern[str], ...]:
        return tuple(map(pattern_of, self.is_ or self.is_not))

    def holds(self, cells: Cells, *, empty: frozenset[str]) -> bool:
        """Tell whether a row is to be left out."""
        value = present(Piece(self.column).value(cells, empty=frozenset()), empty=empty)
        if self.empty:
            return value is None
        text = "" if value is None else fold(str(value))
        return any(one.fullmatch(text) for one in self._patterns) is bool(self.is_)


def _checked(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(check_format(text) for text in texts)


class UpstreamMapping(_Table):
    """The whole file."""

    source: Code
    title: str = ""
    timezone: TimeZone
    dates: Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_checked)] = ("iso",)
    file: Layout = Field(default_factory=Layout)
    columns: Columns
    channels: Mapping[str, Channel] = Field(default_factory=lambda: {"*": Channel.PHONE})
    urgencies: Mapping[str, Urgency] = Field(default_factory=dict)
    categories: Mapping[str, Code | Literal["", "*"]] = Field(default_factory=dict)
    skip: tuple[Skip, ...] = ()

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
        return self

    @cached_property
    def empty(self) -> frozenset[str]:
        """Return the texts that stand for nothing."""
        return frozenset(self.file.empty)

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


_TABLES: Final[Mapping[str, type[_Table]]] = {"file": Layout, "columns": Columns, "skip": Skip}
