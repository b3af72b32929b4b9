"""Records that intake must refuse, each with the code it must give: a corpus for every layer.

`bad_records()` returns them in a fixed order under names that tell what is wrong. The limits and
the rules of JSON are those of the reliability handbook, R-24 and S-18.
"""

from collections.abc import Iterator

from tests.support.bad_fields import invalid_records
from tests.support.bad_json import not_json_records
from tests.support.good_report import BadRecord, good_bytes, good_headers


def bad_records() -> list[BadRecord]:
    """Return the whole corpus."""
    return [*not_json_records(), *invalid_records(), *_wrong_headers()]


def _wrong_headers() -> Iterator[BadRecord]:
    no_event = {
        "version 0.3": ("ce_specversion", b"0.3"),
        "version 2.0": ("ce_specversion", b"2.0"),
        "version empty": ("ce_specversion", b""),
        "version not UTF-8": ("ce_specversion", b"\xff"),
        "type not UTF-8": ("ce_type", b"incident.reported\xff"),
        "id not UTF-8": ("ce_id", b"\xc3\x28"),
        "source not UTF-8": ("ce_source", "热线".encode("gbk")),
        "extension not UTF-8": ("ce_traceparent", b"\x80"),
        "version 0.3 in capitals": ("CE_SpecVersion", b"0.3"),
    }
    for name, header in no_event.items():
        yield _headed(name, "not_a_cloud_event", header)
    other_types = {
        "of a case": b"case.registered",
        "of feedback": b"feedback.given",
        "of another house": b"com.example.report",
        "in capitals": b"INCIDENT.REPORTED",
        "with a blank": b"incident.reported ",
        "empty": b"",
        "100000 letters long": b"x" * 100_000,
    }
    for name, other in other_types.items():
        yield _headed(f"type {name}", "unknown_type", ("ce_type", other))
    yield BadRecord(
        name="header type alone, of a case",
        code="unknown_type",
        value=good_bytes(),
        headers=(("ce_type", b"case.registered"),),
    )


def _headed(name: str, code: str, header: tuple[str, bytes]) -> BadRecord:
    """Return the good report with one of its headers replaced or added."""
    kept = tuple(h for h in good_headers() if h[0] != header[0].lower())
    return BadRecord(name=f"header {name}", code=code, value=good_bytes(), headers=(*kept, header))
