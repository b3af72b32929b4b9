"""From a record's bytes to a checked model, or to the reasons why it can never be one.

JSON is parsed strictly: no duplicate keys, no NaN or infinity, no lone surrogates, bounded in depth
and size (reliability handbook, S-18 and R-24).
"""

from collections.abc import Collection
from typing import Final, TypeVar

import jiter
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from schemas.cloudevents import (
    BATCH_CONTENT,
    SPEC_VERSION,
    STRUCTURED_CONTENT,
    CloudEvent,
    NotACloudEvent,
    attributes,
    content_type,
    from_kafka,
)
from services.kit.records import Fault, Record, Rejected
from services.kit.stage.bounds import MAX_BYTES, MAX_FAULTS

_STRUCTURED: Final = ("specversion", "id", "type", "source", "data")

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")


def strict_json(value: bytes | None, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Return the bytes when they are one sound JSON document.

    Raises `Rejected` with code `empty`, `too_large` or `not_json`.
    """
    if not value:
        raise Rejected("empty", (Fault("value", "is empty"),))
    if len(value) > max_bytes:
        told = f"has {len(value)} bytes, at most {max_bytes} are taken"
        raise Rejected("too_large", (Fault("value", told),))
    try:
        jiter.from_json(value, catch_duplicate_keys=True, allow_inf_nan=False, cache_mode="none")
    except ValueError as error:
        raise Rejected("not_json", (Fault("value", str(error)[:300]),)) from error
    return value


def validated(adapter: TypeAdapter[T], value: bytes) -> T:
    """Return the model that checked JSON makes.

    Raises `Rejected` with code `invalid` and a fault per field.
    """
    try:
        return adapter.validate_json(value)
    except ValidationError as error:
        raise Rejected("invalid", faults_of(error)) from error


def faults_of(error: ValidationError) -> tuple[Fault, ...]:
    """Return a fault per field that pydantic names, at most `MAX_FAULTS`."""
    found = [
        Fault(".".join(map(str, item["loc"])) or "value", item["msg"])
        for item in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    left = len(found) - MAX_FAULTS
    more = [Fault("value", f"and {left} more")] if left > 0 else []
    return (*found[:MAX_FAULTS], *more)


def cloud_event(record: Record) -> CloudEvent:
    """Return the CloudEvent a record of one of our own topics carries.

    Raises `Rejected` with code `not_a_cloud_event`.
    """
    try:
        return from_kafka(key=record.key, value=record.value, headers=record.headers)
    except NotACloudEvent as error:
        raise Rejected("not_a_cloud_event", (Fault(error.header, error.reason),)) from error


def outside_attributes(record: Record, *, expected_types: Collection[str]) -> dict[str, str]:
    """Return the CloudEvents attributes of a record from outside, which may have none at all.

    Raises `Rejected` when they are there and wrong, or of a type that this topic does not take.
    """
    try:
        found = attributes(record.headers)
    except NotACloudEvent as error:
        raise Rejected("not_a_cloud_event", (Fault(error.header, error.reason),)) from error
    if "type" in found:
        _check_type("ce_type", found["type"], expected_types)
    return found


def outside_data(record: Record, *, expected_types: Collection[str]) -> bytes:
    """Return the JSON that a record from outside brings: its value, or the data of its event.

    A CloudEvent may come in binary mode, its attributes in headers, or in structured mode, which
    the header `content-type` names. Raises `Rejected`.
    """
    media_type = content_type(record.headers)
    if media_type == BATCH_CONTENT:
        told = f"is {BATCH_CONTENT}; send each event as a record of its own"
        raise Rejected("not_a_cloud_event", (Fault("content-type", told),))
    if media_type == STRUCTURED_CONTENT:
        return structured_data(strict_json(record.value), expected_types=expected_types)
    outside_attributes(record, expected_types=expected_types)
    return strict_json(record.value)


def structured_data(event: bytes, *, expected_types: Collection[str]) -> bytes:
    """Return the data of a CloudEvent in structured mode, which is sound JSON.

    Raises `Rejected` with the attribute that is missing or wrong.
    """
    found = from_json(event)
    if not isinstance(found, dict):
        raise Rejected("not_a_cloud_event", (Fault("value", "must be a JSON object"),))
    missing = [
        name for name in ("specversion", "id", "type", "source", "data") if name not in found
    ]
    if missing:
        raise Rejected("not_a_cloud_event", [Fault(name, "is missing") for name in missing])
    if found["specversion"] != SPEC_VERSION:
        told = f"only {SPEC_VERSION!r} is known"
        raise Rejected("not_a_cloud_event", (Fault("specversion", told),))
    _check_type("type", found["type"], expected_types)
    return to_json(found["data"])


def _check_type(attribute: str, given: object, expected: Collection[str]) -> None:
    if given not in expected:
        told = f"is {str(given)[:64]!r}, here {', '.join(map(repr, expected))} is taken"
        raise Rejected("unknown_type", (Fault(attribute, told),))
