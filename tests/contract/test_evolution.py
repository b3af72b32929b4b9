"""A message may grow; a change that breaks its readers needs a new version of its topic."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import golden
from tests.support.evolution import Schema, breaking_changes

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
NULL: Schema = {"type": "null"}


def fields(*required: str, **properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(required)}


def enum(*values: str) -> Schema:
    return {"type": "string", "enum": list(values)}


def either(*schemas: Schema) -> Schema:
    return {"anyOf": list(schemas)}


def referring(name: str, **definitions: Schema) -> Schema:
    return fields("a", a={"$ref": f"#/$defs/{name}"}) | {"$defs": definitions}


class TestMessages:
    def test_break_no_reader_of_their_topics_version(self) -> None:
        assert list(golden.breaks()) == []

    @pytest.mark.parametrize(("stream", "model"), golden.messages(), ids=str)
    def test_are_compared_with_a_golden_schema(self, stream: str, model: Any) -> None:  # noqa: ANN401 - a class
        assert golden.schema_file(stream, model).exists()
        schema = golden.schema_of(model)
        assert breaking_changes(schema, schema) == []


class TestBreakingChange:
    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            pytest.param(fields(a=TEXT), fields(), "a: was removed", id="field removed"),
            pytest.param(
                fields("a", a=TEXT),
                fields(b=TEXT),
                "a: was removed",
                id="field renamed",
            ),
            pytest.param(fields(), fields("b", b=TEXT), "b: is now required", id="required field"),
            pytest.param(
                fields(a=TEXT), fields("a", a=TEXT), "a: is now required", id="made required"
            ),
            pytest.param(
                fields(a=TEXT), fields(a=NUMBER), "a: string is no longer taken", id="other type"
            ),
            pytest.param(
                fields(a=NUMBER),
                fields(a={"type": "integer"}),
                "a: number is no longer taken",
                id="fractions dropped",
            ),
            pytest.param(
                fields(a=either(TEXT, NULL)),
                fields(a=TEXT),
                "a: null is no longer taken",
                id="null dropped",
            ),
            pytest.param(
                enum("x", "y"), enum("x"), "value: 'y' is no longer taken", id="enum value dropped"
            ),
            pytest.param(TEXT, enum("x"), "value: takes certain values only", id="made an enum"),
            pytest.param(
                TEXT | {"const": "x"},
                TEXT | {"const": "y"},
                "value: 'x' is no longer taken",
                id="another constant",
            ),
            pytest.param(
                TEXT | {"maxLength": 9},
                TEXT | {"maxLength": 8},
                "value: maxLength fell to 8",
                id="shorter",
            ),
            pytest.param(
                NUMBER, NUMBER | {"minimum": 1}, "value: minimum rose to 1", id="new minimum"
            ),
            pytest.param(
                TEXT, TEXT | {"pattern": "^x"}, "value: pattern is now ^x", id="new pattern"
            ),
            pytest.param(
                {"type": "array", "items": fields(a=TEXT)},
                {"type": "array", "items": fields()},
                "[].a: was removed",
                id="field of an item removed",
            ),
            pytest.param(
                referring("Old", Old=fields(b=TEXT)),
                referring("New", New=fields()),
                "a.b: was removed",
                id="field behind a reference removed",
            ),
            pytest.param(
                {"type": "object", "additionalProperties": either(TEXT, NUMBER)},
                {"type": "object", "additionalProperties": TEXT},
                "{any}: number is no longer taken",
                id="values of a mapping narrowed",
            ),
            pytest.param(
                fields(a=TEXT),
                fields(a=TEXT) | {"additionalProperties": False},
                "value: further fields are no longer taken",
                id="unknown fields refused",
            ),
        ],
    )
    def test_is_told_with_its_path(self, old: Schema, new: Schema, told: str) -> None:
        assert breaking_changes(old, new) == [told]


class TestSafeChange:
    @pytest.mark.parametrize(
        ("old", "new"),
        [
            pytest.param(fields(), fields(a=TEXT), id="optional field added"),
            pytest.param(fields("a", a=TEXT), fields(a=TEXT), id="made optional"),
            pytest.param(fields(a=TEXT), fields(a=either(TEXT, NULL)), id="null allowed"),
            pytest.param(fields(a={"type": "integer"}), fields(a=NUMBER), id="fractions allowed"),
            pytest.param(fields(a=TEXT), fields(a={}), id="anything allowed"),
            pytest.param(enum("x"), enum("x", "y"), id="enum value added"),
            pytest.param(enum("x"), TEXT, id="enum opened"),
            pytest.param(TEXT | {"const": "x"}, enum("x", "y"), id="constant made an enum"),
            pytest.param(TEXT | {"maxLength": 8}, TEXT | {"maxLength": 9}, id="longer"),
            pytest.param(NUMBER | {"minimum": 1}, NUMBER, id="no minimum any more"),
            pytest.param(TEXT | {"pattern": "^x"}, TEXT, id="no pattern any more"),
            pytest.param(
                fields() | {"title": "A", "description": "old"},
                fields() | {"title": "B"},
                id="other words",
            ),
            pytest.param(
                referring("Old", Old=fields(b=TEXT)),
                fields("a", a=fields(b=TEXT)),
                id="definition written out",
            ),
            pytest.param(either(TEXT, NULL), either(NULL, NUMBER, TEXT), id="another order"),
        ],
    )
    def test_passes(self, old: Schema, new: Schema) -> None:
        assert breaking_changes(old, new) == []


NAMES = st.sets(st.sampled_from("abcdef"))


class TestAnyChangeOfFields:
    @given(old=NAMES, new=NAMES, needed_before=NAMES, needed_after=NAMES)
    def test_breaks_exactly_by_what_is_gone_and_what_is_newly_needed(
        self, old: set[str], new: set[str], needed_before: set[str], needed_after: set[str]
    ) -> None:
        before = fields(*(old & needed_before), **dict.fromkeys(old, TEXT))
        after = fields(*(new & needed_after), **dict.fromkeys(new, TEXT))
        expected = {f"{name}: was removed" for name in old - new}
        expected |= {
            f"{name}: is now required" for name in (new & needed_after) - (old & needed_before)
        }
        assert set(breaking_changes(before, after)) == expected
