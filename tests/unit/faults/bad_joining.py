"""Broken histories: cases that were merged, ended by another command, or raised for nothing."""

from typing import Final

from tests.faults.checker.anomalies import Kind
from tests.unit.faults.bad import Broken, entering
from tests.unit.faults.house import House

BAD: Final[Broken] = {}
bad = entering(BAD)


@bad(Kind.DUP_EFFECT)
def a_dismissal_led_to_a_withdrawal(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    told = {"department": "fire", "assignment_id": case.assignment("fire")}
    case.news("case.withdrawn", cause=case.command("case.dismiss"), **told)
    case.state = "withdrawn"
    case.file()


@bad(Kind.LOST_FEEDBACK)
def the_primary_was_never_told_of_a_merged_case(house: House) -> None:
    primary, merged = house.case("1"), house.case("2")
    primary.live()
    merged.assign("fire")
    merged.merge_into(primary)


@bad(Kind.DUP_EFFECT)
def the_primary_was_told_twice_and_more(house: House) -> None:
    primary, merged = house.case("1"), house.case("2")
    merged.assign("fire")
    merged.merge_into(primary)
    for _ in range(3):
        primary.join(merged)
    primary.live()


@bad(Kind.UNASKED)
def a_case_was_raised_by_a_report_that_never_joined(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.level = 1
    told = {"urgency": "E", "merged_id": "nobody", "department": "fire"}
    case.news("case.urgency_raised", cause="report/2", **told)


@bad(Kind.LOST_FEEDBACK)
def a_report_of_danger_raised_nothing(house: House) -> None:
    case = house.case("1")
    house.merge("2", case, urgency="E")
    case.assign("fire", urgency="G")


@bad(Kind.MISSED_DEADLINE)
def a_department_that_came_back_had_all_of_its_time_again(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    house.wait(600)
    case.decline()
    case.assign("police")
    house.wait(600)
    case.decline()
    case.assign("fire", resumes=True)
    case.accept()
    case.start()
    house.wait(3_200)  # 3 800 of its 3 600 s, and 80 % of them long ago
