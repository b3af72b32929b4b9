"""CloudEvents 1.0 in Kafka binary mode: attributes travel as `ce_*` headers, the value is the data.

Source: CloudEvents Kafka protocol binding 1.0.2. Standard library only.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, NamedTuple
from uuid import UUID

Headers = tuple[tuple[str, bytes], ...]

SPEC_VERSION: Final = "1.0"
JSON_CONTENT: Final = "application/json"
STRUCTURED_CONTENT: Final = "application/cloudevents+json"
"""One event with its attributes and its data as one JSON object (structured mode)."""
BATCH_CONTENT: Final = "application/cloudevents-batch+json"
"""A list of such events."""
_PREFIX: Final = "ce_"
_ATTRIBUTES: Final = {
    _PREFIX + name: name
    for name in (
        *("specversion", "id", "type", "source", "subject", "time"),
        *("partitionkey", "sequence", "causationid"),
    )
}
"""The attributes that our own events have, by their headers as we write them."""


_SPEC_VERSION_HEADER: Final = ("ce_specversion", SPEC_VERSION.encode())
_CONTENT_TYPE_HEADER: Final = ("content-type", JSON_CONTENT.encode())


class NotACloudEvent(ValueError):
    """The headers do not make a CloudEvent: one is missing, or has a value that is not allowed."""

    def __init__(self, header: str, reason: str) -> None:
        """Name the header and what is wrong with it."""
        self.header = header
        self.reason = reason
        super().__init__(f"header {header}: {reason}")


class CloudEvent(NamedTuple):
    """One event: its attributes, and its data as encoded JSON.

    `sequence` numbers one producer's events about one subject from 1 without gaps (0: not
    numbered); `cause` is the id of the event that led to this one; `key` is the record's key.
    """

    id: UUID
    type: str
    source: str
    subject: str
    time: datetime
    data: bytes
    key: str
    sequence: int = 0
    cause: str = ""

    def headers(self) -> Headers:
        """Return the Kafka headers of the event."""
        found = [
            _SPEC_VERSION_HEADER,
            ("ce_id", str(self.id).encode()),
            ("ce_type", self.type.encode()),
            ("ce_source", self.source.encode()),
            ("ce_subject", self.subject.encode()),
            ("ce_time", _rfc_3339(self.time)),
            ("ce_partitionkey", self.key.encode()),
            _CONTENT_TYPE_HEADER,
        ]
        if self.sequence:
            found.append(("ce_sequence", str(self.sequence).encode()))
        if self.cause:
            found.append(("ce_causationid", self.cause.encode()))
        return tuple(found)


def attributes(headers: Iterable[tuple[str, bytes]]) -> dict[str, str]:
    """Return the CloudEvents attributes among Kafka headers; empty when there are none.

    Raises `NotACloudEvent` for a header that is not UTF-8 or another version of the standard.
    """
    found: dict[str, str] = {}
    for name, value in headers:
        attribute = _ATTRIBUTES.get(name)
        if attribute is None:
            lowered = name.lower()
            if not lowered.startswith(_PREFIX):
                continue
            attribute = lowered.removeprefix(_PREFIX)
        found[attribute] = _text(name, value)
    version = found.get("specversion", SPEC_VERSION)
    if version != SPEC_VERSION:
        raise NotACloudEvent(
            "ce_specversion", f"is {version[:64]!r}, only {SPEC_VERSION!r} is known"
        )
    return found


def media_type_of(content_type: str) -> str:
    """Return a content type without its parameters.

    >>> media_type_of("Application/JSON; charset=utf-8")
    'application/json'
    """
    return content_type.partition(";")[0].strip().lower()


def content_type(headers: Iterable[tuple[str, bytes]]) -> str:
    """Return the media type that a record's headers name; empty when none does."""
    for name, value in headers:
        if name.lower() == "content-type":
            return media_type_of(value.decode("utf-8", "replace"))
    return ""


def event_type(headers: Iterable[tuple[str, bytes]]) -> str:
    """Return the event's type without reading anything else; empty when there is none."""
    for name, value in headers:
        if name == "ce_type":
            return value.decode("utf-8", "replace")
    return ""


def event_source(headers: Iterable[tuple[str, bytes]]) -> str:
    """Return who produced the event; empty when the header is missing."""
    for name, value in headers:
        if name == "ce_source":
            return value.decode("utf-8", "replace")
    return ""


def from_kafka(*, key: bytes | None, value: bytes | None, headers: Headers) -> CloudEvent:
    """Return the event a record carries.

    Raises `NotACloudEvent` naming the header that is missing or wrong.
    """
    found = attributes(headers)
    for name in ("specversion", "id", "type", "source"):
        if not found.get(name):
            raise NotACloudEvent(f"ce_{name}", "is missing")
    return CloudEvent(
        id=_uuid(found["id"]),
        type=found["type"],
        source=found["source"],
        subject=found.get("subject", ""),
        time=_instant(found.get("time", "")),
        data=value or b"",
        key=_text("key", key or b""),
        sequence=_number(found.get("sequence", "0")),
        cause=found.get("causationid", ""),
    )


@lru_cache(maxsize=64)
def _rfc_3339(instant: datetime) -> bytes:
    """Return an instant in UTC as text; the events of a batch mostly share theirs."""
    return instant.astimezone(UTC).isoformat().encode()


def _text(name: str, value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotACloudEvent(name, "is not UTF-8") from error


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotACloudEvent("ce_id", f"is not a UUID: {text[:64]!r}") from error


@lru_cache(maxsize=64)
def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise NotACloudEvent("ce_time", f"is not an RFC 3339 instant: {text[:64]!r}") from error
    if found.tzinfo is None:
        raise NotACloudEvent("ce_time", "has no offset from UTC")
    return found


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):  # noqa: PLR2004 - fits int32
        raise NotACloudEvent("ce_sequence", f"is not a whole number: {text[:64]!r}")
    return int(text)
