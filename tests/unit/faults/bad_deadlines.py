"""Broken histories: deadlines that were missed, early, late, or had their effect twice."""

from datetime import timedelta
from typing import Final

from tests.faults.checker.anomalies import Kind
from tests.unit.faults.bad import Broken, entering
from tests.unit.faults.house import House
from tests.unit.faults.house_case import HouseCase

BAD: Final[Broken] = {}
bad = entering(BAD)

REMIND = timedelta(seconds=720)
"""How long before a case is due it is reminded of: a fifth of its limit."""
FAR = timedelta(seconds=7_200)


def working(house: House) -> HouseCase:
    case = house.case("1")
    case.assign("fire")
    case.accept()
    case.start()
    return case


def reminded(house: House) -> HouseCase:
    case = working(house)
    assert case.due_by is not None
    case.wait_to(case.due_by - REMIND)
    case.remind()
    return case


@bad(Kind.MISSED_DEADLINE)
def nobody_noticed_that_nobody_signed(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.wait_to(case.sign_by, extra=60)


@bad(Kind.MISSED_DEADLINE)
def a_deadline_was_forgotten_while_something_was_broken(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    house.break_for(1_000)
    house.wait(4)


@bad(Kind.MISSED_DEADLINE)
def nobody_noticed_until_somebody_signed(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.wait_to(case.sign_by, extra=60)
    case.accept()


@bad(Kind.MISSED_DEADLINE)
def a_case_was_not_reminded_of(house: House) -> None:
    case = working(house)
    assert case.due_by is not None
    case.wait_to(case.due_by - REMIND, extra=60)


@bad(Kind.MISSED_DEADLINE)
def a_case_was_not_reminded_of_before_it_was_done(house: House) -> None:
    case = working(house)
    assert case.due_by is not None
    case.wait_to(case.due_by - REMIND, extra=60)
    case.done()


@bad(Kind.MISSED_DEADLINE)
def a_case_that_became_an_emergency_kept_its_old_limit(house: House) -> None:
    case = working(house)
    house.wait(100)
    case.raise_urgency(limit=600)
    case.wait_to(case.due_by, extra=60)


@bad(Kind.MISSED_DEADLINE)
def an_overdue_case_was_not_raised(house: House) -> None:
    case = reminded(house)
    case.wait_to(case.due_by, extra=60)


@bad(Kind.MISSED_DEADLINE)
def a_far_overdue_case_did_not_go_to_the_top(house: House) -> None:
    case = reminded(house)
    case.wait_to(case.due_by)
    case.escalate("overdue")
    assert case.due_by is not None
    case.wait_to(case.due_by + FAR, extra=60)


@bad(Kind.EARLY_DEADLINE)
def an_offer_ran_out_before_its_time(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.wait_to(case.sign_by, extra=-2)
    case.expire()
    case.assign("police")


@bad(Kind.EARLY_DEADLINE)
def a_case_was_reminded_of_too_early(house: House) -> None:
    case = working(house)
    case.remind()


@bad(Kind.EARLY_DEADLINE)
def a_case_was_raised_before_it_was_overdue(house: House) -> None:
    case = reminded(house)
    case.escalate("overdue")


@bad(Kind.DOUBLE_DEADLINE)
def an_offer_ran_out_twice(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.wait_to(case.sign_by)
    case.expire()
    case.expire()
    case.assign("police")


@bad(Kind.DOUBLE_DEADLINE)
def a_case_was_reminded_of_twice(house: House) -> None:
    reminded(house).remind()


@bad(Kind.DOUBLE_DEADLINE)
def an_overdue_case_was_raised_twice(house: House) -> None:
    case = reminded(house)
    case.wait_to(case.due_by)
    case.escalate("overdue")
    case.escalate("overdue")


@bad(Kind.DOUBLE_DEADLINE)
def a_far_overdue_case_was_raised_a_third_time(house: House) -> None:
    case = reminded(house)
    case.wait_to(case.due_by)
    case.escalate("overdue")
    assert case.due_by is not None
    case.wait_to(case.due_by + FAR)
    case.escalate("overdue", level=3)
    case.escalate("overdue", level=3)


@bad(Kind.LATE_DEADLINE)
def an_offer_ran_out_a_minute_late(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.wait_to(case.sign_by, extra=60)
    case.expire()
    case.assign("police")


@bad(Kind.LATE_DEADLINE)
def an_offer_ran_out_when_the_house_had_long_looked_for_it(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.wait_to(case.sign_by)
    house.look_on(20, rounds=200)
    case.expire()
    case.assign("police")


@bad(Kind.MISSED_DEADLINE)
def an_idle_house_let_somebody_sign_too_late(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.wait_to(case.sign_by)
    house.look_on(20, rounds=200)
    case.accept()


@bad(Kind.LATE_DEADLINE)
def an_outage_does_not_excuse_what_came_long_after_it(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.wait_to(case.sign_by, extra=-1)
    house.break_for(10)
    house.wait(30)
    case.expire()
    case.assign("police")


@bad(Kind.LATE_DEADLINE)
def an_outage_before_does_not_excuse_it(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    house.break_for(100)
    case.wait_to(case.sign_by, extra=30)
    case.expire()
    case.assign("police")


@bad(Kind.MISSED_DEADLINE)
def a_clock_that_went_on_was_not_reminded_of(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.wait_to(case.sign_by)
    case.expire()
    case.assign("fire", resumes=True)
    case.accept()
    assert case.due_by is not None
    case.wait_to(case.due_by - REMIND, extra=60)


@bad(Kind.MISSED_DEADLINE)
def a_clock_that_stood_for_a_while_was_not_reminded_of(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    house.wait(800)
    case.decline()
    case.assign("fire", resumes=True)
    case.accept()
    house.wait(2_200)


@bad(Kind.MISSED_DEADLINE)
def a_rework_was_not_reminded_of(house: House) -> None:
    case = working(house)
    case.done(check=True)
    case.check(passed=False)
    house.wait(3_000)


@bad(Kind.MISSED_DEADLINE)
def a_person_on_the_top_level_was_not_asked_to_hurry(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    for _ in range(3):
        case.wait_to(case.sign_by)
        case.expire()
        case.assign("police", person="duty-1")
    house.wait(1_000)
