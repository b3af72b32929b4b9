"""How bodies that a route reads as raw bytes, to be strict about them, are shown in OpenAPI."""

from collections.abc import Iterable
from typing import Any

from schemas.cloudevents import JSON_CONTENT


def body_schema(
    schema: dict[str, Any], *, media_types: Iterable[str] = (JSON_CONTENT,)
) -> dict[str, Any]:
    """Return what a route adds to its OpenAPI description: it needs a body of this JSON Schema."""
    content = {media_type: {"schema": inlined(schema)} for media_type in media_types}
    return {"requestBody": {"required": True, "content": content}}


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
