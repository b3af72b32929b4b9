"""Broken histories: what was done twice, and answers that came to nothing."""

from typing import Final

from schemas.topics import CASE_FILES
from tests.faults.checker.anomalies import Kind
from tests.faults.history import History, ParkedAnswer
from tests.unit.faults.bad import Broken, entering, lacking, without_state
from tests.unit.faults.house import House

BAD: Final[Broken] = {}
bad = entering(BAD)


@bad(Kind.DUP_ASSIGNMENT)
def a_department_got_two_work_orders(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.order("fire", "lead")


@bad(Kind.DUP_ASSIGNMENT, Kind.DOUBLE_LEAD)
def one_event_led_to_two_assignments(house: House) -> History:
    case = house.case("1")
    cause = house.records[-1]
    for department in ("fire", "police"):
        house.records.append(cause)  # what `assign` answers to
        case.assign(department)
    return without_state(house.history())


@bad(Kind.DUP_EFFECT)
def a_reporter_was_told_of_one_closing_twice(house: House) -> None:
    case = house.case("1").live()
    case.notice("closed", case.reporter, cause="another cause")


@bad(Kind.DUP_EFFECT)
def a_follower_was_told_of_one_moved_date_twice(house: House) -> None:
    case = house.case("1")
    house.merge("2", case)
    case.assign("fire")
    case.promise_later()
    case.notice("promise_moved", case.followers[0], cause="another cause")


@bad(Kind.DUP_EFFECT)
def a_notice_was_issued_twice_for_one_cause(house: House) -> None:
    case = house.case("1").live()
    for _ in range(2):
        case.notice("overdue", "department:fire", cause="timer/overdue/x")


@bad(Kind.DUP_EFFECT)
def an_answer_that_came_twice_counted_twice(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.accept()
    case.start()
    cause = case.progress().cause
    case.news("case.progressed", cause=cause, department="fire")


@bad(Kind.DUP_EFFECT)
def an_answer_was_taken_and_refused(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.accept()
    house.refuse("fire", house.sent[-1].id, case.case_id)


@bad(Kind.LOST_FEEDBACK)
def an_acknowledged_answer_had_no_effect(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.accept()
    case.say("started")


@bad(Kind.LOST_FEEDBACK)
def an_unknown_answer_stands_on_the_topic_without_effect(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.say("accepted", outcome="unknown")


@bad(Kind.LOST_FEEDBACK)
def an_acknowledged_command_was_not_told(house: House) -> None:
    house.case("1").live().command()


@bad(Kind.DUP_EFFECT)
def a_command_was_told_twice(house: House) -> None:
    case = house.case("1").live()
    case.news("case.annotated", cause=case.annotate().cause)


@bad(Kind.DUP_EFFECT)
def a_command_was_told_and_refused(house: House) -> None:
    case = house.case("1").live()
    case.annotate()
    house.refuse("", house.sent[-1].id, case.case_id)


@bad(Kind.LOST_FEEDBACK)
def the_refusal_is_of_another_party(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.say("accepted")
    house.refuse("water", house.sent[-1].id, case.case_id)


@bad(Kind.ABORTED_FEEDBACK)
def an_answer_that_was_taken_back_was_refused(house: House) -> None:
    case = house.case("1").live()
    house.attempt("feedback", outcome="refused", party="fire", id="unsaid", case_id=case.case_id)
    house.refuse("fire", "unsaid", case.case_id)


@bad(Kind.ABORTED_FEEDBACK)
def an_answer_that_was_taken_back_had_its_effect(house: House) -> History:
    house.case("1").live()
    history = house.history()
    history.sent = [
        s.model_copy(update={"outcome": "refused"}) if s.kind == "started" else s
        for s in history.sent
    ]
    taken_back = {s.position for s in history.sent if s.outcome == "refused"}
    return lacking(history, lambda r: r.position in taken_back)


@bad(Kind.ABORTED_FEEDBACK)
def an_answer_that_was_taken_back_waits(house: House) -> None:
    case = house.case("1").live()
    told = {"party": "fire", "id": "unsaid", "case_id": case.case_id}
    house.attempt("feedback", outcome="refused", **told)
    house.extra["notifier"].append(ParkedAnswer.model_validate(told))


@bad(Kind.WRONG_FILE)
def a_case_ended_without_its_file(house: House) -> History:
    house.case("1").live()
    history = house.history()
    rows = history.state["notifier"]
    history.state["notifier"] = [r for r in rows if getattr(r, "topic", "") != CASE_FILES]
    return lacking(history, lambda r: r.topic == CASE_FILES)


@bad(Kind.WRONG_FILE)
def an_older_file_came_last(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.accept()
    old = case.file()
    case.start()
    case.done()
    house.repeat(old)


@bad(Kind.WRONG_FILE)
def a_file_says_what_never_was(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.file(state="handling")


@bad(Kind.WRONG_FILE)
def a_file_has_numbers_that_are_not_in_it(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.accept()
    case.file(state="assigned")
