"""How an export is written down: the `[file]` table of a mapping."""

import codecs
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


class Table(BaseModel):
    """One table of a mapping: what it does not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


def _known_encoding(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError as unknown:
        raise ValueError(f"unknown encoding {name!r}; write utf-8, latin-1, gb18030") from unknown


class Layout(Table):
    """`[file]`: how the file is written.

    `lines_above_header` are lines (rows of a sheet) that are passed over first; `sheet` is the
    name of a workbook's sheet, its first one if empty; `decimal` is the mark in coordinates.
    """

    format: Literal["auto", "csv", "json", "jsonl", "sheet"] = "auto"
    encoding: Annotated[str, AfterValidator(_known_encoding)] = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    quote: Annotated[str, Field(min_length=1, max_length=1)] = '"'
    decimal: Literal[".", ","] = "."
    lines_above_header: Annotated[int, Field(ge=0, le=1_000)] = 0
    header: bool = True
    columns: tuple[str, ...] = ()
    rows: str | None = None
    sheet: str = ""
    empty: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _named_columns(self) -> Self:
        if not self.header and not self.columns:
            raise ValueError("a file without a header needs `columns`, their names in order")
        if len(set(self.columns)) != len(self.columns):
            raise ValueError("`columns` names a column twice")
        return self
