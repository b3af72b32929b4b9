"""Broken histories: incidents, the order of events, the lives of cases."""

from typing import Final

from schemas.topics import CASES, INCIDENT_REPORTS
from schemas.vocabulary import case_id_for
from tests.faults.checker.anomalies import Kind
from tests.faults.history import History, IntakeReport
from tests.unit.faults.bad import Broken, entering, lacking, swapped, uncommitted, without_state
from tests.unit.faults.house import House
from tests.unit.faults.house_case import HouseCase

BAD: Final[Broken] = {}
bad = entering(BAD)


# Incidents --------------------------------------------------------------------------------------


@bad(Kind.LOST_INCIDENT)
def an_acknowledged_report_was_forgotten(house: House) -> None:
    house.case("1").live()
    house.report("2")


@bad(Kind.LOST_INCIDENT)
def a_report_was_accepted_over_http_and_came_nowhere(house: House) -> None:
    house.attempt("report", source="hotline", id="1", via="http")


@bad(Kind.LOST_INCIDENT)
def an_unknown_send_stands_on_the_topic_without_an_end(house: House) -> None:
    house.report("1", outcome="unknown")


@bad(Kind.LOST_INCIDENT)
def a_report_joined_a_case_that_is_none(house: House) -> None:
    nobody = HouseCase(house, str(case_id_for("hotline", "9")), "9", level=0)
    house.merge("1", nobody)


@bad(Kind.LOST_INCIDENT)
def the_dead_letter_is_of_another_record(house: House) -> None:
    record = house.report("1")
    house.dead_letter("intake", f"{INCIDENT_REPORTS}/{record.partition}/{record.offset + 1}")


@bad(Kind.LOST_INCIDENT)
def the_dead_letter_is_of_another_service(house: House) -> None:
    house.dead_letter("router", house.report("1").position)


@bad(Kind.DUP_CASE)
def a_report_became_a_case_and_joined_another(house: House) -> None:
    house.case("1").live()
    house.merge("1", house.case("2").live())


@bad(Kind.DUP_CASE)
def a_report_joined_two_cases(house: House) -> None:
    for number in ("1", "2"):
        house.merge("3", house.case(number).live())


@bad(Kind.DUP_CASE)
def a_report_sent_again_became_a_case_under_another_id(house: House) -> None:
    house.case("1").live()
    house.report("1", expected="duplicate")
    other = str(case_id_for("wall-clock", "1"))
    house.tell("intake", CASES, other, "case.registered", source="hotline", id="1", cause="again")
    house.reports[other] = IntakeReport(
        case_id=other, source="hotline", id="1", outcome="registered"
    )
    house.cases[other] = HouseCase(house, other, "1", level=0).live()


@bad(Kind.DUP_CASE, Kind.ILLEGAL_TRANSITION)
def a_report_was_rejected_and_became_a_case(house: House) -> History:
    house.reject("1")
    house.register("1")
    return without_state(house.history())


@bad(Kind.ABORTED_INCIDENT)
def a_refused_report_became_a_case(house: House) -> None:
    house.report("1", outcome="refused", via="http")
    house.register("1").live()


@bad(Kind.ABORTED_INCIDENT)
def a_refused_report_joined_a_case(house: House) -> History:
    house.merge("2", house.case("1").live())
    history = house.history()
    refused = {"outcome": "refused", "position": None}
    history.sent = [s.model_copy(update=refused) if s.id == "2" else s for s in history.sent]
    return history


@bad(Kind.ABORTED_INCIDENT)
def a_case_comes_from_a_report_nobody_made(house: House) -> None:
    house.register("1").live()


@bad(Kind.ABORTED_INCIDENT)
def an_impossible_report_became_a_case(house: House) -> None:
    house.report("1", expected="invalid")
    house.register("1").live()


# Order ------------------------------------------------------------------------------------------


