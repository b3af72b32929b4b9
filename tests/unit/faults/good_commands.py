"""Sound histories in which somebody commands."""

from typing import Final

from tests.unit.faults.good import Sound, entering
from tests.unit.faults.house import House

GOOD: Final[Sound] = {}
good = entering(GOOD)


@good
def a_mark_was_set_lifted_and_set_again(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.supervise()
    case.unsupervise()
    case.supervise()


@good
def a_command_that_waited_was_overtaken_by_one_that_does_not(house: House) -> None:
    case = house.case("1")
    waits = case.command("case.add_co_handler")
    case.annotate()
    case.assign("fire")
    told = {"department": "police", "assignment_id": "x"}
    wanted = case.news("case.co_handler_wanted", cause=waits, **told)
    case.offer_help(wanted)


@good
def a_department_was_let_go_and_is_wanted_again(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    case.offer_help(case.want("police"))
    case.drop("police")
    case.offer_help(case.want("police"))


@good
def a_part_was_passed_on_to_the_next_person(house: House) -> None:
    case = house.case("1")
    case.assign("fire")
    wanted = case.want("water")
    case.offer_help(wanted)
    told = {"department": "water", "assignment_id": wanted.assignment_id}
    asked = case.news("part.asked_again", cause="timer/part/x", **told)
    case.offer_help(wanted.model_copy(update={"ce_id": asked.ce_id}))


@good
def a_command_came_twice_and_was_refused_once(house: House) -> None:
    case = house.case("1").live()
    case.command("case.reassign")
    house.repeat(house.records[-1])
    house.refuse("", house.sent[-1].id, case.case_id)
