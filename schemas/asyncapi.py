"""The topics of one service as an AsyncAPI 3 document, made from `topics.py` and the event models.

FastStream would describe raw batches without payloads; this describes what is really on the wire:
every message with its CloudEvents headers, the record's key, and the JSON Schema of its data.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from schemas.events import commands
from schemas.events.feedback import FEEDBACK_TYPE
from schemas.events.incident import IncidentReport
from schemas.topics import FEEDBACK_MESSAGES, Topic, department_topics, shared_topics

Document = dict[str, Any]

ASYNCAPI_VERSION: Final = "3.0.0"
API_VERSION: Final = "1.0.0"
_ANY: Final = "{party}"
_DEMANDED: Final = ("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time")
_FROM_OUTSIDE: Final = frozenset({IncidentReport, *FEEDBACK_MESSAGES, *commands.KINDS})
_REFS: Final = "#/components/schemas/{model}"


def document(
    service: str, *, departments: Sequence[str] = (), parties: Sequence[str] = ()
) -> Document:
    """Return what a service reads and writes.

    Topics of one department each are one channel with a parameter; `departments` and `parties` are
    its allowed values under the running plan, empty for the contract that holds under any plan.
    """
    topics = [t for t in _declared() if _role(t, service)]
    models = {message: None for topic in topics for message in topic.messages}
    schemas = _schemas(models)
    return {
        "asyncapi": ASYNCAPI_VERSION,
        "info": {"title": f"Tongxin {service}", "version": API_VERSION},
        "defaultContentType": "application/json",
        "channels": {
            _channel_id(t): _channel(t, departments=departments, parties=parties) for t in topics
        },
        "operations": _operations(topics, service),
        "components": {
            "messages": {_name(m): _message(m) for m in models},
            "messageTraits": {
                "cloudEvent": {"headers": _headers(required=True)},
                "optionalCloudEvent": {"headers": _headers(required=False)},
            },
            "schemas": schemas,
        },
    }


def _declared() -> tuple[Topic, ...]:
    return (*shared_topics(), *department_topics([_ANY], [_ANY]))


def _role(topic: Topic, service: str) -> tuple[str, ...]:
    writes = ("send",) if service in _owners(topic) else ()
    reads = ("receive",) if service in topic.readers else ()
    return (*writes, *reads)


def _owners(topic: Topic) -> Collection[str]:
    """Return who writes a topic, without the door they do it by: `desk, notifier (HTTP)`."""
    return [one.partition(" (")[0] for one in topic.owner.split(", ")]


def _channel_id(topic: Topic) -> str:
    return topic.name.replace(f".{_ANY}", "")


def _channel(topic: Topic, *, departments: Sequence[str], parties: Sequence[str]) -> Document:
    channel: Document = {
        "address": topic.name,
        "title": topic.title,
        "description": f"Key: {topic.key}. Owner: {topic.owner}.",
        "messages": {
            _name(m): {"$ref": f"#/components/messages/{_name(m)}"} for m in topic.messages
        },
        "bindings": {"kafka": {"topicConfiguration": _configuration(topic)}},
    }
    if _ANY in topic.name:
        values = parties if topic.name.startswith("feedback.") else departments
        parameter: Document = {"description": "The department or other party"}
        channel["parameters"] = {"party": parameter | ({"enum": list(values)} if values else {})}
    return channel


def _configuration(topic: Topic) -> Document:
    largest = {} if topic.max_bytes is None else {"max.message.bytes": topic.max_bytes}
    return {
        "cleanup.policy": [*topic.cleanup_policy],
        "retention.ms": topic.retention_ms,
        **largest,
    }


def _operations(topics: Iterable[Topic], service: str) -> Document:
    return {
        f"{action}-{_channel_id(topic)}": {
            "action": action,
            "channel": {"$ref": f"#/channels/{_channel_id(topic)}"},
        }
        for topic in topics
        for action in _role(topic, service)
    }


def _name(model: type[BaseModel]) -> str:
    return model.__name__


def _message(model: type[BaseModel]) -> Document:
    wire_type = FEEDBACK_TYPE if model in FEEDBACK_MESSAGES else getattr(model, "type", "")
    return {
        "name": str(wire_type),
        "title": _name(model),
        "summary": (model.__doc__ or "").strip().splitlines()[0],
        "contentType": "application/json",
        "traits": [{"$ref": f"#/components/messageTraits/{_trait(model)}"}],
        "payload": {"$ref": f"#/components/schemas/{_name(model)}"},
    }


def _trait(model: type[BaseModel]) -> str:
    return "optionalCloudEvent" if model in _FROM_OUTSIDE else "cloudEvent"


def _headers(*, required: bool) -> Document:
    """Return the headers of an event of ours, or of what others send: they may leave all out."""
    text = {"type": "string"}
    binding = "CloudEvents 1.0, Kafka binary mode"
    return {
        "type": "object",
        "description": binding if required else f"{binding}; each may be left out",
        **({"required": [*_DEMANDED]} if required else {}),
        "properties": {
            "ce_specversion": {"const": "1.0"},
            "ce_id": {"type": "string", "format": "uuid"} if required else text,
            "ce_type": text,
            "ce_source": text,
            "ce_subject": text,
            "ce_time": {"type": "string", "format": "date-time"},
            "ce_partitionkey": text,
            "ce_sequence": {"type": "string", "pattern": "^[0-9]+$"},
            "ce_causationid": text,
            "content-type": {"const": "application/json"},
        },
    }


def _schemas(models: Iterable[type[BaseModel]]) -> Document:
    _, definitions = models_json_schema(
        [(model, "validation") for model in models], ref_template=_REFS
    )
    return dict(sorted(definitions.get("$defs", {}).items()))
