"""The golden files: what the contract was when it was last changed on purpose.

`python -m tests.support.golden` writes them anew. It refuses a change that would break a reader of
a topic: such a message needs a new version of the topic (`cases.v2`).
"""

import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from schemas import asyncapi
from schemas.topics import SERVICES, Topic, department_topics, shared_topics
from tests.support.evolution import breaking_changes

GOLDEN: Final = Path(__file__).parents[1] / "golden"
_PARTY: Final = "any-party"


def topics() -> tuple[Topic, ...]:
    """Return every topic, those of one party each once."""
    return (*shared_topics(), *department_topics([_PARTY], [_PARTY]))


def stream(topic: Topic) -> str:
    """Return a topic's name without a party: what one contract holds for, with its version."""
    return topic.name.replace(f".{_PARTY}", "")


def messages() -> list[tuple[str, type[BaseModel]]]:
    """Return every message with the stream it is on."""
    return [(stream(topic), model) for topic in topics() for model in topic.messages]


@cache
def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return what a reader takes, as JSON Schema."""
    return model.model_json_schema(mode="validation")


@cache
def document_of(service: str) -> dict[str, Any]:
    """Return what a service reads and writes, as AsyncAPI."""
    return asyncapi.document(service)


def schema_file(on_stream: str, model: type[BaseModel]) -> Path:
    """Return where the message's golden schema stands; the version is in the stream's name."""
    return GOLDEN / "events" / on_stream / f"{model.__name__}.json"


def asyncapi_file(service: str) -> Path:
    """Return where the service's golden document stands."""
    return GOLDEN / f"asyncapi-{service}.json"


def told(document: dict[str, Any]) -> str:
    """Return a document as a golden file has it."""
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def golden_of(file: Path) -> dict[str, Any]:
    """Return what a golden file says."""
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def expected_files() -> dict[Path, str]:
    """Return every golden file as the code would have it now."""
    schemas = {schema_file(name, m): told(schema_of(m)) for name, m in messages()}
    documents = {asyncapi_file(s): told(document_of(s)) for s in SERVICES}
    return schemas | documents


def standing_files() -> list[Path]:
    """Return the golden files there are of schemas and AsyncAPI documents."""
    return sorted([*GOLDEN.glob("events/*/*.json"), *GOLDEN.glob("asyncapi-*.json")])


def breaks() -> Iterator[str]:
    """Yield every change since the golden files that breaks a reader of the same stream."""
    current = {schema_file(name, model): model for name, model in messages()}
    streams = {file.parent for file in current}
    for file in GOLDEN.glob("events/*/*.json"):
        where = f"{file.parent.name} {file.stem}"
        if file in current:
            found = breaking_changes(golden_of(file), schema_of(current[file]))
            yield from (f"{where}: {change}" for change in found)
        elif file.parent in streams:
            yield f"{where}: the message was removed"
    for service in SERVICES:
        yield from _renamed(asyncapi_file(service), document_of(service))


def _renamed(file: Path, document: dict[str, Any]) -> Iterator[str]:
    """Yield the messages whose CloudEvents type is another one than in the golden document."""
    before = golden_of(file)["components"]["messages"] if file.exists() else {}
    after = document["components"]["messages"]
    for name in sorted(before.keys() & after.keys()):
        if before[name]["name"] != after[name]["name"]:
            yield f"{name}: type {before[name]['name']} is now {after[name]['name']}"


def main() -> int:
    """Write the golden files; returns 1, with nothing written, when a change breaks a reader."""
    if found := sorted(breaks()):
        sys.stderr.write("Give the topic a new version; this breaks its readers:\n  ")
        sys.stderr.write("\n  ".join(found) + "\n")
        return 1
    expected = expected_files()
    for file in set(standing_files()) - expected.keys():
        file.unlink()
    for file, text in expected.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{len(expected)} golden files in {GOLDEN}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
