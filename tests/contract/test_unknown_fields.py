"""A consumer takes what a newer producer sends: fields it does not know change nothing."""

import copy
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter

from schemas.events.base import CaseFact
from schemas.events.feedback import FEEDBACK
from schemas.topics import FEEDBACK_MESSAGES
from services.kit.stage.decoding import strict_json, validated
from tests.support import golden
from tests.support.examples import EXAMPLES

MODELS = list(EXAMPLES)
MAPPINGS = ("inputs",)
"""Fields that are mappings: every key in them is known."""

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)
names = st.text(min_size=1, max_size=20).map(lambda name: f"new_{name}")


def objects_in(node: object) -> Iterator[dict[str, Any]]:
    """Yield every part of a message that is an object with known fields."""
    if isinstance(node, dict):
        yield node
        for name, child in node.items():
            if name not in MAPPINGS:
                yield from objects_in(child)
    elif isinstance(node, list):
        for child in node:
            yield from objects_in(child)


def read(model: type[BaseModel], data: object) -> BaseModel:
    return validated(TypeAdapter(model), strict_json(json.dumps(data).encode()))


@cache
def known(model: type[BaseModel]) -> BaseModel:
    return read(model, EXAMPLES[model])


def encoded(message: BaseModel) -> bytes:
    if isinstance(message, CaseFact):
        return message.encoded()
    return message.model_dump_json(exclude_none=True).encode()


class TestExamples:
    def test_are_one_for_each_message_on_a_topic(self) -> None:
        assert set(EXAMPLES) == {model for _, model in golden.messages()}

    @pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
    def test_fill_every_field(self, model: type[BaseModel]) -> None:
        optional = {"by", "person", "co_handlers", "evidence", "resumes", "final"}
        assert set(model.model_fields) - set(EXAMPLES[model]) <= optional
        assert set(EXAMPLES[model]) <= set(model.model_fields)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
class TestMessage:
    def test_survives_its_own_bytes(self, model: type[BaseModel]) -> None:
        message = read(model, EXAMPLES[model])
        again = validated(TypeAdapter(model), strict_json(encoded(message)))
        assert again == message
        assert encoded(again) == encoded(message)

    def test_cannot_be_changed_once_read(self, model: type[BaseModel]) -> None:
        message = read(model, EXAMPLES[model])
        with pytest.raises(ValueError, match="frozen"):
            setattr(message, next(iter(type(message).model_fields)), None)


class TestAnyMessage:
    @given(name=names, value=values)
    def test_takes_fields_it_does_not_know(self, name: str, value: object) -> None:
        for model in MODELS:
            newer = copy.deepcopy(EXAMPLES[model])
            for part in [*objects_in(newer)]:
                part[name] = value
            assert read(model, newer) == known(model)


class TestAnswer:
    @pytest.mark.parametrize("model", FEEDBACK_MESSAGES, ids=lambda model: model.__name__)
    def test_is_told_apart_by_its_kind(self, model: type[BaseModel]) -> None:
        found = validated(FEEDBACK, json.dumps(EXAMPLES[model]).encode())
        assert type(found) is model
