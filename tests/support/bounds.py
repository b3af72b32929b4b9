"""Finds what a model takes without an end: numbers, texts, lists."""

from typing import Any, Final

NUMBERS: Final = frozenset({"int", "float", "timedelta"})
TEXTS_AND_LISTS: Final = frozenset({"str", "bytes", "list", "tuple", "set", "dict"})


def unbounded(schema: Any, where: str = "", *, kinds: frozenset[str] = NUMBERS) -> list[str]:  # noqa: ANN401 - a schema of pydantic's core
    """Return where a core schema has a value of these kinds without a floor or a ceiling."""
    if isinstance(schema, list | tuple):
        return [found for part in schema for found in unbounded(part, where, kinds=kinds)]
    if not isinstance(schema, dict):
        return []
    kind = schema.get("type")
    if isinstance(kind, dict):  # the fields of a model, one of which is called `type`
        kind = None
    if kind == "chain":  # a value passes every step, so one that bounds it is enough
        steps = [unbounded(step, where, kinds=kinds) for step in schema["steps"]]
        return min(steps, key=len)
    found = [f"{where}: {kind}"] if kind in kinds and not _is_bounded(schema) else []
    for key, part in schema.items():
        if key not in {"metadata", "serialization", "ref"}:
            found += unbounded(part, f"{where}.{key}", kinds=kinds)
    return found


def _is_bounded(schema: dict[str, Any]) -> bool:
    if schema["type"] in NUMBERS:
        return bool(schema.keys() & {"ge", "gt"}) and bool(schema.keys() & {"le", "lt"})
    return "max_length" in schema
