"""The page on holidays: its example is due when it says, and what it shows is what is so."""

import re
from datetime import date, datetime
from pathlib import Path

import pytest

from schemas.plan import Limit, LimitUnit, Plan, Working, due_by, examine, load_plan
from tests.support.pages import blocks
from tests.unit.schemas.plan_texts import SMALL, findings_of, plan_of

PAGE = Path("docs/plan-a-holiday.md").read_text(encoding="utf-8")
SEED = Path("deploy/plans/qingshanhu.toml")


@pytest.fixture(scope="module")
def walked() -> Plan:
    """Return a plan with the page's own tables in it."""
    year, hours = blocks(PAGE, "toml")
    return plan_of(f"{SMALL}\n{year}\n{hours}")


def due(plan: Plan, since: str, *, department: str | None = None) -> str:
    counting = plan.counting(LimitUnit.WORK_HOUR, department=department)
    begun = datetime.fromisoformat(since).replace(tzinfo=plan.timezone)
    over = due_by(Limit.parse("2 WH"), begun, counting)
    return f"{over.astimezone(plan.timezone):%Y-%m-%d %H:%M}"


class TestPage:
    def test_shows_what_the_check_says_of_the_seed_plan(self) -> None:
        examined = examine(SEED.read_bytes(), name="seed", today=date(2026, 11, 28))
        [warning] = examined.findings
        assert f"warning: {warning.describe('my-plan.toml')}" in PAGE

    def test_tells_truly_when_the_fire_lane_is_due(self) -> None:
        assert due(load_plan(SEED), "2026-05-15 17:30") == "2026-05-18 09:30"

    def test_shows_tables_that_a_plan_takes(self, walked: Plan) -> None:
        assert walked.working == Working()
        assert due(walked, "2027-02-04 17:30") == "2027-02-11 09:30"
        assert due(walked, "2027-02-19 17:30") == "2027-02-20 09:30"
        assert due(walked, "2027-02-19 17:30", department="fire") == "2027-02-19 19:30"

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("workdays = [\n", "workdays = [2027-01-01,\n"),
            ("2027-02-20,", "2026-12-31,"),
            ('"14:00-18:00"]', '"11:00-17:00"]'),
        ],
    )
    def test_quotes_what_is_refused(self, old: str, new: str) -> None:
        text = "\n".join([SMALL, *blocks(PAGE, "toml")])
        assert old in text
        [found] = findings_of(text.replace(old, new))
        refused = re.findall(r"^\| [^|]+ \| `([^`]+)` \|$", PAGE, flags=re.MULTILINE)
        assert found.message in [one.replace("2027-02-20 is", "2027-01-01 is") for one in refused]
