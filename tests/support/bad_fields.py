"""Sound JSON that is no sound report: wrong shapes, types, ranges, instants, words, links."""

import json
from collections.abc import Iterator
from typing import Final

from tests.support.good_report import BadRecord, changed, good_report


def invalid_records() -> Iterator[BadRecord]:
    """Yield a record for each way to break the report's schema."""
    yield from _other_shapes()
    yield from _missing()
    yield from _wrong_types()
    yield from _out_of_range()
    yield from _bad_instants()
    yield from _bad_words()
    yield from _bad_links()


def _invalid(name: str, **fields: object) -> BadRecord:
    value = json.dumps(good_report() | fields, ensure_ascii=False).encode()
    return BadRecord(name=name, code="invalid", value=value)


def _field(path: str, name: str, value: object) -> BadRecord:
    return BadRecord(name=f"{path} {name}", code="invalid", value=changed(path, value))


def _other_shapes() -> Iterator[BadRecord]:
    shapes: dict[str, object] = {
        "empty object": {},
        "empty array": [],
        "array of a report": [good_report()],
        "number": 42,
        "text": "report",
        "empty text": "",
        "true": True,
        "null": None,
        "report as text": json.dumps(good_report()),
        "report one level down": {"report": good_report()},
        "structured cloud event": {"specversion": "1.0", "data": good_report()},
        "keys in capitals": {k.upper(): v for k, v in good_report().items()},
        "keys with blanks": {f" {k} ": v for k, v in good_report().items()},
    }
    for name, shape in shapes.items():
        yield BadRecord(name=f"{name} at the top", code="invalid", value=json.dumps(shape).encode())


def _missing() -> Iterator[BadRecord]:
    for field in ("source", "id", "channel", "reported_at", "place"):
        kept = {k: v for k, v in good_report().items() if k != field}
        yield BadRecord(name=f"no {field}", code="invalid", value=json.dumps(kept).encode())
        yield _invalid(f"{field} null", **{field: None})
    yield _invalid("no latitude", place={"point": {"lon": 115.9}})
    yield _invalid("no longitude", place={"point": {"lat": 28.6}})
    yield _invalid("empty place", place={})
    yield _invalid("place of nulls", place={"point": None, "grid": None, "address": None})
    yield _invalid("place of an unknown kind", place={"w3w": "a.b.c"})
    yield _invalid("empty address", place={"address": ""})
    yield _invalid("blank address", place={"address": " \u3000 "})
    yield _invalid("empty point", place={"point": {}})
    yield _invalid("nothing said", category=None, description=None)
    yield _invalid("no category and an empty description", category=None, description="")
    yield _invalid("no category and a blank description", category=None, description=" \t\u3000\n")


_TEXT_FIELDS: Final = (
    *("source", "id", "channel", "reported_at", "place.grid", "place.address", "category"),
    *("description", "urgency", "contact.name", "contact.phone", "contact.email"),
)


_NO_TEXT: Final = {
    "integer": 7,
    "fraction": 1.5,
    "true": True,
    "array": ["x"],
    "object": {"x": "y"},
}
_NO_NUMBER: Final = {"text": "28", "true": True, "array": [28.6], "object": {}, "null": None}
_NO_OBJECT: Final = {"integer": 1, "text": "x", "array": [good_report()["place"]]}
_NO_FLAG: Final = {"integer": 1, "text": "true", "array": [False], "object": {}, "null": None}
_NO_LINKS: Final = {
    "integer": 1,
    "text": "https://a.example",
    "object": {"0": "https://a.example"},
    "null": None,
    "array of numbers": [1],
    "array of nulls": [None],
    "array of arrays": [["https://a.example"]],
}
_WRONG: Final = (
    (_TEXT_FIELDS, _NO_TEXT),
    (("place.point.lat", "place.point.lon"), _NO_NUMBER),
    (("place", "place.point", "contact"), _NO_OBJECT),
    (("exercise",), _NO_FLAG),
    (("media",), _NO_LINKS),
)


def _wrong_types() -> Iterator[BadRecord]:
    for fields, wrong in _WRONG:
        for field in fields:
            for name, value in wrong.items():
                yield _field(field, f"as {name}", value)


def _out_of_range() -> Iterator[BadRecord]:
    for lat in (90.0001, -90.0001, 91, -91, 180, 1e9):
        yield _field("place.point.lat", f"is {lat}", lat)
    for lon in (180.0001, -180.0001, 181, -181, 360, 1e9):
        yield _field("place.point.lon", f"is {lon}", lon)
    longest = {
        "source": 64,
        "id": 128,
        "category": 64,
        "description": 4_000,
        "place.grid": 64,
        "place.address": 500,
        "contact.name": 100,
        "contact.phone": 40,
        "contact.email": 200,
    }
    for field, length in longest.items():
        yield _field(field, f"has {length + 1} letters", "x" * (length + 1))
        yield _field(field, "has 100000 letters", "x" * 100_000)
        yield _field(field, "has an escaped NUL", "a\x00b")
    yield _field("description", "has 4001 emoji", "😀" * 4_001)
    yield _field("media", "has 21 links", ["https://a.example/x"] * 21)
    yield _field("media", "has 10000 links", ["https://a.example/x"] * 10_000)


