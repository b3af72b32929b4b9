"""Broken histories: commands that came to nothing, to too much, or in a wrong order."""

from typing import Final

from schemas.vocabulary import derived_id
from tests.faults.checker.anomalies import Kind
from tests.faults.history import ParkedAnswer
from tests.unit.faults.bad import Broken, entering
from tests.unit.faults.house import House

BAD: Final[Broken] = {}
bad = entering(BAD)


@bad(Kind.LOST_FEEDBACK)
def an_acknowledged_command_had_no_effect(house: House) -> None:
    case = house.case("1").live()
    case.command("case.supervise")


@bad(Kind.LOST_FEEDBACK)
def a_command_over_http_had_no_effect(house: House) -> None:
    case = house.case("1").live()
    told = {"id": "by-http", "kind": "case.supervise", "via": "http"}
    house.attempt("command", case_id=case.case_id, **told)


@bad(Kind.DUP_EFFECT)
def a_command_was_done_twice(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    wanted = case.want("police")
    case.offer_help(wanted)
    told = {"department": "police", "assignment_id": wanted.assignment_id}
    case.news("case.co_handler_wanted", cause=wanted.cause, **told)


@bad(Kind.DUP_EFFECT)
def a_command_led_to_what_another_leads_to(house: House) -> None:
    case = house.case("1").live()
    case.news("case.annotated", cause=case.command("case.supervise"))


@bad(Kind.DUP_EFFECT)
def a_case_was_marked_twice(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.supervise()
    case.supervise()


@bad(Kind.DUP_EFFECT)
def a_mark_was_lifted_that_was_none(house: House) -> None:
    case = house.case("1").live()
    case.unsupervise()


@bad(Kind.DUP_EFFECT)
def a_command_was_refused_twice(house: House) -> None:
    case = house.case("1").live()
    case.command("case.reassign")
    for _ in range(2):
        house.refuse("", house.sent[-1].id, case.case_id)


@bad(Kind.NONMONOTONIC_CASE)
def commands_were_taken_in_another_order(house: House) -> None:
    case = house.case("1").live()
    first, second = case.command(), case.command()
    case.news("case.annotated", cause=second)
    case.news("case.annotated", cause=first)


@bad(Kind.LOST_FEEDBACK)
def a_wanted_department_was_never_offered_a_part(house: House) -> None:
    case = house.case("1").live()
    case.want("police")


@bad(Kind.DUP_ASSIGNMENT)
def a_wanted_part_was_offered_twice(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    wanted = case.want("police")
    case.offer_help(wanted)
    told = {"department": "police", "assignment_id": wanted.assignment_id}
    house.tell("router", "cases.v1", case.case_id, "case.co_handler_offered", **told)


@bad(Kind.DUP_ASSIGNMENT)
def a_part_was_offered_that_nobody_wanted(house: House) -> None:
    case = house.case("1").live()
    told = {"department": "police", "assignment_id": str(derived_id("help", case.case_id))}
    house.tell("router", "cases.v1", case.case_id, "case.co_handler_offered", **told)


@bad(Kind.ABORTED_FEEDBACK)
def a_command_that_was_taken_back_waits(house: House) -> None:
    case = house.case("1").live()
    told = {"id": "unsaid", "case_id": case.case_id}
    house.attempt("command", outcome="refused", kind="case.annotate", **told)
    house.extra["notifier"].append(ParkedAnswer.model_validate(told | {"party": ""}))
