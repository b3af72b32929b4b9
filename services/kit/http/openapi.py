"""How bodies that a route reads as raw bytes, to be strict about them, are shown in OpenAPI."""

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel

from schemas.cloudevents import JSON_CONTENT


def body_schema(
    schema: dict[str, Any], *, media_types: Iterable[str] = (JSON_CONTENT,)
) -> dict[str, Any]:
    """Return what a route adds to its OpenAPI description: it needs a body of this JSON Schema."""
    content = {media_type: {"schema": inlined(schema)} for media_type in media_types}
    return {"requestBody": {"required": True, "content": content}}


def one_of(
    models: Iterable[type[BaseModel]],
    *,
    hidden: Collection[str],
    filled: Mapping[str, str],
    beside: Mapping[str, dict[str, Any]],
) -> dict[str, Any]:
    """Return how OpenAPI shows a body that is one of these models.

    `hidden` fields are said elsewhere, `filled` ones may be left out, and are what it says then;
    `beside` are schemas of fields that the models do not have.
    """
    schemas = [inlined(_schema_of(model)) for model in models]
    for schema in schemas:
        for name in hidden:
            schema["properties"].pop(name, None)
        schema["properties"] = {**beside, **schema["properties"]}
        needed = [name for name in schema["required"] if name in schema["properties"]]
        schema["required"] = [*dict.fromkeys((*beside, *needed))]
        _let_out(schema, filled)
    return body_schema({"oneOf": schemas})


@cache
def _schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return a model's JSON Schema, which takes long to make; it is not to be changed."""
    return model.model_json_schema()


def _let_out(node: Any, filled: Mapping[str, str]) -> None:  # noqa: ANN401 - any part of a JSON Schema
    """Say of every field that is filled in that it may be left out, and what it is then."""
    if isinstance(node, list):
        for item in node:
            _let_out(item, filled)
    if not isinstance(node, dict):
        return
    for name, described in node.get("properties", {}).items():
        if name in filled:
            described["description"] = filled[name]
    if "required" in node:
        node["required"] = [name for name in node["required"] if name not in filled]
    _let_out([*node.values()], filled)


def inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with its definitions in place: OpenAPI resolves references elsewhere."""
    definitions = schema.get("$defs", {})

    def resolved(node: Any) -> Any:  # noqa: ANN401 - any JSON
        if isinstance(node, list):
            return [resolved(item) for item in node]
        if not isinstance(node, dict):
            return node
        reference = node.get("$ref")
        if reference is not None:
            return resolved(definitions[reference.rpartition("/")[2]])
        return {name: resolved(value) for name, value in node.items() if name != "$defs"}

    found: dict[str, Any] = resolved(schema)
    return found
