"""What is wrong with a field is said in both languages, whatever a form or a filter may bring."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from pydantic import BaseModel, ValidationError

from schemas.events.commands import KINDS
from schemas.topics import FEEDBACK_MESSAGES
from services.desk.http.cases import CaseFilter
from services.desk.pages.faults import OTHER, name_of
from services.desk.pages.words import WORDS

ODD: Final[tuple[Any, ...]] = (
    *("", " ", "x" * 20_000, "\x00", "\n", "a b", "ü!", "..", "$$", "http://", "\ud800"),
    *("-1", "9" * 22, "2026-13-45", "2026-01-01T00:00:00", "0001-01-01T00:00:00Z"),
    *(1, -5, None, True, [], {}, [{}], [{"kind": "x", "link": "y"}], [{"kind": "report"}] * 50),
)
MODELS: Final[tuple[type[BaseModel], ...]] = (*KINDS, *FEEDBACK_MESSAGES, CaseFilter)
OURS: Final = (
    "say for which of yours you speak: fire, police",
    "must be one of fire, police",
    "fire may say accepted, declined",
    "is said by the desk: leave it out",
    "must be the number of a line of the story",
    "must be a date: 2026-01-31",
    "is empty",
    "'nobody' is unknown; did you mean fire?",
    "has more than 50",
    "has more than 100 characters",
    "more than 50 in one place",
    "begins as the name of a machine does: key:, system:",
    "name at least one of what it is to open",
    "cases.read needs one, or everywhere",
    "is bound to nothing, so name no source and no party beside it",
    "a key ends after 1 to 730 days",
    "1 to 730",
    "there is a key hotline: rotate or revoke that one",
    "'two words' is no code",
    "0 to 30 days",
    "there is no key hotline that could be used now",
    "'x' is not one of fire, police",
)


def reasons_of(model: type[BaseModel]) -> Iterator[str]:
    """Yield what is told of everything that nobody should fill in."""
    for name, field in model.model_fields.items():
        for odd in ODD:
            strict = False if model is CaseFilter else None
            try:
                model.model_validate({field.alias or name: odd, "nothing": odd}, strict=strict)
            except ValidationError as invalid:
                yield from (one["msg"] for one in invalid.errors(include_url=False))


class TestFault:
    @pytest.mark.parametrize("model", MODELS, ids=lambda one: one.__name__)
    def test_of_what_may_be_sent_has_a_sentence_of_its_own(self, model: type[BaseModel]) -> None:
        found = {reason: name_of(reason) for reason in reasons_of(model)}
        assert len(found) > 1
        assert {reason for reason, (name, _) in found.items() if name == OTHER} == set()
        for name, values in found.values():
            assert WORDS[name].zh.format(**values)
            assert WORDS[name].en.format(**values)

    @pytest.mark.parametrize("reason", OURS)
    def test_that_we_word_ourselves_has_one_too(self, reason: str) -> None:
        name, _ = name_of(reason)
        assert name in WORDS
        assert name != OTHER

    def test_that_nobody_foresaw_is_still_said(self) -> None:
        assert name_of("must taste of tea") == (OTHER, {})
        assert OTHER in WORDS
