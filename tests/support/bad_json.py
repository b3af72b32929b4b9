"""Values that are not one sound JSON document of at most 256 KiB."""

import gzip
import zlib
from collections.abc import Iterator
from typing import Final

from tests.support.good_report import (
    BadRecord,
    changed,
    good_bytes,
    good_headers,
    good_report,
    with_tail,
)

_MAX_BYTES: Final = 256 * 1024


def not_json_records() -> Iterator[BadRecord]:
    """Yield a record for each way to be no JSON."""
    yield from _nothing()
    yield from _too_large()
    yield from _truncated()
    yield from _not_json()
    yield from _no_object_of_ours()
    yield from _keys_twice()
    yield from _bad_text()
    yield from _bad_numbers()
    yield from _nested()


def _not_json_of(values: dict[str, bytes]) -> Iterator[BadRecord]:
    for name, value in values.items():
        yield BadRecord(name=name, code="not_json", value=value)


def _nothing() -> Iterator[BadRecord]:
    yield BadRecord(name="null value", code="empty", value=None)
    yield BadRecord(name="no bytes", code="empty", value=b"")
    yield BadRecord(
        name="null value with good headers", code="empty", value=None, headers=good_headers()
    )


def _too_large() -> Iterator[BadRecord]:
    room = _MAX_BYTES - len(changed("description", ""))
    huge = {
        "one byte over the limit": changed("description", "x" * (room + 1)),
        "description of a megabyte": changed("description", "x" * 1_000_000),
        "100000 unknown fields": with_tail(b",".join(b'"k%d":1' % n for n in range(100_000))),
        "blanks up to the limit": good_bytes() + b" " * _MAX_BYTES,
        "megabyte of noise": b"\xff" * 1_000_000,
        "megabyte of zeros": b"\x00" * 1_000_000,
        "50000 media links": changed("media", ["https://a.example/x"] * 50_000),
        "arrays 200000 deep": b"[" * 200_000 + b"]" * 200_000,
    }
    for name, value in huge.items():
        yield BadRecord(name=name, code="too_large", value=value)


def _truncated() -> Iterator[BadRecord]:
    whole = good_bytes()
    for end in range(1, len(whole), 5):
        yield BadRecord(name=f"cut after {end} bytes", code="not_json", value=whole[:end])


def _not_json() -> Iterator[BadRecord]:
    whole = good_bytes()
    as_text = whole.decode()
    yield from _not_json_of(
        {
            "trailing letter": whole + b"x",
            "trailing brace": whole + b"}",
            "trailing comma after all": whole + b",",
            "trailing NUL": whole + b"\x00",
            "two documents": whole + whole,
            "two lines of documents": whole + b"\n" + whole,
            "trailing comma in object": whole[:-1] + b",}",
            "trailing comma in array": with_tail(b'"x":[1,]'),
            "missing comma": whole[:-1] + b' "x":1}',
            "missing colon": with_tail(b'"x" 1'),
            "missing value": with_tail(b'"x":'),
            "key without quotes": with_tail(b"x:1"),
            "number as key": with_tail(b"1:1"),
            "single quotes": as_text.replace('"', "'").encode(),
            "python literal": repr(good_report()).encode(),
            "line comment": whole[:-1] + b"// why\n}",
            "block comment": b"/* report */" + whole,
            "hash comment": b"# report\n" + whole,
            "upper case literal": with_tail(b'"x":TRUE'),
            "python None": with_tail(b'"x":None'),
            "undefined": with_tail(b'"x":undefined'),
        }
    )


def _no_object_of_ours() -> Iterator[BadRecord]:
    whole = good_bytes()
    yield from _not_json_of(
        {
            "only blanks": b" \t\r\n ",
            "only an opening brace": b"{",
            "only a quote": b'"',
            "bare word": b"report",
            "xml": b"<?xml version='1.0'?><report/>",
            "yaml": b"source: hotline-12345\nid: 1\n",
            "csv": b"source,id\nhotline-12345,1\n",
            "form fields": b"source=hotline-12345&id=1",
            "base64 of a report": b"eyJzb3VyY2UiOiAiaG90bGluZSJ9",
            "gzip": gzip.compress(whole, mtime=0),
            "zlib": zlib.compress(whole),
            "zstd magic": b"\x28\xb5\x2f\xfd" + whole,
            "gzip bomb": gzip.compress(b" " * 10_000_000, mtime=0),
            "schema registry prefix": b"\x00\x00\x00\x00\x01" + whole,
            "msgpack": b"\x81\xa6source\xa7hotline",
        }
    )


def _keys_twice() -> Iterator[BadRecord]:
    yield from _not_json_of(
        {
            "same key twice": with_tail(b'"id":"2"'),
            "same key twice with the same value": with_tail(b'"exercise":false'),
            "same key twice, once escaped": with_tail(b'"\\u0069d":"2"'),
            "unknown key twice": with_tail(b'"x":1,"x":1'),
            "key twice in the place": good_bytes().replace(b'"lat":', b'"lon":1,"lat":'),
            "key twice in an unknown object": with_tail(b'"x":{"a":1,"a":2}'),
            "key twice deep down": with_tail(b'"x":[[{"a":{"b":1,"b":1}}]]'),
            "place twice": with_tail(b'"place":{"grid":"g1"}'),
        }
    )