_NO_INSTANTS: Final = {
    "naive": "2026-05-01T08:00:00",
    "a date": "2026-05-01",
    "a time": "08:00:00+08:00",
    "February 30": "2026-02-30T08:00:00+08:00",
    "February 29 of a common year": "2026-02-29T08:00:00+08:00",
    "month 13": "2026-13-01T08:00:00+08:00",
    "day 0": "2026-05-00T08:00:00+08:00",
    "hour 25": "2026-05-01T25:00:00+08:00",
    "hour 24": "2026-05-01T24:00:00+08:00",
    "minute 60": "2026-05-01T08:60:00+08:00",
    "second 61": "2026-05-01T08:00:61+08:00",
    "offset of 25 hours": "2026-05-01T08:00:00+25:00",
    "zone by name": "2026-05-01T08:00:00 Asia/Shanghai",
    "slashes": "2026/05/01 08:00:00+08:00",
    "day first": "01.05.2026 08:00",
    "Chinese": "2026年5月1日8时",
    "RFC 2822": "Fri, 01 May 2026 08:00:00 +0800",
    "seconds since 1970": "1777593600",
    "milliseconds since 1970": "1777593600000",
    "fraction of seconds since 1970": "1777593600.5",
    "infinity": "infinity",
    "now": "now",
    "empty": "",
    "blank": " ",
    "blank before": " 2026-05-01T08:00:00+08:00",
    "blank after": "2026-05-01T08:00:00+08:00 ",
    "year 0": "0000-01-01T00:00:00Z",
    "year 1, before it in UTC": "0001-01-01T00:00:00+08:00",
    "year 9999, after it in UTC": "9999-12-31T23:59:59-08:00",
    "year 10000": "10000-01-01T00:00:00Z",
    "negative year": "-2026-05-01T08:00:00Z",
    "fullwidth digits": "２０２６-05-01T08:00:00Z",
    "week date": "2026-W18-5T08:00:00Z",
    "100000 letters": "2026-" * 20_000,
}


def _bad_instants() -> Iterator[BadRecord]:
    for name, text in _NO_INSTANTS.items():
        yield _field("reported_at", f"is {name}", text)
    for number in (0, 1_777_593_600, 1_777_593_600_000, -1, 1e18):
        yield _field("reported_at", f"is the number {number}", number)


def _bad_words() -> Iterator[BadRecord]:
    for field in ("channel", "urgency"):
        for word in ("", "x", "PHONE", "e", " E", "特急", "phone\n", "1"):
            yield _field(field, f"is {word!r}", word)
    codes = {
        "empty": "",
        "blank": " ",
        "a leading dash": "-x",
        "a leading dot": ".x",
        "a slash": "a/b",
        "two dots and a slash": "../x",
        "a blank inside": "a b",
        "a trailing newline": "x\n",
        "Chinese": "热线",
        "a quote": "x'--",
        "a colon": "a:b",
        "markup": "<b>",
        "a zero width space": "x\u200b",
        "a fullwidth letter": "ｘ",
    }
    for field in ("source", "category", "place.grid"):
        for name, code in codes.items():
            yield _field(field, f"has or is {name}", code)
    yield _field("id", "is empty", "")
    yield _field("id", "is blank", "   ")
    for name, id_ in {"line break": "a\nb", "escape": "\x1b[2J", "way up": "../x"}.items():
        yield _field("id", f"has a {name}", id_)


def _bad_links() -> Iterator[BadRecord]:
    links = {
        "javascript": "javascript:alert(1)",
        "javascript in capitals": "JavaScript:alert(1)",
        "data": "data:text/html,<script>alert(1)</script>",
        "file": "file:///etc/passwd",
        "ftp": "ftp://media.example.org/a.jpg",
        "no scheme": "media.example.org/a.jpg",
        "scheme relative": "//media.example.org/a.jpg",
        "only a scheme": "https://",
        "blank before": " https://media.example.org/a.jpg",
        "blank inside": "https://media.example.org/a b.jpg",
        "newline and javascript": "https://media.example.org\njavascript:alert(1)",
        "newline after": "https://media.example.org/a.jpg\n",
        "empty": "",
        "2001 letters": "https://media.example.org/" + "x" * 1_975,
        "NUL": "https://media.example.org/\x00",
    }
    for name, link in links.items():
        yield _field("media", f"links to {name}", ["https://media.example.org/ok.jpg", link])