@bad(Kind.VERSION_GAP)
def the_notifier_skipped_a_number(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.accept()
    house.numbers["notifier", case.case_id] += 1
    case.start()


@bad(Kind.VERSION_GAP)
def the_first_assignment_is_nowhere(house: House) -> History:
    case = house.case("1")
    first = case.assign("fire")
    case.decline()
    case.assign("police")
    history = lacking(house.history(), lambda r: r.ce_id == first.ce_id)
    return uncommitted(history, first)


@bad(Kind.NONMONOTONIC_CASE)
def two_events_stand_in_the_wrong_order(house: House) -> History:
    case = house.case("1")
    case.assign("fire")
    one, other = case.accept(), case.start()
    history = house.history()
    history.final = swapped(history.final, one, other)
    history.observed = {"first": [*history.final]}
    return history


@bad(Kind.NONMONOTONIC_CASE)
def an_observer_met_an_older_event_for_the_first_time_later(house: House) -> History:
    case = house.case("1")
    case.assign("fire")
    one, other = case.accept(), case.start()
    history = house.history()
    history.observed["second"] = swapped(history.final, one, other)
    return history


@bad(Kind.NONMONOTONIC_CASE)
def a_case_stands_on_two_partitions(house: House) -> History:
    case = house.case("1")
    case.assign("fire")
    case.accept()
    last = case.start()
    history = house.history()
    history.final = [
        r.model_copy(update={"partition": 99}) if r.ce_id == last.ce_id else r
        for r in history.final
    ]
    return history


@bad(Kind.POLL_SKIP)
def an_observer_never_met_an_event_in_the_middle(house: House) -> History:
    case = house.case("1")
    case.assign("fire")
    case.accept()
    skipped = case.start()
    case.progress()
    history = house.history()
    history.observed["second"] = [r for r in history.final if r.ce_id != skipped.ce_id]
    return history


@bad(Kind.CONFLICTING)
def an_event_was_told_again_with_other_bytes(house: House) -> None:
    case = house.case("1")
    assigned = case.assign("fire")
    house.repeat(assigned.model_copy(update={"sha256": "other"}))


@bad(Kind.CONFLICTING)
def two_events_bear_one_number(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.accept()
    cause = case.say("progress")
    case.news("case.progressed", cause=cause, sequence=1, department="fire")


@bad(Kind.CONFLICTING)
def a_notice_was_published_again_with_other_words(house: House) -> None:
    case = house.case("1").live()
    notice = case.notice("reminder", "department:fire", cause="x")
    house.repeat(notice.model_copy(update={"sha256": "other"}))


@bad(Kind.CONFLICTING)
def only_an_observer_met_the_other_bytes(house: House) -> History:
    assigned = house.case("1").assign("fire")
    history = house.history()
    other = assigned.model_copy(update={"sha256": "other"})
    history.observed["second"] = [other if r == assigned else r for r in history.final]
    return history


# Lives ------------------------------------------------------------------------------------------


@bad(Kind.ILLEGAL_TRANSITION)
def work_began_before_anybody_signed(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.start()
    case.state = "assigned"


@bad(Kind.ILLEGAL_TRANSITION)
def something_was_told_of_a_case_that_is_none(house: House) -> None:
    nobody = HouseCase(house, str(case_id_for("hotline", "9")), "9", level=0)
    nobody.news("case.progressed", cause="x")


@bad(Kind.ILLEGAL_TRANSITION)
def a_case_was_closed_twice(house: House) -> None:
    case = house.case("1").live()
    case.news("case.closed", cause="something else", department="fire")
    case.file()


@bad(Kind.ILLEGAL_TRANSITION)
def a_service_could_not_take_what_another_told(house: House) -> None:
    case = house.case("1")
    house.dead_letter("notifier", case.assign("fire").position)


@bad(Kind.DOUBLE_LEAD)
def a_second_lead_was_named_while_the_first_works(house: House) -> History:
    case = house.case("1")
    case.assign("fire")
    case.accept()
    case.assign("police")
    return without_state(house.history())


@bad(Kind.DOUBLE_LEAD, Kind.STATE_MISMATCH)
def router_and_notifier_disagree_on_the_lead(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.accept()
    case.assign("police")
    case.state = "accepted"


@bad(Kind.DOUBLE_LEAD)
def a_second_lead_was_named_before_the_first_was_too_late(house: House) -> History:
    case = house.case("1")
    case.assign("fire")
    case.assign("police")
    return without_state(house.history())


@bad(Kind.DOUBLE_LEAD, Kind.DUP_ASSIGNMENT)
def a_co_handler_was_named_twice(house: House) -> None:
    house.case("1").assign("fire", "water", "water")


@bad(Kind.DOUBLE_LEAD)
def two_departments_were_told_to_lead(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.order("police", "lead")


@bad(Kind.DOUBLE_LEAD)
def a_round_was_used_twice(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.decline()
    case.round = 0
    case.assign("police")


@bad(Kind.NO_LEAD)
def a_case_was_registered_and_never_assigned(house: House) -> None:
    house.case("1")


@bad(Kind.NO_LEAD)
def a_returned_case_found_nobody(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.decline()


@bad(Kind.NO_LEAD)
def nobody_signed_and_nobody_else_was_asked(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.wait_to(case.sign_by)
    case.expire()


@bad(Kind.NO_LEAD)
def a_reopened_case_was_left_lying(house: House) -> None:
    house.case("1").live().reopen()


@bad(Kind.ZOMBIE_ESCALATION)
def a_closed_case_was_reminded_of(house: House) -> None:
    case = house.case("1").live()
    case.wait_to(case.due_by, extra=-719)
    case.remind()


@bad(Kind.ZOMBIE_ESCALATION)
def a_closed_case_was_raised(house: House) -> None:
    case = house.case("1").live()
    case.wait_to(case.due_by)
    case.escalate("overdue")
    case.level = 0


@bad(Kind.ZOMBIE_ESCALATION)
def the_offer_of_a_closed_case_ran_out(house: House) -> None:
    case = house.case("1").live()
    case.wait_to(case.sign_by)
    case.news("assignment.expired", cause="x", department="fire", sign_by=case.sign_by)


@bad(Kind.LEVEL_FELL)
def a_case_that_was_raised_came_down_again(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.wait_to(case.sign_by)
    case.expire()
    case.assign("police")
    case.escalate("check_late", level=3)
    case.escalate("rework", level=2)
    case.level = 3


@bad(Kind.ZOMBIE_ESCALATION)
def a_co_handler_of_a_closed_case_was_asked_again(house: House) -> None:
    case = house.case("1").live("fire", "water")
    told = {"department": "water", "assignment_id": case.assignment("water")}
    case.news("part.asked_again", cause="timer/part/x", **told)


@bad(Kind.FOREIGN_FEEDBACK)
def a_department_that_is_not_the_lead_signed(house: House) -> None:
    case = house.case("1")
    case.assign("fire", "water")
    told = {"department": "water", "assignment_id": case.assignment("water")}
    case.news("assignment.accepted", cause=case.say("accepted", party="water"), **told)


@bad(Kind.ILLEGAL_TRANSITION)
def a_closed_case_was_assigned(house: House) -> History:
    case = house.case("1").live()
    case.assign("police")
    return without_state(house.history())


@bad(Kind.ILLEGAL_TRANSITION)
def a_case_was_registered_twice(house: House) -> None:
    case = house.case("1").live()
    told = {"source": "hotline", "id": "1", "cause": "again"}
    house.tell("intake", CASES, case.case_id, "case.registered", **told)


@bad(Kind.DOUBLE_LEAD)
def a_round_came_after_a_later_one(house: House) -> History:
    case = house.case("1")
    case.assign("fire")
    case.decline()
    case.round = -1
    case.assign("police")
    return without_state(house.history())


@bad(Kind.NONMONOTONIC_CASE)
def the_log_stands_in_the_wrong_order_and_nobody_observed_it(house: House) -> History:
    case = house.case("1")
    case.assign("fire")
    one, other = case.accept(), case.start()
    history = house.history()
    history.final = swapped(history.final, one, other)
    history.observed = {}
    return history
