"""No event carries a value without an end: what is on the topics may be anybody's."""

import json
from datetime import timedelta

import pytest
from pydantic import BaseModel, ValidationError

from schemas.events.assignment import CaseAssigned
from schemas.events.base import LONGEST_SECONDS
from schemas.events.commands import Annotate, Reassign
from schemas.events.feedback import Declined
from schemas.events.notice import Notice
from schemas.plan.limits import LONGEST
from tests.support import golden
from tests.support.bounds import NUMBERS, TEXTS_AND_LISTS, unbounded
from tests.support.examples import EXAMPLES

MODELS = sorted({model for _, model in golden.messages()}, key=lambda model: model.__name__)
ALL = NUMBERS | TEXTS_AND_LISTS


class TestEveryValueOfAnEvent:
    @pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
    def test_has_bounds(self, model: type[BaseModel]) -> None:
        assert unbounded(model.__pydantic_core_schema__, kinds=ALL) == []

    def test_would_be_found_without(self) -> None:
        class Endless(BaseModel):
            text: str
            numbers: list[int]

        assert len(unbounded(Endless.__pydantic_core_schema__, kinds=ALL)) == 3

    @pytest.mark.parametrize("field", ["round", "sign_seconds", "limit_seconds"])
    @pytest.mark.parametrize("value", [0, -1, 10**9, 2**63, 10**400])
    def test_is_refused_beyond_them(self, field: str, value: int) -> None:
        with pytest.raises(ValidationError, match=field):
            CaseAssigned.model_validate(EXAMPLES[CaseAssigned] | {field: value}, strict=False)

    @pytest.mark.parametrize("text", ["", "4", "0 WH", "4 XX", "9999 WD"])
    def test_of_a_limit_are_those_of_the_standards(self, text: str) -> None:
        with pytest.raises(ValidationError, match="limit_text"):
            CaseAssigned.model_validate(EXAMPLES[CaseAssigned] | {"limit_text": text}, strict=False)

    def test_of_a_notice_is_on_the_ladder(self) -> None:
        with pytest.raises(ValidationError, match="level"):
            Notice.model_validate(EXAMPLES[Notice] | {"level": 4}, strict=False)

    def test_lasts_as_long_as_a_plan_may_say(self) -> None:
        assert timedelta(seconds=LONGEST_SECONDS) == LONGEST


class TestWhatSomebodySays:
    @pytest.mark.parametrize("blank", ["", " ", "\u3000", " \t "])
    def test_is_refused_where_it_says_nothing(self, blank: str) -> None:
        for kind, field in ((Reassign, "reason"), (Annotate, "note"), (Declined, "reason")):
            with pytest.raises(ValidationError, match=field):
                kind.model_validate_json(json.dumps(EXAMPLES[kind] | {field: blank}))
