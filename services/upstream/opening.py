"""Opening an export: what it is encoded as, and whether it is CSV, JSON or a workbook."""

import codecs
import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Final

from services.upstream.csv_rows import csv_rows
from services.upstream.json_lines import json_lines
from services.upstream.json_rows import json_rows
from services.upstream.layout import Layout
from services.upstream.outcomes import BadRow, Row, UnusableFile
from services.upstream.sheet_rows import sheet_rows

_UTF8: Final = "utf-8"
_PACKED: Final = {b"\x1f\x8b": "gzip", b"PK": "zip", b"BZh": "bzip2", b"\xfd7zXZ": "xz"}
_OLD_WORKBOOK: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_LIST: Final = re.compile(rb'"([^"\\]{1,64})"\s*:\s*\[')
_OTHER_UNICODE: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

OnHeader = Callable[[Sequence[str]], None]
"""Called with the column names of a CSV file; raises `UnusableFile` when they do not do."""


def read_rows(
    stream: io.BufferedReader, layout: Layout, *, on_header: OnHeader
) -> Iterator[Row | BadRow]:
    """Yield the rows of a file, each as soon as it is there; raises `UnusableFile`.

    Memory stays the same however long the file is, but for a workbook, which is held as a whole,
    and the part of a JSON object before its rows.
    """
    head = stream.peek(1)
    if _is_workbook(head, layout):
        yield from sheet_rows(stream, layout, on_header=on_header)
        return
    _check_head(head, layout)
    encoding = "utf-8-sig" if layout.encoding == _UTF8 else layout.encoding
    text = io.TextIOWrapper(stream, encoding, errors="surrogateescape", newline="")
    try:
        match _format_of(head, layout):
            case "csv":
                yield from csv_rows(text, layout, on_header=on_header)
            case "json":
                yield from json_rows(text, layout)
            case _:
                yield from json_lines(text, layout)
    except UnicodeDecodeError as broken:
        raise UnusableFile(f"the file is not {layout.encoding}: {broken.reason}") from broken
    finally:
        with suppress(ValueError):  # closed before the rows were read to the end
            text.detach()


def _check_head(head: bytes, layout: Layout) -> None:
    if not head.removeprefix(codecs.BOM_UTF8).strip():
        raise UnusableFile("the file is empty")
    for magic, name in _PACKED.items():
        if head.startswith(magic) and not (magic == b"PK" and head[2:3] > b"\x08"):
            raise UnusableFile(f"the file is packed with {name}; unpack it first")
    if head.startswith(_OTHER_UNICODE) and layout.encoding == _UTF8:
        raise UnusableFile('the file is UTF-16; write encoding = "utf-16" under [file]')


def _is_workbook(head: bytes, layout: Layout) -> bool:
    """Tell whether it is a workbook: an old one, or a zip whose first part is a workbook's."""
    if layout.format == "sheet":
        return True
    parts = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"xl/", b"mimetypeapplication/vnd")
    is_zip = head.startswith(b"PK\x03\x04")
    return head.startswith(_OLD_WORKBOOK) or (is_zip and head[30:].startswith(parts))


def _format_of(head: bytes, layout: Layout) -> str:
    if layout.format != "auto":
        return layout.format
    marks = codecs.BOM_UTF8 + codecs.BOM_UTF16_LE + b"\x00 \t\r\n"
    first = head.lstrip(marks)[:1]
    if first == b"[" or (first == b"{" and layout.rows is not None):
        return "json"
    if first != b"{":
        return "csv"
    if head.lstrip(marks).partition(b"\n")[0].strip() == b"{":
        found = _LIST.search(head)
        key = found[1].decode(errors="replace") if found else "..."
        raise UnusableFile(
            "the file is one JSON object over several lines; say which key holds the rows: "
            f'rows = "{key}" under [file]'
        )
    return "jsonl"
