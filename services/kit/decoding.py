"""From a record's bytes to a checked model, or to the reasons why it can never be one.

JSON is parsed strictly: no duplicate keys, no NaN or infinity, no lone surrogates, bounded in depth
and size (reliability handbook, S-18 and R-24).
"""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import jiter
from pydantic import BaseModel, TypeAdapter, ValidationError

from schemas.cloudevents import CloudEvent, NotACloudEvent, attributes, from_kafka
from services.kit.records import Fault, Record, Rejected

MAX_BYTES: Final = 256 * 1024
MAX_FAULTS: Final = 20

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


def outside_attributes(record: Record, *, expected_type: str) -> dict[str, str]:
    """Return the CloudEvents attributes of a record from outside, which may have none at all.

    Raises `Rejected` when they are there and wrong, or of another type than this topic takes.
    """
    try:
        found = attributes(record.headers)
    except NotACloudEvent as error:
        raise Rejected("not_a_cloud_event", (Fault(error.header, error.reason),)) from error
    if found and found.get("type", expected_type) != expected_type:
        told = f"is {found['type'][:64]!r}, this topic takes {expected_type!r}"
        raise Rejected("unknown_type", (Fault("ce_type", told),))
    return found


def fact_of(event: CloudEvent, adapters: Mapping[str, TypeAdapter[Any]]) -> Any:  # noqa: ANN401 - one of the adapters' models
    """Return the model of one of our own events, by its type.

    Raises `KeyError` for a type that is not in `adapters`, `Rejected` for data that is not sound.
    """
    return validated(adapters[event.type], event.data)
