"""Broken histories: granted unasked, a pause that costs, a clock that runs while it stands."""

from datetime import timedelta
from typing import Final

from tests.faults.checker.anomalies import Kind
from tests.unit.faults.bad import Broken, entering
from tests.unit.faults.house import House
from tests.unit.faults.house_case import HouseCase

BAD: Final[Broken] = {}
bad = entering(BAD)


def working(house: House) -> HouseCase:
    case = house.case("1")
    case.assign("fire")
    case.accept()
    case.start()
    return case


@bad(Kind.UNASKED)
def a_case_was_extended_and_nobody_had_asked(house: House) -> None:
    working(house).grant("extension.approved")


@bad(Kind.UNASKED)
def one_request_was_granted_twice(house: House) -> None:
    case = working(house)
    case.ask()
    for _ in range(2):
        case.grant("extension.approved")


@bad(Kind.UNASKED)
def a_request_was_granted_that_was_withdrawn(house: House) -> None:
    case = working(house)
    case.ask()
    cause = case.command("case.withdraw_request")
    case.news("request.withdrawn", cause=cause, request_id="r1", person="wang.fang")
    case.grant("extension.approved")


@bad(Kind.UNASKED)
def somebody_granted_their_own_request(house: House) -> None:
    case = working(house)
    case.ask(by="zhang.wei")
    case.grant("extension.approved", by="zhang.wei")


@bad(Kind.LOST_PAUSE)
def a_suspension_cost_some_of_the_limit(house: House) -> None:
    case = working(house)
    suspended = case.suspend(seconds=600, left=3_590.0)
    case.wait_to(suspended.until)
    case.resume(left=2_990.0)


@bad(Kind.DOUBLE_CLOCK)
def a_suspended_case_was_reminded_of(house: House) -> None:
    case = working(house)
    assert case.due_by is not None
    case.wait_to(case.due_by - timedelta(seconds=760))
    case.suspend(seconds=90_000, left=760.0)
    case.wait_to(case.due_by - timedelta(seconds=720))
    case.remind()


@bad(Kind.DOUBLE_CLOCK)
def a_suspended_case_became_overdue(house: House) -> None:
    case = working(house)
    assert case.due_by is not None
    case.wait_to(case.due_by - timedelta(seconds=720))
    case.remind()
    case.wait_to(case.due_by - timedelta(seconds=10))
    case.suspend(seconds=90_000, left=10.0)
    case.wait_to(case.due_by)
    case.escalate("overdue")


@bad(Kind.MISSED_DEADLINE)
def a_suspended_case_did_not_go_on(house: House) -> None:
    case = working(house)
    suspended = case.suspend(seconds=600, left=3_590.0)
    case.wait_to(suspended.until, extra=60)


@bad(Kind.EARLY_DEADLINE)
def a_suspended_case_went_on_by_itself_too_early(house: House) -> None:
    case = working(house)
    case.suspend(seconds=600, left=3_590.0)
    house.wait(300)
    case.resume(left=3_590.0)


@bad(Kind.LATE_DEADLINE)
def a_suspended_case_went_on_late(house: House) -> None:
    case = working(house)
    suspended = case.suspend(seconds=600, left=3_590.0)
    case.wait_to(suspended.until, extra=60)
    case.resume(left=3_590.0)


@bad(Kind.MISSED_DEADLINE)
def nobody_was_told_that_nobody_decided(house: House) -> None:
    case = house.case("1").live()
    asked = case.ask()
    case.file()
    case.wait_to(asked.decide_by, extra=60)


@bad(Kind.ZOMBIE_ESCALATION)
def it_was_told_again_of_what_was_decided(house: House) -> None:
    case = working(house)
    case.ask()
    case.grant("extension.approved")
    case.ask_again()


@bad(Kind.MISSED_DEADLINE)
def an_extended_case_was_not_reminded_of_its_new_end(house: House) -> None:
    case = working(house)
    case.ask()
    assert case.due_by is not None
    case.grant("extension.approved")
    case.wait_to(case.due_by + timedelta(seconds=2_880), extra=60)
