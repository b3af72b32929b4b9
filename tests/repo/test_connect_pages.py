"""What the pages for other systems show is what is so, and runs as it stands there."""

import json
import re
from pathlib import Path

from schemas.events.assignment import WorkOrder
from schemas.events.feedback import FEEDBACK
from schemas.events.incident import IncidentReport
from tests.support.examples import EXAMPLES
from tests.support.pages import DEPARTMENT, UPSTREAM, blocks


def schemas_named(page: str) -> set[str]:
    return set(re.findall(r"tests/golden/events/[\w./-]*\w", page))


class TestDepartmentsPage:
    def test_shows_a_work_order_as_it_is(self) -> None:
        order = json.loads(blocks(DEPARTMENT, "json")[0])
        WorkOrder.model_validate_json(json.dumps(order))
        example = dict(EXAMPLES[WorkOrder])
        del example["person"]  # a department that is always staffed has none
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