_BAD_TEXTS: Final = {
    "raw NUL": b"\x00",
    "raw newline": b"\n",
    "raw tab": b"\t",
    "raw escape": b"\x1b[2J",
    "raw unit separator": b"\x1f",
    "lone lead surrogate": b"\\ud800",
    "lone trail surrogate": b"\\udc00",
    "surrogates swapped": b"\\udc00\\ud800",
    "lead surrogate before a letter": b"\\ud83dx",
    "lead surrogate twice": b"\\ud83d\\ud83d",
    "surrogate as raw bytes": b"\xed\xa0\x80",
    "surrogate pair as raw bytes": b"\xed\xa0\xbd\xed\xb8\x80",
    "overlong slash": b"\xc0\xaf",
    "overlong NUL": b"\xc0\x80",
    "overlong in three bytes": b"\xe0\x80\xaf",
    "overlong in four bytes": b"\xf0\x80\x80\xaf",
    "beyond the last code point": b"\xf4\x90\x80\x80",
    "five byte sequence": b"\xf8\x88\x80\x80\x80",
    "lone continuation byte": b"\x80",
    "cut sequence": b"\xe6\xb0",
    "byte FF": b"\xff",
    "byte FE": b"\xfe",
    "latin-1 letter": b"caf\xe9",
    "gbk text": "水管".encode("gbk"),
    "unknown escape": b"\\x41",
    "cut escape": b"\\u12",
    "escape of no hex": b"\\u12zz",
    "octal escape": b"\\101",
    "escaped quote only": b"\\",
}


def _bad_text() -> Iterator[BadRecord]:
    whole = good_bytes()
    text = whole.decode()
    yield from _not_json_of(
        {f"{name} in the description": _described(content) for name, content in _BAD_TEXTS.items()}
    )
    yield from _not_json_of(
        {
            f"{name} in a key": with_tail(b'"' + content + b'":1')
            for name, content in _BAD_TEXTS.items()
        }
    )
    yield from _not_json_of(
        {
            "byte order mark": b"\xef\xbb\xbf" + whole,
            "utf-16": text.encode("utf-16"),
            "utf-16 big end first": text.encode("utf-16-be"),
            "utf-16 little end first": text.encode("utf-16-le"),
            "utf-32": text.encode("utf-32"),
            "gb18030": text.encode("gb18030"),
            "NUL before all": b"\x00" + whole,
            "no-break space before all": b"\xc2\xa0" + whole,
        }
    )


def _described(content: bytes) -> bytes:
    return changed("description", "@").replace(b"@", content, 1)


_NO_NUMBERS: Final = {
    "NaN": b"NaN",
    "nan": b"nan",
    "Infinity": b"Infinity",
    "minus Infinity": b"-Infinity",
    "inf": b"inf",
    "10 to the 5000 in digits": b"1" + b"0" * 5_000,
    "100000 digits": b"9" * 100_000,
    "leading zero": b"028.5",
    "minus and leading zero": b"-01",
    "leading plus": b"+28",
    "leading point": b".5",
    "trailing point": b"28.",
    "empty exponent": b"28e",
    "hex": b"0x1c",
    "underscores": b"2_8",
    "comma as point": b"28,5",
    "two minuses": b"--28",
    "only a minus": b"-",
    "fullwidth digits": "２８".encode(),
}


_TOO_FAR: Final = {
    "1e999": b"1e999",
    "-1e999": b"-1e999",
    "1e308": b"1e308",
    "100000 after the point, too far": b"91." + b"9" * 100_000,
    "a million as integer": b"1000000",
    "2 to the 64": b"18446744073709551616",
}


def _bad_numbers() -> Iterator[BadRecord]:
    marker = b"28.6885"
    for name, number in _NO_NUMBERS.items():
        yield BadRecord(
            name=f"latitude {name}", code="not_json", value=good_bytes().replace(marker, number)
        )
    for name, number in _TOO_FAR.items():
        yield BadRecord(
            name=f"latitude {name}", code="invalid", value=good_bytes().replace(marker, number)
        )


def _nested() -> Iterator[BadRecord]:
    yield from _not_json_of(
        {
            "arrays 100000 deep": b"[" * 100_000 + b"]" * 100_000,
            "arrays 100000 deep, never closed": b"[" * 100_000,
            "objects 40000 deep": b'{"a":' * 40_000 + b"1" + b"}" * 40_000,
            "objects 50000 deep, never closed": b'{"a":' * 50_000,
            "arrays 100000 deep in an unknown field": with_tail(
                b'"x":' + b"[" * 100_000 + b"]" * 100_000
            ),
            "objects 40000 deep in an unknown field": with_tail(
                b'"x":' + b'{"a":' * 40_000 + b"1" + b"}" * 40_000
            ),
            "arrays and objects 30000 deep": b'[{"a":' * 30_000,
            "arrays 1000 deep in the place": changed("place", 0).replace(
                b'"place": 0', b'"place": ' + b"[" * 1_000 + b"]" * 1_000
            ),
        }
    )
