"""Every event of a case has a line in the story that finds its values in what is shown."""

import pytest
from pydantic import TypeAdapter

from schemas.events.base import CaseFact
from schemas.events.case import CaseMerged, CaseRejected
from schemas.topics import CASE_FACTS
from schemas.words.form import compiled
from schemas.words.sentence import sentence
from schemas.words.story import LINES
from schemas.words.titles import reading_of
from services.desk.domain.evolve import begun, evolve
from services.desk.domain.view import View
from services.desk.use_cases.inputs import CASES
from tests.support.examples import EXAMPLES
from tests.support.notifier import registered, the_plan

FACTS = [model for model in CASE_FACTS.values() if model is not CaseRejected]


@pytest.mark.parametrize("model", FACTS, ids=lambda model: model.type)
class TestFact:
    def test_is_read(self, model: type[CaseFact]) -> None:
        assert model.type in CASES._kinds

    def test_changes_what_is_shown_of_any_case(self, model: type[CaseFact]) -> None:
        fact = TypeAdapter(model).validate_python(EXAMPLES[model], strict=False)
        view = begun(registered(), the_plan())
        evolve(view, fact, producer="notifier", plan=the_plan())
        assert view.case_id == registered().case_id

    def test_has_a_line(self, model: type[CaseFact]) -> None:
        form = LINES[model.type]
        of_case = {hole[1] for hole in compiled(form).holes if hole[0] == "case"}
        assert of_case <= {*View.__slots__}
        if model is not CaseMerged:  # its reporter stands apart
            fact = TypeAdapter(model).validate_python(EXAMPLES[model], strict=False)
            plan = the_plan()
            text = sentence(form, fact, reading=reading_of(plan), case=begun(registered(), plan))
            assert text.en
            assert text.zh
