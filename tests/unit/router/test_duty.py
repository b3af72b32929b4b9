"""Who answers for a department at an hour, and who stands in when nobody does."""

from datetime import datetime

from schemas.plan import Plan, parse_plan
from services.router.domain.duty import Staffing, staff, unanswered
from services.router.domain.route import Asked
from tests.support.router import MONDAY_NIGHT, MONDAY_NOON, changed_plan, the_plan

HEADLESS = {
    'head = "em-head"\n': "",
    'days = ["weekdays"], start = "20:00"': 'days = ["sun"], start = "20:00"',
}


def headless_plan() -> Plan:
    """Return a plan in which nobody of emergency management is on duty on a Monday night."""
    return parse_plan(changed_plan(HEADLESS), name="headless")


def person(staffing: Staffing) -> str | None:
    return None if staffing.post.person is None else staffing.post.person.id


def asked(*people: str | None, at: datetime = MONDAY_NOON) -> list[Asked]:
    return [Asked(one, at) for one in people]


class TestStaffedDepartment:
    def test_needs_no_person(self) -> None:
        found = staff(the_plan(), "police", now=MONDAY_NIGHT)
        assert (found.post.department.code, person(found)) == ("police", None)

    def test_is_asked_again_when_it_is_silent(self) -> None:
        found = staff(the_plan(), "police", asked=asked(None), now=MONDAY_NOON)
        assert found.post.department.code == "police"


class TestDepartmentOnCall:
    def test_is_reached_through_whoever_is_on_duty_at_that_hour(self) -> None:
        day = staff(the_plan(), "emergency-management", now=MONDAY_NOON)
        night = staff(the_plan(), "emergency-management", now=MONDAY_NIGHT)
        assert (person(day), person(night)) == ("em-duty-1", "em-duty-2")

    def test_asks_the_deputy_then_the_head(self) -> None:
        plan = the_plan()
        first = asked("em-duty-1")
        second = asked("em-duty-1", "em-deputy")
        assert (
            person(staff(plan, "emergency-management", asked=first, now=MONDAY_NOON)) == "em-deputy"
        )
        assert (
            person(staff(plan, "emergency-management", asked=second, now=MONDAY_NOON)) == "em-head"
        )

    def test_of_which_nobody_is_left_gives_the_case_to_the_fallback_owner(self) -> None:
        everybody = asked("em-duty-1", "em-deputy", "em-head")
        found = staff(the_plan(), "emergency-management", asked=everybody, now=MONDAY_NOON)
        assert found.post.department.code == "urban-management"
        assert found.unfilled[0].asked == ("em-duty-1", "em-deputy", "em-head")
        assert found.passed_over[0].reason == "nobody left to ask"

    def test_with_nobody_on_duty_gives_the_case_to_the_fallback_owner(self) -> None:
        found = staff(headless_plan(), "emergency-management", now=MONDAY_NIGHT)
        assert found.post.department.code == "urban-management"
        assert [(u.department, u.asked) for u in found.unfilled] == [("emergency-management", ())]

    def test_is_offered_the_case_as_a_department_when_nobody_else_may_have_it(self) -> None:
        found = staff(
            headless_plan(), "emergency-management", declined="urban-management", now=MONDAY_NIGHT
        )
        assert (found.post.department.code, person(found)) == ("emergency-management", None)
        assert len(found.unfilled) == 1

    def test_that_left_the_plan_is_passed_over(self) -> None:
        found = staff(the_plan(), "gone", now=MONDAY_NOON)
        assert (found.post.department.code, found.unfilled) == ("urban-management", ())
        assert found.passed_over[0].reason == "not in the plan"


class TestSilence:
    def test_is_told_with_the_local_time_since_which_it_lasts(self) -> None:
        told = unanswered(the_plan(), "water", asked("wa-duty-1", None))
        assert [(p.candidate, p.reason) for p in told] == [
            ("water/wa-duty-1", "not answering since 2026-01-05T12:00+08:00"),
            ("water", "not answering since 2026-01-05T12:00+08:00"),
        ]
