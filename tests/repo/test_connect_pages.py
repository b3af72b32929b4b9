"""What the pages for other systems show is what is so, and runs as it stands there."""

import json
import re
from pathlib import Path

from schemas.events.assignment import WorkOrder
from schemas.events.feedback import FEEDBACK
from schemas.events.incident import IncidentReport
from schemas.roles import OF_A_PART, answers_of
from schemas.vocabulary import Role
from tests.support.examples import EXAMPLES
from tests.support.pages import ANSWERING, DEPARTMENT, UPSTREAM, blocks


def schemas_named(page: str) -> set[str]:
    return set(re.findall(r"tests/golden/events/[\w./-]*\w", page))


class TestDepartmentsPage:
    def test_shows_a_work_order_as_it_is(self) -> None:
        order = json.loads(blocks(DEPARTMENT, "json")[0])
        WorkOrder.model_validate_json(json.dumps(order))
        example = dict(EXAMPLES[WorkOrder])
        del example["person"]  # a department that is always staffed has none
        del example["wanted"]  # that is for who helps
        assert order == example

    def test_shows_answers_that_are_taken(self) -> None:
        answers = [line for block in blocks(DEPARTMENT, "json")[1:] for line in block.splitlines()]
        assert {FEEDBACK.validate_json(line).kind for line in answers} >= {"accepted", "reopen"}

    def test_names_schemas_that_are_there(self) -> None:
        assert all(
            Path(name).exists() for name in schemas_named(DEPARTMENT) | schemas_named(UPSTREAM)
        )


class TestUpstreamPage:
    def test_shows_a_report_that_is_taken(self) -> None:
        IncidentReport.model_validate_json(blocks(UPSTREAM, "json")[0])


class TestPageForHandlers:
    def test_has_every_word_with_who_may_say_it(self) -> None:
        table = ANSWERING.partition("| roles |\n")[2].partition("\n\n")[0]
        told = dict[str, tuple[bool, set[str]]]()
        for row in table.splitlines()[1:]:
            kinds, _, _, helping, roles = row.split("|")[1:-1]
            may = ("yes" in helping, {*re.findall(r"`(\w+)`", roles)})
            told |= dict.fromkeys(re.findall(r"`(\w+)`", kinds), may)
        assert told == {
            word: (word in OF_A_PART[Role.CO_HANDLER], {*map(str, roles)})
            for party in ("fire", "supervision")
            for word, roles in answers_of(party).items()
        }
