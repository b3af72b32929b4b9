"""The page on limits, walked: what it shows is refused or taken, and open cases fare as it says."""

import re
from pathlib import Path

import pytest

from schemas.events.assignment import CaseAssigned
from schemas.plan import Plan, parse_plan
from schemas.vocabulary import EscalationTrigger
from tests.support.pages import blocks
from tests.support.router import (
    Answers,
    RouterBench,
    changed_plan,
    escalated,
    registered,
    returned,
    the_plan,
)
from tests.unit.schemas.plan_texts import changed, findings_of

PAGE = Path("docs/change-a-limit.md").read_text(encoding="utf-8")
[TABLE] = blocks(PAGE, "toml")
NEW = re.findall(r'limit = "(.*?)"', TABLE)[0]
REFUSED = re.findall(r"^\| [^|]+ \| `([^`]+)` \|$", PAGE, flags=re.MULTILINE)
LANE = "E0496"


def the_new_plan() -> Plan:
    """Return the seed district's plan with the page's limit for a blocked fire lane."""
    line = 'limit = "{}"\nkeywords_zh = [\n  "占用消防通道"'
    old, new = line.format(the_plan().category(LANE).limit), line.format(NEW)
    return parse_plan(changed_plan({old: new}), name="next.toml")


def only(answers: Answers) -> CaseAssigned:
    [assigned] = answers.assigned
    return assigned


class TestPage:
    @pytest.mark.parametrize("told", REFUSED)
    def test_quotes_what_is_refused(self, told: str) -> None:
        written = told.split(" is ", maxsplit=1)[0].strip("'")
        [found] = findings_of(changed(('"1 WD"', f'"{written}"')))
        assert found.message == f"`limit`: {told}"

    async def test_gives_new_cases_the_new_limit(self, bench: RouterBench) -> None:
        assert only(await bench.tell(registered(LANE))).limit_text == "2 WH"
        bench.plan = the_new_plan()
        fresh = only(await bench.tell(registered(LANE, report="2")))
        assert (fresh.limit_text, fresh.why.rule) == (NEW, f"default:{LANE}")

    async def test_lets_who_is_asked_again_go_on(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered(LANE)))
        bench.plan = the_new_plan()
        again = only(await bench.tell(escalated(first, EscalationTrigger.SIGN_TIMEOUT)))
        assert (again.lead.department, again.resumes) == (first.lead.department, True)

    async def test_gives_the_next_department_the_new_limit(self, bench: RouterBench) -> None:
        first = only(await bench.tell(registered(LANE)))
        bench.plan = the_new_plan()
        following = only(await bench.tell(returned(first)))
        assert following.lead.department != first.lead.department
        assert (following.limit_text, following.resumes) == (NEW, False)
