"""Histories of clocks and deadlines that look strange and are fine."""

from datetime import timedelta
from typing import Final

from tests.faults.history import Clock, Fault, History
from tests.unit.faults.good import Sound, entering
from tests.unit.faults.house import START, House

GOOD: Final[Sound] = {}
good = entering(GOOD)


@good
def nobody_signed_and_the_next_was_asked(house: House) -> None:
    case = house.case("1", urgency="E")
    case.assign("fire", person="duty-1")
    case.wait_to(case.sign_by)
    case.expire()
    case.assign("fire", person="duty-2", resumes=True)
    case.accept()


@good
def a_desk_on_the_top_level_is_not_asked_to_hurry(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    for _ in range(3):
        case.wait_to(case.sign_by)
        case.expire()
        case.assign("police")
    house.wait(1_000)


@good
def a_slow_case_is_reminded_of_raised_and_raised_to_the_top(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.accept()
    case.start()
    assert case.due_by is not None
    case.wait_to(case.due_by - timedelta(seconds=720))
    case.remind()
    case.wait_to(case.due_by)
    case.escalate("overdue")
    case.wait_to(case.due_by + timedelta(seconds=7_200))
    case.escalate("overdue", level=3)


@good
def a_rework_is_reminded_of_anew(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.accept()
    case.start()
    assert case.due_by is not None
    case.wait_to(case.due_by - timedelta(seconds=720))
    case.remind()
    case.done(check=True)
    failed = case.check(passed=False)
    assert failed.at is not None
    case.due_by = failed.at + timedelta(seconds=1_800)
    case.wait_to(case.due_by - timedelta(seconds=720))
    case.remind()


@good
def a_case_that_became_an_emergency_has_a_limit_of_its_own(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.accept()
    case.start()
    house.wait(100)
    case.raise_urgency(limit=600)
    assert case.due_by is not None
    case.wait_to(case.due_by - timedelta(seconds=120))
    case.remind()
    case.wait_to(case.due_by)
    case.escalate("overdue")


@good
def a_date_that_was_promised_moves_twice(house: House) -> None:
    case = house.case("1")
    house.merge("2", case)
    case.assign("fire")
    case.promise_later()
    case.accept()
    case.news("case.deadline_moved", cause="command/7")
    for recipient in (case.reporter, *case.followers):
        case.notice("promise_moved", recipient, cause="command/7/5")


@good
def a_clock_stands_between_a_return_and_the_same_department(house: House) -> None:
    case = house.case("1")
    assigned = case.assign("fire")
    case.accept()
    house.wait(1_000)
    returned = case.decline()
    house.wait(5_000)
    again = case.assign("fire", resumes=True)
    assert assigned.at is not None
    assert returned.at is not None
    assert again.at is not None
    case.due_by = again.at + timedelta(seconds=3_600) - (returned.at - assigned.at)
    case.accept()
    case.wait_to(case.due_by - timedelta(seconds=720))
    case.remind()


@good
def a_clock_rests_while_its_lead_waits_for_a_co_handler(house: House) -> None:
    case = house.case("1")
    case.assign("fire", "water")
    case.accept()
    case.start()
    house.wait(1_000)
    told = {"assignment_id": case.assignment("fire"), "department": "fire"}
    case.news("case.blocked", cause=case.say("blocked"), **told)
    house.wait(20_000)
    case.news("case.unblocked", cause=case.say("unblocked"), **told)
    assert case.due_by is not None
    case.due_by += timedelta(seconds=20_000)
    case.wait_to(case.due_by - timedelta(seconds=720))
    case.remind()


@good
def a_part_that_is_waited_for_moves_and_is_late_then(house: House) -> None:
    case = house.case("1")
    case.assign("fire", "water")
    case.accept()
    case.start()
    case.wait_for("water", seconds=600)
    case.move_part("water", seconds=900)
    house.wait(901)
    case.wait_no_more()


@good
def a_deadline_in_an_outage_has_its_effect_after_it(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.wait_to(case.sign_by, extra=-30)
    house.break_for(300, target="notifier")
    house.wait(2)
    case.expire()
    case.assign("police")


@good
def a_deadline_passed_in_an_outage_and_the_answer_came_first(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.wait_to(case.sign_by, extra=-1)
    house.break_for(60, target="database")
    house.wait(1)
    case.accept()


@good
def the_last_event_of_an_unfinished_case_was_long_ago(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.accept()
    case.start()
    house.timer(case.case_id, "remind", due_in=2_880)
    house.wait(1_000)


@good
def a_fast_clock_runs_days_in_minutes(house: House) -> History:
    case = house.case("1")
    case.assign("fire")
    case.wait_to(case.sign_by)
    case.expire()
    case.assign("police")
    history = house.history()
    clock = Clock(started=START, origin=START, factor=1_000)
    quick = START + (history.meta.drained_at - START) / 1_000
    history.meta = history.meta.model_copy(update={"clock": clock, "drained_at": quick})
    return history


@good
def a_reminder_stands_after_the_assignment_that_ended_its_clock(house: House) -> None:
    case = house.case("1")
    case.assign("fire", person="duty-1")
    for _ in range(3):
        case.wait_to(case.sign_by)
        case.expire()
        case.assign("fire", person="duty-2", resumes=True)
    before = case.due_by
    assert before is not None
    case.wait_to(before - timedelta(seconds=720))
    case.decline()
    case.assign("police")
    case.due_by, after = before, case.due_by
    case.lead, case.round = "police", case.round
    case.remind()
    case.due_by = after


@good
def a_case_on_the_top_level_is_raised_no_further(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    for _ in range(3):
        case.wait_to(case.sign_by)
        case.expire()
        case.assign("fire", resumes=True)
    assert case.due_by is not None
    case.wait_to(case.due_by - timedelta(seconds=720))
    case.remind()
    case.wait_to(case.due_by)
    case.escalate("overdue")
    house.wait(20_000)


@good
def a_desks_offer_was_read_when_the_case_had_reached_the_top(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.wait_to(case.sign_by, extra=-1)
    house.break_for(10_800, target="notifier")
    case.expire()
    case.assign("fire", resumes=True)
    case.remind()
    case.escalate("overdue")
    case.escalate("overdue", level=3)
    house.wait(5_000)


@good
def faults_one_after_another_leave_no_time_to_catch_up(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.wait_to(case.sign_by, extra=-1)
    for _ in range(4):
        house.break_for(20)
        house.look_on(4, rounds=40, lag=7)
    case.expire()
    case.assign("police")


@good
def a_starved_house_is_as_late_as_it_must(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.wait_to(case.sign_by)
    house.look_on(5_000, rounds=20)
    case.expire()
    case.assign("police")


@good
def a_starved_house_read_an_answer_before_it_saw_what_was_due(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.wait_to(case.sign_by)
    house.look_on(500, rounds=20)
    case.accept()


@good
def a_deadline_began_with_what_was_read_late(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    house.look_on(5_000, rounds=50_000, lag=1)
    case.expire()
    case.assign("police")


@good
def one_of_two_processes_had_no_time(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.wait_to(case.sign_by)
    house.look_on(5_000, rounds=50_000, starved=("notifier-1",))
    case.expire()
    case.assign("police")


@good
def a_momentary_fault_has_no_end(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    house.faults.append(Fault(kind="rebalance", target="router", begun_at=house.now))
    case.accept()


@good
def a_clock_that_was_stopped_lets_nothing_fall_due(house: House) -> History:
    case = house.case("1")
    case.assign("fire")
    house.timer(case.case_id, "sign", due_in=900)
    history = house.history()
    stopped = history.meta.drained_at
    clock = Clock(started=START, origin=START, factor=1.0, stopped=stopped)
    late = stopped + timedelta(seconds=5_000)
    history.meta = history.meta.model_copy(update={"clock": clock, "drained_at": late})
    return history


@good
def an_answer_was_begun_after_the_drain(house: House) -> History:
    case = house.case("1")
    case.assign("fire")
    drained_at = house.now
    house.wait(0.2)
    case.say("accepted")
    history = house.history()
    history.meta = history.meta.model_copy(update={"drained_at": drained_at})
    return history


@good
def a_department_comes_back_and_goes_on_with_its_own_clock(house: House) -> None:
    case = house.case("1")
    assigned = case.assign("fire")
    house.wait(600)
    declined = case.decline()
    case.assign("police")
    house.wait(600)
    case.decline()
    again = case.assign("fire", resumes=True)
    assert assigned.at is not None
    assert declined.at is not None
    assert again.at is not None
    case.due_by = assigned.at + timedelta(seconds=3_600) + (again.at - declined.at)
    case.accept()
    case.start()
    case.wait_to(case.due_by - timedelta(seconds=720))
    case.remind()
    case.wait_to(case.due_by)
    case.escalate("overdue")


@good
def who_was_told_that_the_limit_is_over_is_not_reminded_of_it(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.accept()
    case.start()
    assert case.due_by is not None
    case.wait_to(case.due_by - timedelta(seconds=720))
    house.break_for(700, target="notifier")
    case.wait_to(case.due_by)
    case.escalate("overdue")
    case.done()
