"""Tells whether a message may change in a given way without a new version of its topic.

What was published under the old JSON Schema must stay readable under the new one, and no field that
somebody reads may vanish. New optional fields, wider types and new enum values pass.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

Schema = dict[str, Any]

_DEFINITIONS: Final = "#/$defs/"
_LOWER: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_EXACT: Final = ("pattern", "format", "multipleOf")


def breaking_changes(old_schema: Schema, new_schema: Schema) -> list[str]:
    """Return what breaks a reader, each as `path: what happened`; empty when nothing does."""
    return list(_Comparison(old_schema, new_schema).breaks(old_schema, new_schema, path=""))


@dataclass(frozen=True)
class _Comparison:
    """Two documents whose definitions the compared schemas may refer to."""

    old: Schema
    new: Schema

    def breaks(self, old: Schema, new: Schema, *, path: str) -> Iterator[str]:
        olds, news = _variants(old, self.old), _variants(new, self.new)
        for variant in olds:
            yield from self._best(variant, news, path=path)

    def _best(self, old: Schema, news: list[Schema], *, path: str) -> Iterator[str]:
        """Compare with the variant that breaks least among those of a fitting type."""
        fitting = [new for new in news if _types(old) <= _types(new)]
        if not fitting:
            missing = _types(old) - set().union(*map(_types, news))
            implied = {"integer"} if "number" in missing else set()
            told = ", ".join(sorted(missing - implied))
            yield f"{path or 'value'}: {told or 'a type'} is no longer taken"
            return
        yield from min((list(self._pair(old, new, path=path)) for new in fitting), key=len)

    def _pair(self, old: Schema, new: Schema, *, path: str) -> Iterator[str]:
        yield from _bounds(old, new, path=path or "value")
        yield from _values(old, new, path=path or "value")
        yield from self._fields(old, new, path=path)
        if "items" in new:
            yield from self.breaks(old.get("items", {}), new["items"], path=f"{path}[]")

    def _fields(self, old: Schema, new: Schema, *, path: str) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in before:
            where = _join(path, name)
            if name in after:
                yield from self.breaks(before[name], after[name], path=where)
            else:
                yield f"{where}: was removed"
        required = set(old.get("required", ()))
        for name in new.get("required", ()):
            if name not in required:
                yield f"{_join(path, name)}: is now required"
        yield from self._further(old, new, path=path)

    def _further(self, old: Schema, new: Schema, *, path: str) -> Iterator[str]:
        """Compare what fields beyond the named ones must be, as in a mapping."""
        before, after = old.get("additionalProperties", True), new.get("additionalProperties", True)
        if after is True or before is False:
            return
        if after is False:
            yield f"{path or 'value'}: further fields are no longer taken"
        else:
            yield from self.breaks(
                {} if before is True else before, after, path=_join(path, "{any}")
            )


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _variants(schema: Schema, document: Schema) -> list[Schema]:
    """Return the alternatives a schema allows, references followed."""
    if "$ref" in schema:
        found: Schema = document["$defs"][schema["$ref"].removeprefix(_DEFINITIONS)]
        return _variants(found, document)
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return [v for member in schema[union] for v in _variants(member, document)]
    return [schema]


_ALL_TYPES: Final = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})


def _types(schema: Schema) -> frozenset[str]:
    named = schema.get("type", _ALL_TYPES)
    types = frozenset({named} if isinstance(named, str) else named)
    return types | {"integer"} if "number" in types else types


def _bounds(old: Schema, new: Schema, *, path: str) -> Iterator[str]:
    for name in _LOWER:
        if name in new and (name not in old or new[name] > old[name]):
            yield f"{path}: {name} rose to {new[name]}"
    for name in _UPPER:
        if name in new and (name not in old or new[name] < old[name]):
            yield f"{path}: {name} fell to {new[name]}"
    for name in _EXACT:
        if name in new and new[name] != old.get(name):
            yield f"{path}: {name} is now {new[name]}"


def _values(old: Schema, new: Schema, *, path: str) -> Iterator[str]:
    before, after = _allowed(old), _allowed(new)
    if after is None:
        return
    if before is None:
        yield f"{path}: takes certain values only"
        return
    for value in before:
        if value not in after:
            yield f"{path}: {value!r} is no longer taken"


def _allowed(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    values: list[Any] | None = schema.get("enum")
    return values
