"""Histories of cases that wait, are extended or closed by force, which are fine."""

from datetime import timedelta
from typing import Final

from tests.unit.faults.good import Sound, entering
from tests.unit.faults.house import House

GOOD: Final[Sound] = {}
good = entering(GOOD)


@good
def a_suspended_case_goes_on_with_what_was_left(house: House) -> None:
    case = house.case("1")
    assigned = case.assign("fire")
    case.accept()
    case.start()
    house.wait(1_000)
    assert assigned.at is not None
    left = 3_600 - (house.now - assigned.at).total_seconds()
    suspended = case.suspend(seconds=90_000, left=left)
    assert suspended.at is not None
    left = 3_600 - (suspended.at - assigned.at).total_seconds()
    case.wait_to(suspended.until)
    case.resume(left=left)
    assert case.due_by is not None
    case.wait_to(case.due_by - timedelta(seconds=720))
    case.remind()
    case.wait_to(case.due_by)
    case.escalate("overdue")


@good
def a_suspension_ends_earlier_by_command(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.accept()
    case.start()
    case.suspend(seconds=90_000, left=3_590.0)
    house.wait(100)
    case.resume(left=3_590.0, cause=case.command("case.resume"))
    case.done()


@good
def an_extended_case_is_reminded_of_its_new_end(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.accept()
    case.start()
    assert case.due_by is not None
    case.wait_to(case.due_by - timedelta(seconds=720))
    case.remind()
    case.ask()
    case.due_by += timedelta(seconds=3_600)
    case.grant("extension.approved", after=case.due_by)
    case.wait_to(case.due_by - timedelta(seconds=1_440))
    case.remind()
    case.wait_to(case.due_by)
    case.escalate("overdue")


@good
def nobody_decided_until_somebody_was_told_again(house: House) -> None:
    case = house.case("1").live()
    asked = case.ask()
    case.wait_to(asked.decide_by)
    again = case.ask_again()
    case.wait_to(again.again_at)
    case.ask_again(after=3_600)
    case.grant("appeal.approved")
    case.file()


@good
def two_requests_lapse_with_their_case(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.accept()
    case.start()
    case.ask("r1")
    case.ask("r2")
    done = case.done()
    for id_ in ("r1", "r2"):
        told = {"request_id": id_, "department": "fire"}
        case.news("request.lapsed", cause=done.cause, **told)
        case.notice("request_lapsed", "supervision", cause=done.cause)
    case.file()


@good
def a_clock_rests_until_its_last_reason_is_over(house: House) -> None:
    case = house.case("1")
    assigned = case.assign("fire", "police")
    case.accept()
    case.start()
    blocked = case.news("case.blocked", cause=case.say("blocked"), department="fire")
    assert assigned.at is not None
    assert blocked.at is not None
    left = 3_600 - (blocked.at - assigned.at).total_seconds()
    suspended = case.suspend(seconds=600, left=left)
    case.wait_to(suspended.until)
    case.resume(left=left)
    house.wait(5_000)
    unblocked = case.news("case.unblocked", cause=case.say("unblocked"), department="fire")
    assert unblocked.at is not None
    case.due_by = unblocked.at + timedelta(seconds=left)
    case.wait_to(case.due_by - timedelta(seconds=720))
    case.remind()


@good
def nobody_has_to_sign_for_a_case_that_was_closed_by_force(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.ask()
    case.grant("case.force_closed")
    case.state = "force_closed"
    case.file()
    house.wait(2_000)
